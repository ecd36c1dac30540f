import { randomBytes } from 'node:crypto';
import { appendFile, chmod, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { execa } from 'execa';

import { runCompose, runDocker } from '../../../demo/images/engine.js';

const ROOT = join(import.meta.dirname, '..', '..', '..');

export interface StackImages {
  readonly planb: string;
  readonly postgres: string;
  readonly redis: string;
}

/** How a program in a container ended. */
export interface Executed {
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

/** deploy/compose.yaml, started as its users would start it. */
export interface ComposeStack {
  /** TARGETS_DIR: the same path on this machine and in the worker. */
  readonly targets: string;
  /** One thing that `docker inspect` knows about a service's container. */
  inspect(service: string, format: string): Promise<string>;
  /** Runs a program in the container of a service, as that service's user; `onOutput` hears standard output while it runs. */
  exec(service: string, argv: readonly string[], onOutput?: (text: string) => void): Promise<Executed>;
  /** What the services logged. */
  logs(): Promise<string>;
  /** Removes containers, volumes and files. */
  down(): Promise<void>;
}

/** The engine's socket on this machine: the worker gets it as a mount. */
function engineSocket(): string {
  const host = process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
  if (!host.startsWith('unix://')) throw new Error(`deploy/compose.yaml mounts the engine's socket, and DOCKER_HOST is ${host}`);
  return host.slice('unix://'.length);
}

/** deploy/.env out of deploy/.env.example. */
async function writeEnvironment(folder: string, values: Readonly<Record<string, string>>): Promise<void> {
  const file = join(folder, '.env');
  await cp(join(ROOT, 'deploy', '.env.example'), file);
  await appendFile(file, Object.entries(values).map(([name, value]) => `${name}=${value}\n`).join(''));
  await chmod(file, 0o600);
}

/** User 10001 reads the configuration, and the folder of the targets is its own to write. */
async function writeFolders(folder: string): Promise<{ readonly config: string; readonly targets: string }> {
  const [config, targets] = [join(folder, 'config'), join(folder, 'targets')];
  await cp(join(import.meta.dirname, 'config'), config, { recursive: true });
  const file = join(config, 'planb.yaml');
  await writeFile(file, (await readFile(file, 'utf8')).replace('@targets@', targets));
  await mkdir(targets);
  await chmod(targets, 0o777);
  return { config, targets };
}

/**
 * Starts PostgreSQL, Redis, a bot and a worker out of a copy of deploy/compose.yaml, with these images and these further variables.
 *
 * @throws Error of compose, in its own words, after everything that had started is gone.
 */
export async function startStack(images: StackImages, env: Readonly<Record<string, string>>): Promise<ComposeStack> {
  const folder = await mkdtemp(join(tmpdir(), 'planb-deploy-'));
  const project = `planb-test-${randomBytes(4).toString('hex')}`;
  const deploy = join(folder, 'deploy');
  const { config, targets } = await writeFolders(folder);
  await mkdir(deploy);
  await cp(join(ROOT, 'deploy', 'compose.yaml'), join(deploy, 'compose.yaml'));
  const socket = engineSocket();
  await writeEnvironment(deploy, {
    PLANB_IMAGE: images.planb, POSTGRES_IMAGE: images.postgres, REDIS_IMAGE: images.redis,
    PLANB_POSTGRES_PASSWORD: randomBytes(12).toString('hex'), PLANB_PORT: '0', PLANB_CONFIG_DIR: config, TARGETS_DIR: targets,
    DOCKER_SOCKET: socket, DOCKER_GID: String((await stat(socket)).gid), ...env,
  });
  const compose = (...args: readonly string[]): Promise<string> => runCompose(folder, ['-f', join(deploy, 'compose.yaml'), '-p', project, ...args]);
  const containers = new Map<string, Promise<string>>();
  const container = (service: string): Promise<string> => {
    const known = containers.get(service) ?? compose('ps', '-q', service);
    containers.set(service, known);
    return known;
  };
  const stack: ComposeStack = {
    targets,
    inspect: async (service, format) => runDocker(['inspect', '--format', format, await container(service)]),
    exec: async (service, argv, onOutput) => {
      const program = execa('docker', ['exec', await container(service), ...argv], { stdin: 'ignore', reject: false });
      if (onOutput !== undefined) program.stdout.on('data', (chunk: Buffer) => { onOutput(chunk.toString()); });
      const { exitCode, stdout, stderr } = await program;
      return { code: exitCode, out: stdout, err: stderr };
    },
    logs: () => compose('logs', '--no-color', 'bot', 'worker'),
    down: async () => {
      await compose('down', '--volumes', '--remove-orphans');
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    await compose('up', '--detach', '--no-build');
    return stack;
  } catch (error) {
    await stack.down();
    throw error;
  }
}

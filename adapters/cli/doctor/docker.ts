import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import type { ProgramOutcome } from '../../../src/ports/program.js';
import { broken, ok, setting, weak, type Check, type Examined, type Finding } from './finding.js';

const about = 'Docker';
const variables = ['DOCKER_HOST', 'DOCKER_CONTEXT', 'DOCKER_CONFIG', 'DOCKER_TLS_VERIFY', 'DOCKER_CERT_PATH'];

const versions = z.object({ Client: z.object({ Version: z.string() }).nullish(), Server: z.object({ Version: z.string() }).nullish() });

/** The command, the engine behind it, Compose, and whether this user may use them. */
export const docker: Check = {
  about,
  run: async (examined, signal) => {
    if (!examined.needs.docker) return [ok(about, 'no target needs it')];
    const run = (...argv: readonly [string, ...string[]]): Promise<ProgramOutcome> => examined.reach.runProgram({ argv, passEnv: variables, timeoutMs: 5_000, signal });
    const [version, plugin, standalone] = await Promise.all([run('docker', 'version', '--format', '{{json .}}'), run('docker', 'compose', 'version', '--short'), run('docker-compose', 'version', '--short')]);
    return [...(await engine(version, examined)), compose(plugin, standalone)];
  },
};

async function engine(outcome: ProgramOutcome, { env }: Examined): Promise<readonly Finding[]> {
  if (outcome.notFound) return [broken(about, 'there is no docker command on this machine', 'install Docker\'s client (Debian: apt-get install docker.io)')];
  const said = versions.safeParse(jsonIn(outcome.stdout));
  const client = said.success ? (said.data.Client?.Version ?? '') : '';
  const server = said.success ? said.data.Server?.Version : undefined;
  if (server !== undefined) return [ok(about, `engine ${server} answers, client ${client}`)];
  const socket = socketPath(setting(env, 'DOCKER_HOST'));
  if (/permission denied/i.test(outcome.output)) return [await denied(socket)];
  return [broken(about, 'the engine does not answer', socket === undefined ? 'does this machine reach DOCKER_HOST?' : `start it (systemctl start docker), or mount ${socket} into planb's container`)];
}

async function denied(socket: string | undefined): Promise<Finding> {
  const group = socket === undefined ? undefined : await groupOf(socket);
  if (group === undefined) return broken(about, 'this user may not use the engine', 'give planb\'s user the right to the socket');
  const name = group.name === undefined ? '' : ` (${group.name})`;
  return broken(about, `this user may not use ${socket ?? 'the socket'}`, `add group ${group.gid}${name}: in compose.yaml group_add: ['${group.gid}'], on a machine usermod -aG ${group.name ?? group.gid} USER`);
}

/** Who may use the socket: a container that is not root must be given this number. */
export async function groupOf(socket: string, groupFile = '/etc/group'): Promise<{ readonly gid: number; readonly name?: string } | undefined> {
  const found = await stat(socket).catch(() => undefined);
  if (found === undefined) return undefined;
  const groups = await readFile(groupFile, 'utf8').catch(() => '');
  const name = groups.split('\n').map((line) => line.split(':')).find(([, , gid]) => gid === String(found.gid))?.[0];
  return { gid: found.gid, ...(name === undefined ? {} : { name }) };
}

function socketPath(host: string | undefined): string | undefined {
  if (host === undefined) return '/var/run/docker.sock';
  return host.startsWith('unix://') ? host.slice('unix://'.length) : undefined;
}

function compose(plugin: ProgramOutcome, standalone: ProgramOutcome): Finding {
  if (plugin.ok && /\d/.test(plugin.stdout)) return ok(about, `compose ${plugin.stdout.trim()}`);
  if (standalone.ok && /\d/.test(standalone.stdout)) return weak(about, `docker-compose ${standalone.stdout.trim()}, which is no longer maintained, works`, 'install docker-compose-plugin when you can');
  return broken(about, 'there is neither docker compose nor docker-compose', 'install docker-compose-plugin (Debian: docker-compose)');
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Without an engine some clients print nothing but the error; its words are looked at instead.
    return undefined;
  }
}

import { execa } from 'execa';

/** Where the Docker Engine is: nothing given means whatever the docker command itself would use. */
export interface EngineOptions {
  /** As DOCKER_HOST: `unix:///run/docker.sock`. */
  readonly host?: string;
}

function engineEnv(options: EngineOptions): Record<string, string> {
  return options.host === undefined ? {} : { DOCKER_HOST: options.host };
}

/** Runs `docker` with these arguments and returns its output, trimmed. Rejects with the command's own words. */
export async function runDocker(args: readonly string[], options: EngineOptions = {}): Promise<string> {
  const { stdout } = await execa('docker', args, { env: engineEnv(options), stdin: 'ignore' });
  return stdout.trim();
}

/** The compose command on this machine: the plugin (v2) where there is one, else `docker-compose` (v1). */
export async function findCompose(options: EngineOptions = {}): Promise<readonly [string, ...string[]]> {
  const plugin = await execa('docker', ['compose', 'version'], { env: engineEnv(options), stdin: 'ignore', reject: false });
  return plugin.exitCode === 0 ? ['docker', 'compose'] : ['docker-compose'];
}

/** Runs compose in a project's folder and returns its output, trimmed. */
export async function runCompose(dir: string, args: readonly string[], options: EngineOptions = {}): Promise<string> {
  const [program, ...first] = await findCompose(options);
  const { stdout } = await execa(program, [...first, ...args], { cwd: dir, env: engineEnv(options), stdin: 'ignore' });
  return stdout.trim();
}

/** True when an engine answers. */
export async function engineAnswers(options: EngineOptions = {}): Promise<boolean> {
  const result = await execa('docker', ['version', '--format', '{{.Server.Version}}'], { env: engineEnv(options), stdin: 'ignore', reject: false, timeout: 10_000 });
  return result.exitCode === 0;
}

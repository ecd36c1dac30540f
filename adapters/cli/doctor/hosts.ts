import { type Host, HostError } from '../../../src/ports/host.js';
import { broken, ok, type Check, type Finding, type NeededHost } from './finding.js';

/** Each machine that a target or a step names with `on:`: whether planb gets in, and what it must have. */
export const hosts: Check = {
  about: 'other machines',
  run: async ({ reach, needs }, signal) => {
    if (needs.hosts.length === 0) return [];
    const machines = await reach.hosts();
    try {
      return (await Promise.all(needs.hosts.map((needed) => look(needed, machines.at(needed.address), signal)))).flat();
    } finally {
      await machines.close();
    }
  },
};

/** What to do about each way of not getting in; the sentence itself says it for the others. */
const fixes: Readonly<Partial<Record<HostError['code'], string>>> = { unreachable: 'does planb\'s user reach it with ssh, from where the workers run?' };

async function look({ address, docker }: NeededHost, host: Host, signal: AbortSignal): Promise<readonly Finding[]> {
  try {
    // Asks for a folder that every machine has; whatever stands in the way is thrown.
    await host.files.stat('/');
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return [broken(address, error.message, fixes[error.code])];
  }
  if (!docker) return [ok(address, 'planb gets in, and finds what it needs')];
  const engine = await host.runProgram({ argv: ['docker', 'version', '--format', '{{.Server.Version}}'], timeoutMs: 5_000, signal });
  if (engine.notFound) return [broken(address, 'planb gets in, but there is no docker command', 'install Docker\'s client there')];
  if (!engine.ok) return [broken(address, `planb gets in, but docker does not answer: ${engine.output.trim().split('\n').at(-1) ?? engine.summary}`, 'may that user use the Docker socket there?')];
  return [ok(address, `planb gets in, engine ${engine.stdout.trim()} answers`)];
}

import type { ProgramOutcome, ProgramRequest } from '../../../src/ports/program.js';
import type { ActionContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import { lastOf } from '../docker/docker-cli.js';
import type { Host, Place } from './place.js';

/** How ssh is called: it asks nobody, trusts no unknown host and notices a dead connection. */
export function sshCommand(host: Host, config: string | undefined): readonly ['ssh', ...string[]] {
  return [
    'ssh', ...(config === undefined ? [] : ['-F', config]), '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=yes', '-o', 'ConnectTimeout=10', '-o', 'ServerAliveInterval=5', '-o', 'ServerAliveCountMax=3',
    ...(host.port === undefined ? [] : ['-p', host.port]),
  ];
}

/** The operator's agent, where there is one. */
export const sshVariables: readonly string[] = ['SSH_AUTH_SOCK'];

/**
 * Runs a program where a place is, with C's locale, without lines in the run's log. Throws ActionError where the machine cannot be reached or lets nobody in; other failures are in the outcome. `cwd`: absolute.
 */
export async function runAt(
  context: ActionContext, place: Place, config: string | undefined, argv: readonly [string, ...string[]], more: Pick<ProgramRequest, 'cwd' | 'readStdout' | 'timeoutMs'> = {},
): Promise<ProgramOutcome> {
  const { cwd, ...how } = more;
  const request: ProgramRequest = place.host === undefined
    ? { argv, env: { LC_ALL: 'C' }, ...more }
    : { argv: [...sshCommand(place.host, config), '-T', place.host.destination, remoteCommand(argv, cwd)], passEnv: sshVariables, ...how };
  const outcome = await context.run({ ...request, signal: context.signal, timeoutMs: more.timeoutMs ?? 10 * 60_000 }, { quiet: true });
  context.signal.throwIfAborted();
  if (place.host !== undefined && outcome.exitCode === 255) throw explainSsh(outcome, place.host.destination);
  return outcome;
}

/** ssh passes one text to the other machine's POSIX shell; in single quotes nothing has a meaning. */
function remoteCommand(argv: readonly string[], cwd: string | undefined): string {
  const quoted = argv.map(quote).join(' ');
  return `${cwd === undefined ? '' : `cd ${quote(cwd)} && `}LC_ALL=C exec ${quoted}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Why ssh did not get there, as an error with a sentence. */
export function explainSsh(outcome: ProgramOutcome, destination: string): ActionError {
  const { output } = outcome;
  if (/identification has changed/i.test(output)) return new ActionError('host-key-changed', `the host key of ${destination} is not the known one; find out why before it is trusted again`);
  if (/host key verification failed|no .* host key is known/i.test(output)) return new ActionError('host-key-unknown', `the host key of ${destination} is not known here; add it to known_hosts after comparing its fingerprint`);
  if (/permission denied/i.test(output)) return new ActionError('permission-denied', `${destination} does not let planb in: ${lastOf(output)}`);
  return new ActionError('host-unreachable', `${destination} cannot be reached: ${lastOf(output) || outcome.summary}`, { retryable: true });
}

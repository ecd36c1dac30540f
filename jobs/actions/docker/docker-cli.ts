import { shorten } from '../../../src/board/clean.js';
import type { ProgramOutcome, ProgramRequest } from '../../../src/ports/program.js';
import type { ActionContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';

/** Which engine the docker command speaks to is the operator's choice; it reads these. */
export const dockerVariables: readonly string[] = ['DOCKER_HOST', 'DOCKER_CONTEXT', 'DOCKER_CONFIG', 'DOCKER_TLS_VERIFY', 'DOCKER_CERT_PATH'];

/** What of a context docker commands need. */
export type DockerContext = Pick<ActionContext, 'run' | 'signal' | 'on'>;

/** How a docker command is run. */
export interface DockerCall {
  /** Not worth lines in the run's log. Default true: most calls read state. */
  readonly quiet?: boolean;
  readonly timeoutMs?: number;
  readonly onLine?: NonNullable<ProgramRequest['onLine']>;
  readonly readStdout?: NonNullable<ProgramRequest['readStdout']>;
  /** Also when the step was aborted: for taking away what it made. */
  readonly afterAbort?: boolean;
}

/** Docker inspects and image lists of a large host are longer than a log is kept. */
const maxOutputBytes = 8 * 1024 * 1024;

/** Runs `docker …`. Throws ActionError when there is no docker or no engine; other failures are in the outcome. */
export async function docker(context: DockerContext, args: readonly string[], call: DockerCall = {}): Promise<ProgramOutcome> {
  const outcome = await context.run(
    {
      argv: ['docker', ...args],
      passEnv: dockerVariables,
      timeoutMs: call.timeoutMs ?? 30_000,
      maxOutputBytes,
      ...(call.afterAbort === true ? {} : { signal: context.signal }),
      ...(call.onLine === undefined ? {} : { onLine: call.onLine }),
      ...(call.readStdout === undefined ? {} : { readStdout: call.readStdout }),
    },
    { quiet: call.quiet ?? true, ...(call.afterAbort === true ? { afterAbort: true } : {}) },
  );
  if (call.afterAbort !== true) context.signal.throwIfAborted();
  if (outcome.unreachable === true) throw new ActionError('host-unreachable', outcome.summary, { retryable: true });
  if (outcome.notFound) throw new ActionError('docker-missing', `there is no docker command on ${context.on ?? 'this machine'}; install Docker's client`);
  if (!outcome.ok && /cannot connect to the docker daemon|error during connect|permission denied while trying to connect/i.test(outcome.output)) {
    const denied = /permission denied/i.test(outcome.output);
    throw new ActionError('docker-unavailable', denied ? 'planb may not use the Docker socket; its user needs the socket\'s group' : 'the Docker engine does not answer', { retryable: true });
  }
  return outcome;
}

/** `docker` for what only reads: an answer from another machine that the end of a connection may have cut is asked for once more. */
export async function askDocker(context: DockerContext, args: readonly string[], call: DockerCall = {}): Promise<ProgramOutcome> {
  const outcome = await docker(context, args, call);
  return outcome.droppedBytes > 0 && context.on !== undefined ? docker(context, args, call) : outcome;
}

/** Like `docker`, for answers that are read: throws ActionError also where the command fails. Standard output, line by line. */
export async function readDocker(context: DockerContext, args: readonly string[], call: DockerCall = {}): Promise<readonly string[]> {
  const outcome = await askDocker(context, args, call);
  if (!outcome.ok) throw new ActionError('docker-failed', `docker ${args[0] ?? ''}: ${lastOf(outcome.output) || outcome.summary}`, { retryable: outcome.timedOut });
  return linesOf(args, outcome);
}

/** Standard output, line by line. Throws ActionError for one that was cut. */
export function linesOf(args: readonly string[], outcome: ProgramOutcome): readonly string[] {
  if (outcome.droppedBytes > 0) throw new ActionError('docker-failed', `docker ${args[0] ?? ''}: its answer is too long to be read`);
  return outcome.stdout.split('\n').filter((line) => line.trim() !== '');
}

export function lastOf(output: string): string {
  return shorten(output.trimEnd().split('\n').at(-1) ?? '', 300);
}

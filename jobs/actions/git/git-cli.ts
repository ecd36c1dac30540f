import type { ProgramOutcome, ProgramRequest } from '../../../src/ports/program.js';
import type { ActionContext } from '../../../src/ports/action.js';
import { lastOf } from '../docker/docker-cli.js';
import { ActionError } from '../action-error.js';

/**
 * Git reads here and does nothing else: it asks nobody, fetches nothing and takes no lock, so whoever works in the repository is not disturbed.
 */
const env = { GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', GIT_NO_LAZY_FETCH: '1', LC_ALL: 'C' };

/** Runs `git …` in a repository, bare or not. Throws ActionError where there is no git or no repository; other failures are in the outcome. */
export async function git(context: ActionContext, repository: string, args: readonly string[], more: Pick<ProgramRequest, 'input' | 'readStdout'> = {}): Promise<ProgramOutcome> {
  const outcome = await context.run({ argv: ['git', '-C', repository, ...args], env, timeoutMs: 60_000, signal: context.signal, ...more }, { quiet: true });
  context.signal.throwIfAborted();
  if (outcome.unreachable === true) throw new ActionError('host-unreachable', outcome.summary, { retryable: true });
  if (outcome.notFound) throw new ActionError('git-missing', `there is no git command on ${context.on ?? 'this machine'}; install git`);
  if (/dubious ownership|unsafe repository/i.test(outcome.output)) {
    throw new ActionError('not-a-repository', `${repository} belongs to another user; let planb's user read it: git config --global --add safe.directory ${repository}`);
  }
  if (!outcome.ok && /not a git repository|cannot change to/i.test(outcome.output)) throw new ActionError('not-a-repository', `${repository} is no git repository`);
  return outcome;
}

/** What git said, as an error. */
export function gitFailed(outcome: ProgramOutcome): ActionError {
  return new ActionError('git-failed', `git: ${lastOf(outcome.output) || outcome.summary}`, { retryable: outcome.timedOut });
}

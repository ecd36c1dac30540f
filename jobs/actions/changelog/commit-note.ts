import { basename, dirname } from 'node:path';
import type { StepContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import { git, gitFailed } from '../git/git-cli.js';

/** Whether the file is committed as it is. Throws ActionError where it is in no work tree. */
export async function isCommitted(context: StepContext, file: string): Promise<boolean> {
  const outcome = await git(context, dirname(file), ['status', '--porcelain', '--untracked-files=all', '--', basename(file)]);
  if (!outcome.ok) throw gitFailed(outcome);
  return outcome.stdout.trim() === '';
}

/**
 * Commits the file, nothing else, and never pushes. Refuses where it differs from the last commit by more than `added`: somebody's unfinished work must not go in under planb's name.
 * Returns the commit. Throws ActionError.
 */
export async function commitNote(context: StepContext, file: string, added: readonly string[], message: string): Promise<string> {
  const folder = dirname(file);
  const difference = await git(context, folder, ['diff', '--no-color', '--no-ext-diff', '--no-textconv', '--unified=0', 'HEAD', '--', basename(file)]);
  if (!difference.ok) throw gitFailed(difference);
  const changes = difference.stdout.split('\n').filter((line) => /^[+-]/.test(line) && !/^(\+\+\+|---) /.test(line));
  // A line that lacked its end is shown as gone and come back.
  const removed = changes.filter((line) => line.startsWith('-')).map((line) => line.slice(1));
  const strange = changes.some((line) => line.startsWith('+') && !added.includes(line.slice(1).replace(/\r$/, '')) && !removed.includes(line.slice(1))) || removed.some((line) => !changes.includes(`+${line}`));
  if (changes.length === 0 || strange) throw new ActionError('other-changes', `${file} has other changes that are not committed; the note is in it, commit it by hand`);
  const name = await git(context, folder, ['config', 'user.email']);
  const identity = name.ok ? [] : ['-c', 'user.name=planb', '-c', 'user.email=planb@localhost'];
  const outcome = await git(context, folder, [...identity, 'commit', '--quiet', '--only', '--message', message, '--', basename(file)]);
  if (!outcome.ok) throw gitFailed(outcome);
  const head = await git(context, folder, ['rev-parse', 'HEAD']);
  return head.stdout.trim();
}

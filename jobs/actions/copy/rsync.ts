import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import type { ActionContext } from '../../../src/ports/action.js';
import type { ProgramOutcome } from '../../../src/ports/program.js';
import { ActionError } from '../action-error.js';
import { lastOf } from '../docker/docker-cli.js';
import type { Place } from './place.js';
import { explainSsh, sshCommand, sshVariables } from './run-at.js';

/** A copy, as far as its commands need it. */
export interface Copy {
  readonly from: Place;
  readonly to: Place;
  readonly kind: 'file' | 'folder';
  readonly delete: boolean;
  readonly excludes: readonly string[];
  /** KiB a second. */
  readonly bandwidth: number | undefined;
  readonly sshConfig: string | undefined;
}

/** Where a file that is copied ends up, or the folder itself. */
export function finalPlace({ from, to, kind }: Pick<Copy, 'from' | 'to' | 'kind'>): Place {
  return kind === 'file' && to.isFolder ? { ...to, path: join(to.path, basename(from.path)), isFolder: false } : to;
}

/** Beside the destination, on its file system, so that putting something aside is a rename. */
export function asidePath(to: Place, marker: string): string {
  return join(dirname(to.path), `.planb-replaced-${basename(to.path)}-${marker}`);
}

/** The argument array of a transfer. What it replaces or deletes is put aside (rule 9). `-s`: paths pass no shell on the other machine. */
export function rsyncArguments(copy: Copy, aside: string, more: readonly string[] = []): readonly [string, ...string[]] {
  const host = copy.from.host ?? copy.to.host;
  const slash = copy.kind === 'folder' ? '/' : '';
  return [
    'rsync', '--archive', '-s', '--backup', `--backup-dir=${aside}`, ...(copy.delete ? ['--delete-delay'] : []),
    ...copy.excludes.map((pattern) => `--exclude=${pattern}`), ...(copy.bandwidth === undefined ? [] : [`--bwlimit=${copy.bandwidth}`]), ...more,
    ...(host === undefined ? [] : ['-e', sshCommand(host, copy.sshConfig).join(' ')]),
    `${spell(copy.from)}${slash}`, `${spell(finalPlace(copy))}${slash}`,
  ];
}

function spell({ path, host }: Place): string {
  return host === undefined ? path : `${host.destination}:${path}`;
}

/** What a transfer would do. */
export interface Preview {
  readonly bytesToSend: number;
  readonly deletes: number;
  /** All of them up to `comparedNames`, else the first ones. */
  readonly names: readonly string[];
  /** Over all names that would be deleted. */
  readonly sha256: string;
}

/** So many names a plan can hold; of more only the checksum is compared. */
export const comparedNames = 500;

/** Asks rsync itself, which changes nothing. */
export async function previewCopy(context: ActionContext, copy: Copy, aside: string): Promise<Preview> {
  let deletes = 0;
  const names: string[] = [];
  const lines: string[] = [];
  let bytesToSend = 0;
  const outcome = await context.run({
    argv: rsyncArguments(copy, aside, ['--dry-run', '--itemize-changes', '--stats', '--no-human-readable']), env: { LC_ALL: 'C' }, passEnv: sshVariables, signal: context.signal, timeoutMs: 3_600_000,
    onLine: ({ text }) => {
      const gone = /^\*deleting +(.*)$/.exec(text)?.[1];
      bytesToSend = Number(/^Total transferred file size: (\d+)/.exec(text)?.[1] ?? bytesToSend);
      if (gone === undefined) return;
      deletes += 1;
      lines.push(gone);
      if (names.length < comparedNames) names.push(gone);
    },
  }, { quiet: true });
  context.signal.throwIfAborted();
  if (!outcome.ok) throw rsyncFailed(outcome, copy);
  return { bytesToSend, deletes, names, sha256: createHash('sha256').update(lines.sort().join('\0')).digest('hex') };
}

/** Copies, and shows how far it is. Throws ActionError. */
export async function transfer(context: ActionContext, copy: Copy, aside: string, more: readonly string[] = []): Promise<void> {
  const outcome = await context.run({
    argv: rsyncArguments(copy, aside, ['--info=progress2', ...more]), env: { LC_ALL: 'C' }, passEnv: sshVariables, signal: context.signal,
    onLine: ({ text }) => {
      const [, percent, rate] = /^\s*[\d,.]+\w?\s+(\d+)%\s+(\S+\/s)/.exec(text) ?? [];
      if (percent !== undefined) context.progress(`${percent} %, ${rate ?? ''}`);
    },
  }, { quiet: true });
  context.signal.throwIfAborted();
  if (!outcome.ok) throw rsyncFailed(outcome, copy);
}

function rsyncFailed(outcome: ProgramOutcome, { from, to }: Copy): ActionError {
  const host = (from.host ?? to.host)?.destination;
  if (host !== undefined && (outcome.exitCode === 255 || /host key|permission denied \(/i.test(outcome.output))) return explainSsh(withoutTail(outcome), host);
  if (/no space left on device/i.test(outcome.output)) return new ActionError('disk-full', `${to.path}: no space left on the device`);
  const said = outcome.output.split('\n').filter((line) => /^rsync: |error/.test(line) && !line.startsWith('rsync error:'))[0];
  return new ActionError('copy-failed', said ?? (lastOf(outcome.output) || outcome.summary), { retryable: true });
}

/** rsync's own last lines say only that ssh ended. */
function withoutTail(outcome: ProgramOutcome): ProgramOutcome {
  return { ...outcome, output: outcome.output.split('\n').filter((line) => !line.startsWith('rsync')).join('\n') };
}

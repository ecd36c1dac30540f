import { createHash } from 'node:crypto';
import { basename, dirname } from 'node:path';
import type { ActionContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import { lastOf } from '../docker/docker-cli.js';
import type { Place } from './place.js';
import { runAt } from './run-at.js';

/** SHA-256 by path below the place; of a single file under the empty name. Links and special files are not listed. */
export type Checksums = ReadonlyMap<string, string>;

/** Checksums of every file, read where it lies; the list comes as a stream. Throws ActionError where one cannot be read. */
export async function hashFiles(context: ActionContext, place: Place, config: string | undefined, kind: 'file' | 'folder', excludes: readonly string[]): Promise<Checksums> {
  const sums = new Map<string, string>();
  const prefix = kind === 'folder' ? './' : './' + basename(place.path);
  await list(context, place, config, kind, excludes, ['-exec', 'sha256sum', '-z', '--', '{}', '+'], (record) => {
    // `<sum>  <name>`, binary or text mode.
    const name = record.slice(66);
    sums.set(kind === 'folder' ? name.slice(prefix.length) : '', record.slice(0, 64));
  });
  return sums;
}

/** How many files there are, and their bytes. */
export async function countFiles(context: ActionContext, place: Place, config: string | undefined, kind: 'file' | 'folder', excludes: readonly string[]): Promise<{ readonly files: number; readonly bytes: number }> {
  let files = 0;
  let bytes = 0;
  await list(context, place, config, kind, excludes, ['-printf', '%s\\0'], (size) => {
    files += 1;
    bytes += Number(size);
  });
  return { files, bytes };
}

const hoursMs = 6 * 3_600_000;

async function list(context: ActionContext, place: Place, config: string | undefined, kind: 'file' | 'folder', excludes: readonly string[], action: readonly string[], onRecord: (record: string) => void): Promise<void> {
  // `-H`: a place that is itself a link counts as what it leads to, links below do not.
  const argv = kind === 'folder'
    ? (['find', '-H', '.', '-mindepth', '1', ...prune(excludes), '-type', 'f', ...action] as const)
    : (['find', '-L', `./${basename(place.path)}`, '-maxdepth', '0', '-type', 'f', ...action] as const);
  let rest = Buffer.alloc(0);
  const readStdout = async (stdout: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of stdout) {
      let bytes = Buffer.concat([rest, chunk]);
      for (let end = bytes.indexOf(0); end !== -1; end = bytes.indexOf(0)) {
        // latin1 keeps names that are no UTF-8 apart.
        onRecord(bytes.toString('latin1', 0, end));
        bytes = bytes.subarray(end + 1);
      }
      rest = Buffer.from(bytes);
    }
  };
  const outcome = await runAt(context, place, config, [...argv], { cwd: kind === 'folder' ? place.path : dirname(place.path), readStdout, timeoutMs: hoursMs });
  if (!outcome.ok) throw new ActionError('not-readable', `the files of ${place.path} cannot be read: ${lastOf(outcome.output) || outcome.summary}`, { retryable: true });
}

/** The same words for `find` as `--exclude` has for rsync: a name anywhere, or `/path` from the top. */
function prune(excludes: readonly string[]): readonly string[] {
  if (excludes.length === 0) return [];
  const tests = excludes.flatMap((pattern, index) => [...(index === 0 ? [] : ['-o']), ...(pattern.startsWith('/') ? ['-path', `.${pattern}`] : ['-name', pattern])]);
  return ['(', ...tests, ')', '-prune', '-o'];
}

/** One checksum for all. */
export function hashOfAll(sums: Checksums): string {
  const hash = createHash('sha256');
  for (const name of [...sums.keys()].sort()) hash.update(`${sums.get(name) ?? ''}  ${name}\0`, 'latin1');
  return hash.digest('hex');
}

/** As the file's name is shown: bytes that are UTF-8 read as such. */
export function nameOf(name: string): string {
  return Buffer.from(name, 'latin1').toString('utf8');
}

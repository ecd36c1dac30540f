import type { ActionContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import { git, gitFailed } from './git-cli.js';

/** A folder as a revision has it. */
export interface GitFolder {
  /** Absolute; bare repositories too. */
  readonly repository: string;
  /** Anything that names a commit: a tag, a branch, a hash. */
  readonly revision: string;
  /** Of the folder, from the repository's root. */
  readonly path: string;
}

const maxBytes = 128 * 1024 * 1024;

/**
 * The files of a folder in a revision that count, by their path relative to it, byte for byte as they were committed. The work tree is neither read nor touched. Throws
 * ActionError `not-a-repository`, `no-such-revision`, `no-such-path`.
 */
export async function readRevision(context: ActionContext, folder: GitFolder, files: RegExp): Promise<ReadonlyMap<string, Buffer>> {
  const { repository, revision, path } = folder;
  const commit = await git(context, repository, ['rev-parse', '--verify', '--quiet', `${revision}^{commit}`]);
  if (!commit.ok) throw new ActionError('no-such-revision', `${repository} has no revision ${revision}`);
  const tree = `${commit.stdout.trim()}:${path.replace(/^(?:\.?\/)+|\/+$/g, '')}`;

  const listed: Buffer[] = [];
  const listing = await git(context, repository, ['ls-tree', '-r', '-z', '--full-tree', tree], { readStdout: collectInto(listed) });
  if (!listing.ok && /not a valid object name|not a tree object/i.test(listing.output)) throw new ActionError('no-such-path', `${revision} of ${repository} has no folder ${path}`);
  if (!listing.ok) throw gitFailed(listing);
  const blobs = Buffer.concat(listed).toString('utf8').split('\0').flatMap((line) => {
    const [, id, name = ''] = /^100\d{3} blob ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
    return id !== undefined && files.test(name) ? [{ id, name }] : [];
  });
  if (blobs.length === 0) return new Map();

  const contents: Buffer[] = [];
  const batch = await git(context, repository, ['cat-file', '--batch'], { input: blobs.map(({ id }) => `${id}\n`).join(''), readStdout: collectInto(contents) });
  if (!batch.ok) throw gitFailed(batch);
  return split(Buffer.concat(contents), blobs.map(({ name }) => name));
}

function collectInto(chunks: Buffer[]): (stdout: AsyncIterable<Uint8Array>) => Promise<void> {
  return async (stdout) => {
    let bytes = 0;
    for await (const chunk of stdout) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new ActionError('too-many-files', `the folder of the revision holds more than ${maxBytes / 1_048_576} MB`);
      chunks.push(Buffer.from(chunk));
    }
  };
}

/** `<id> blob <size>`, a line end, that many bytes, a line end; in the order that was asked for. */
function split(bytes: Buffer, names: readonly string[]): ReadonlyMap<string, Buffer> {
  let at = 0;
  return new Map(names.map((name) => {
    const end = bytes.indexOf('\n', at);
    const size = / blob (\d+)$/.exec(bytes.toString('latin1', at, end))?.[1];
    // A partial clone lacks what nobody has looked at.
    if (size === undefined) throw new ActionError('git-failed', `git does not have the content of ${name}; fetch it first`);
    const content = bytes.subarray(end + 1, end + 1 + Number(size));
    at = end + 1 + Number(size) + 1;
    return [name, content] as const;
  }));
}

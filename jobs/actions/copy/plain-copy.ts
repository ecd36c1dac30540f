import type { ActionContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import { lastOf } from '../docker/docker-cli.js';
import { type Checksums, nameOf } from './list-files.js';
import { type Copy, finalPlace } from './rsync.js';
import { explainSsh, runAt, sshCommand, sshVariables } from './run-at.js';

/** The argument array without rsync: `scp` between machines, else `cp`. */
export function plainArguments(copy: Copy): readonly [string, ...string[]] {
  const { from, kind, bandwidth } = copy;
  const to = finalPlace(copy);
  const source = kind === 'folder' ? `${from.path}/.` : from.path;
  const host = from.host ?? to.host;
  if (host === undefined) return ['cp', '-a', '--', source, to.path];
  const [, ...options] = sshCommand({ destination: host.destination }, copy.sshConfig);
  const spell = (place: typeof from, path: string): string => (place.host === undefined ? path : `${place.host.destination}:${path}`);
  return ['scp', '-r', '-p', '-q', ...options, ...(host.port === undefined ? [] : ['-P', host.port]), ...(bandwidth === undefined ? [] : ['-l', String(bandwidth * 8)]), '--', spell(from, source), spell(to, to.path)];
}

/**
 * Copies where rsync is missing. scp can neither leave out, nor delete, nor put aside, and follows links: what would need that is refused. `there`: what lies at the destination.
 * Throws ActionError.
 */
export async function plainCopy(context: ActionContext, copy: Copy, wanted: Checksums, there: Checksums): Promise<void> {
  refuseWithoutRsync(copy);
  const other = [...there.keys()].filter((name) => wanted.has(name) && wanted.get(name) !== there.get(name));
  if (other.length > 0) throw new ActionError('needs-rsync', `${other.length} files at ${copy.to.path} have other content (${other.slice(0, 3).map(nameOf).join(', ') || copy.to.path}), and only rsync puts them aside; install it on both machines`);
  const links = copy.kind === 'folder' ? await runAt(context, copy.from, copy.sshConfig, ['find', '-H', copy.from.path, '-type', 'l', '-print', '-quit']) : undefined;
  if (copy.to.host !== copy.from.host && links !== undefined && links.stdout.trim() !== '') throw new ActionError('needs-rsync', `${copy.from.path} has symbolic links, which scp would follow; install rsync on both machines`);
  if (copy.kind === 'folder') await runAt(context, copy.to, copy.sshConfig, ['mkdir', '-p', '--', copy.to.path]);
  const outcome = await context.run({ argv: plainArguments(copy), passEnv: sshVariables, signal: context.signal });
  context.signal.throwIfAborted();
  if (outcome.ok) return;
  const host = (copy.from.host ?? copy.to.host)?.destination;
  if (host !== undefined && outcome.exitCode === 255) throw explainSsh(outcome, host);
  throw new ActionError('copy-failed', lastOf(outcome.output) || outcome.summary, { retryable: true });
}

/** Of a path on the other machine the newer scp takes `*` and `\` for a pattern, the older one lets a shell read all of it. */
const plainPath = /^[\p{L}\p{N}\p{M}_./@%+=:,~-]+$/u;

/** Throws ActionError `needs-rsync`. */
export function refuseWithoutRsync(copy: Copy): void {
  const odd = [copy.from, copy.to].find(({ host, path }) => host !== undefined && !plainPath.test(path));
  if (odd !== undefined) throw new ActionError('needs-rsync', `${odd.path} has characters that scp or a shell on the other machine would give a meaning to; install rsync on both machines`);
  const what = copy.delete ? 'delete' : copy.excludes.length > 0 ? 'excludes' : undefined;
  if (what !== undefined) throw new ActionError('needs-rsync', `${what} needs rsync, which is missing on one of the two machines`);
}

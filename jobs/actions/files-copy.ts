import { dirname } from 'node:path';
import { z } from 'zod';
import type { Fact } from '../../src/plan/plan.js';
import type { Action, ActionContext, PlanSoFar, ProbeResult, StepContext, StepDescription, StepResult } from '../../src/ports/action.js';
import { ActionError } from './action-error.js';
import { type Checksums, countFiles, hashFiles, hashOfAll, nameOf } from './copy/list-files.js';
import { type PlaceKind, freeAt, hasRsync, lookAtPlace } from './copy/look-at-place.js';
import { type Place, isInside, parsePlace, placeInput } from './copy/place.js';
import { plainArguments, plainCopy, refuseWithoutRsync } from './copy/plain-copy.js';
import { type Copy, type Preview, asidePath, comparedNames, finalPlace, previewCopy, rsyncArguments, transfer } from './copy/rsync.js';
import { runAt } from './copy/run-at.js';
import { paste } from './paste.js';
import { sayBytes } from './postgres/dump-plan.js';
import { failed, failingInWords } from './step-failure.js';

/** A name anywhere (`*.log`), or a path from the top (`/cache/tmp`): what rsync and find understand alike. */
const exclude = z.string().regex(/^(\/[\w.,@+= -]+(\/[\w.,@+= -]+)*|(?!\.{1,2}$)[\w.,@+= *?-]+)$/, 'expected a name, with * or ?, or a path from the top such as /cache/tmp');

const input = z
  .strictObject({
    from: placeInput,
    to: placeInput,
    /** Deletes at the destination what the source does not have. */
    delete: z.boolean().default(false),
    excludes: z.array(exclude).max(100).default([]),
    /** KiB a second. */
    bandwidth: z.number().int().min(1).optional(),
    /** A file for `ssh -F`: keys, known hosts, jump hosts. */
    'ssh-config': z.string().regex(/^\/[\w@%+=:,./-]+$/, 'expected an absolute path without blanks').optional(),
  })
  .check(({ value, issues }) => {
    const [from, to] = [parsePlace(value.from), parsePlace(value.to)];
    if (from === undefined || to === undefined) return;
    const problem = from.host !== undefined && to.host !== undefined ? 'one of the two must be on this machine'
      : isInside(to, from) || isInside(from, to) ? 'from and to lie in one another' : undefined;
    if (problem !== undefined) issues.push({ code: 'custom', message: problem, input: value, path: ['to'] });
  });
type Input = z.output<typeof input>;

const plannedSchema = z.object({ kind: z.enum(['file', 'folder', 'missing']), rsync: z.boolean(), files: z.number(), bytes: z.number(), toSend: z.number(), free: z.number() });
const deletesSchema = z.object({ count: z.number(), sha256: z.string(), names: z.array(z.string()) });

/** Copies a file or what is in a folder, between folders or machines, and compares the checksums of every file on both sides. What it replaces is put aside. */
export const filesCopyAction: Action<Input> = {
  name: 'files.copy',
  summary: 'Copies files with rsync, here or over ssh, and compares the checksum of each on both sides.',
  input,
  defaultTimeoutMs: 2 * 3_600_000,
  inspect: inspectCopy,
  describe: describeCopy,
  execute: (context, given) => failingInWords(context.mask, () => copyFiles(context, given)),
  probe: async (context, given) => {
    try {
      return await probeCopy(context, given);
    } catch (error) {
      if (error instanceof ActionError) return { outcome: 'unclear', saw: context.mask(error.message) };
      throw error;
    }
  },
};

const factKey = ({ from, to }: Input): string => `copy:${from}:${to}`;
const deletesKey = ({ from, to }: Input): string => `copy-deletes:${from}:${to}`;

/** Both ends as they are now. */
interface Seen {
  readonly copy: Copy;
  readonly kind: PlaceKind;
  readonly destination: PlaceKind;
  readonly rsync: boolean;
  readonly files: number;
  readonly bytes: number;
  readonly preview: Preview;
  readonly free: number;
}

function copyOf(given: Input, kind: PlaceKind): Copy {
  // The schema has parsed both already.
  const [from, to] = [given.from, given.to].map((text): Place => parsePlace(text) ?? { path: text, isFolder: false });
  if (from === undefined || to === undefined) throw new Error('a copy has two ends');
  return { from, to, kind: kind === 'missing' ? 'folder' : kind, delete: given.delete, excludes: given.excludes, bandwidth: given.bandwidth, sshConfig: given['ssh-config'] };
}

async function look(context: ActionContext, given: Input, marker: string): Promise<Seen> {
  const config = given['ssh-config'];
  const places = copyOf(given, 'missing');
  const { kind } = await lookAtPlace(context, places.from, config);
  const copy = copyOf(given, kind);
  const final = finalPlace(copy);
  const destination = await lookAtPlace(context, final, config);
  if (kind === 'folder' && destination.kind === 'file') throw new ActionError('not-a-folder', `${final.path} is a file, and ${copy.from.path} a folder`);
  if (kind === 'file' && destination.kind === 'folder') throw new ActionError('is-a-folder', `${final.path} is a folder; write it with a slash at its end to put the file into it`);
  const free = await freeAt(context, copy.to, config, destination.nearest);
  const rsync = (await Promise.all([copy.from, copy.to].map((place) => hasRsync(context, place, config)))).every(Boolean);
  const { files, bytes } = kind === 'missing' ? { files: 0, bytes: 0 } : await countFiles(context, copy.from, config, kind, given.excludes);
  const whole: Preview = { bytesToSend: bytes, deletes: 0, names: [], sha256: '' };
  const preview = kind === 'missing' || destination.kind === 'missing' || !rsync ? whole : await previewCopy(context, copy, asidePath(final, marker));
  return { copy, kind, destination: destination.kind, rsync, files, bytes, preview, free };
}

async function inspectCopy(context: ActionContext, given: Input): Promise<readonly Fact[]> {
  const { kind, rsync, files, bytes, preview, free } = await look(context, given, `${context.runId}-plan`);
  const readAt = new Date(context.now()).toISOString();
  const planned: z.output<typeof plannedSchema> = { kind, rsync, files, bytes, toSend: preview.bytesToSend, free };
  const deletes = { count: preview.deletes, sha256: preview.sha256, names: [...preview.names] };
  return [
    // No threshold: an earlier step of the plan may make what is copied, and the step looks again.
    { key: factKey(given), kind: 'measured', label: `what is copied from ${given.from}`, value: planned, readAt },
    ...(given.delete ? [{ key: deletesKey(given), kind: 'identity' as const, label: `files that only ${given.to} has`, value: deletes, readAt }] : []),
  ];
}

function describeCopy(given: Input, { facts }: PlanSoFar): StepDescription {
  const value = (key: string): unknown => facts.find((fact) => fact.key === key)?.value;
  const planned = plannedSchema.safeParse(value(factKey(given))).data;
  const deletes = deletesSchema.safeParse(value(deletesKey(given))).data;
  const copy = copyOf(given, planned?.kind ?? 'missing');
  if (planned?.kind === 'missing' && given.delete) throw new ActionError('no-source', `${given.from} is not there, so nothing says what would be deleted at ${given.to}`);
  if (planned !== undefined && planned.kind !== 'missing' && planned.files === 0 && given.delete) throw new ActionError('empty-source', `${given.from} has no files: with delete everything at ${given.to} would go`);
  if (planned?.rsync === false) refuseWithoutRsync(copy);
  if (planned !== undefined) refuseFullDisk(given, planned.toSend, planned.free);
  const amount = planned === undefined ? '' : planned.kind === 'missing' ? '   # not there yet' : `   # ${planned.files} files, ${sayBytes(planned.bytes)}, of which ${sayBytes(planned.toSend)} to send`;
  const aside = asidePath(finalPlace(copy), 'RUN-STEP');
  const some = deletes === undefined ? '' : `${deletes.names.slice(0, 5).join(', ')}${deletes.count > 5 ? ` and ${deletes.count - 5} more` : ''}`;
  return {
    commands: [`${paste(planned?.rsync === false ? plainArguments(copy) : rsyncArguments(copy, aside))}${amount}`, '# then compares the SHA-256 of every file on both sides'],
    effect: 'idempotent',
    destructive: given.delete,
    changes: given.delete ? [{ key: deletesKey(given) }] : [],
    lost: deletes === undefined || deletes.count === 0 ? [] : [`${deletes.count} files and folders at ${given.to} that ${given.from} does not have (${some}); they are put aside beside it`],
    // Copied once and read once more on both sides, at the pace of a slow disk.
    ...(planned === undefined ? {} : { estimateMs: Math.round(2_000 + planned.toSend / (given.bandwidth === undefined ? 50_000 : given.bandwidth * 1.024) + planned.bytes / 200_000) }),
  };
}

function refuseFullDisk(given: Input, bytes: number, free: number): void {
  if (bytes > free) throw new ActionError('disk-full', `${given.to} has ${sayBytes(free)} free, and ${sayBytes(bytes)} are to be copied`);
}

async function copyFiles(context: StepContext, given: Input): Promise<StepResult> {
  const marker = `${context.runId}-${context.step}`;
  const { copy, kind, destination, rsync, files, preview, free } = await look(context, given, marker);
  if (kind === 'missing') return failed('no-source', `${given.from} is not there`);
  if (given.delete) {
    if (files === 0) return failed('empty-source', `${given.from} has no files: with delete everything at ${given.to} would go`);
    const approved = deletesSchema.safeParse(context.facts.find(({ key }) => key === deletesKey(given))?.value).data;
    if (approved !== undefined && !isApproved(preview, approved)) return failed('other-files', `at ${given.to} other files would be deleted than those that were approved; plan again`);
  }
  refuseFullDisk(given, preview.bytesToSend, free);
  const final = finalPlace(copy);
  const aside = asidePath(final, marker);
  const made = await runAt(context, copy.to, copy.sshConfig, ['mkdir', '-p', '--', dirname(final.path)]);
  if (!made.ok) return failed('not-writable', context.mask(made.output.trim() || made.summary));
  if (rsync) await transfer(context, copy, aside);
  else await plainCopy(context, copy, await hashFiles(context, copy.from, copy.sshConfig, kind, given.excludes), destination === 'missing' ? new Map<string, string>() : await hashFiles(context, final, copy.sshConfig, kind, given.excludes));
  let compared = await compare(context, copy, kind);
  if (compared.wrong.length > 0 && rsync) {
    // rsync goes by size and time; what differs in spite of them is read byte by byte.
    await transfer(context, copy, aside, ['--checksum']);
    compared = await compare(context, copy, kind);
  }
  const { wrong, sums, extra } = compared;
  if (wrong.length > 0) return failed('checksum-mismatch', context.mask(`${wrong.length} of ${sums.size} files are not the same on both sides: ${listed(wrong, final.path)}; does something write to them?`), { retryable: true });
  if (given.delete && extra.length > 0) return failed('not-deleted', context.mask(`${extra.length} files at ${final.path} are still there: ${listed(extra, final.path)}`), { retryable: true });
  const replaced = (await lookAtPlace(context, { ...final, path: aside }, copy.sshConfig)).kind === 'folder' ? { aside } : {};
  return { ok: true, receipt: { from: given.from, to: given.to, files: sums.size, bytesSent: preview.bytesToSend, sha256: hashOfAll(sums), deleted: preview.deletes, with: rsync ? 'rsync' : (plainArguments(copy)[0]), ...replaced } };
}

/** Fewer are fine: an interrupted attempt has put the others aside already. */
function isApproved(preview: Preview, approved: z.output<typeof deletesSchema>): boolean {
  if (preview.deletes === 0 || preview.sha256 === approved.sha256) return true;
  return approved.count <= comparedNames && preview.deletes <= comparedNames && preview.names.every((name) => approved.names.includes(name));
}

interface Compared {
  readonly sums: Checksums;
  /** Missing at the destination, or other bytes there. */
  readonly wrong: readonly string[];
  readonly same: number;
  /** Only at the destination. */
  readonly extra: readonly string[];
}

async function compare(context: ActionContext, copy: Copy, kind: 'file' | 'folder'): Promise<Compared> {
  context.progress('comparing checksums');
  const [sums, there] = await Promise.all([copy.from, finalPlace(copy)].map((place) => hashFiles(context, place, copy.sshConfig, kind, copy.excludes)));
  if (sums === undefined || there === undefined) throw new Error('a copy has two ends');
  const wrong = [...sums.keys()].filter((name) => there.get(name) !== sums.get(name));
  return { sums, wrong, same: sums.size - wrong.length, extra: [...there.keys()].filter((name) => !sums.has(name)) };
}

function listed(names: readonly string[], path: string): string {
  const shown = names.slice(0, 3).map((name) => nameOf(name) || path);
  return names.length > 3 ? `${shown.join(', ')} and ${names.length - 3} more` : shown.join(', ');
}

async function probeCopy(context: StepContext, given: Input): Promise<ProbeResult> {
  const { copy, kind, destination, rsync } = await look(context, given, `${context.runId}-${context.step}`);
  if (kind === 'missing') return { outcome: 'unclear', saw: `${given.from} is not there` };
  if (destination === 'missing') return { outcome: 'absent', saw: `${given.to} is not there` };
  const { sums, wrong, same, extra } = await compare(context, copy, kind);
  const saw = `${same} of ${sums.size} files are the same on both sides`;
  const clean = !given.delete || extra.length === 0;
  if (wrong.length === 0 && clean) return { outcome: 'happened', receipt: { from: given.from, to: given.to, files: sums.size, sha256: hashOfAll(sums), with: rsync ? 'rsync' : (plainArguments(copy)[0]) }, saw };
  return { outcome: same === 0 && sums.size > 0 ? 'absent' : 'unclear', saw };
}

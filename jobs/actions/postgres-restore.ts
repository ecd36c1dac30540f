import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { languageOf } from '../../src/board/language.js';
import type { Locale } from '../../src/config.js';
import type { Fact } from '../../src/plan/plan.js';
import type { Action, ActionContext, StepContext, StepDescription } from '../../src/ports/action.js';
import { backupName } from '../../src/runbook/check-references.js';
import { ActionError } from './action-error.js';
import { paste } from './paste.js';
import { sayBytes } from './postgres/dump-plan.js';
import { splitPassword } from './postgres/libpq-url.js';
import { lossFact, lossKeyPrefix } from './postgres/loss-fact.js';
import { proofMs } from './postgres/proof-plan.js';
import { throwawayBytes } from './postgres/provable.js';
import { openAdmin } from './postgres/restore-admin.js';
import { readArchive } from './postgres/restore-archive.js';
import { liveRestoreOptions } from './postgres/restore-into.js';
import { type RestoreNames, restoreNames } from './postgres/restore-names.js';
import { isPooler } from './postgres/restore-obstacles.js';
import { databaseName, findBackup, openDump, ownDump } from './postgres/restore-source.js';
import { quoted } from './postgres/restore-sql.js';
import { type RestoreOrder, cleanUpRestore, lookAtLive, poolerSentence, probeRestore, newerSentence, restoreStep } from './postgres/restore-step.js';
import { failingInWords } from './step-failure.js';

const input = z.strictObject({
  database: z.string().min(1),
  /**
   * An id of the catalogue, `of RELEASE` for the newest one taken while that release ran, the id of a step of this run that takes a dump, or the absolute path of a dump in directory or custom format.
   */
  backup: backupName(),
  /** The database whose dump a step of this run took, where it is another one: a move to a new server. As that step names it. */
  of: z.string().min(1).optional(),
  /** Parallel connections of pg_restore; default: as many as cores. */
  jobs: z.number().int().min(1).max(64).optional(),
  /** The database in use stays under another name: only a person lets it go. */
  keep: z.literal(true).optional(),
  /** Another database of that server, to swap from; default: `postgres`, else `template1`. */
  maintenance: z.string().min(1).optional(),
});
type Input = z.output<typeof input>;

/** What `inspect` leaves for `describe`. `obstacle`: why there can be no such plan. */
const restoreFact = z.object({
  backup: z.string(), live: z.string(), fresh: z.string(), kept: z.string(), identity: z.string(),
  bytes: z.number(), free: z.number().nullable(), pgRestore: z.string().optional(), path: z.string().optional(), takenAt: z.string().optional(), obstacle: z.string().optional(), on: z.string().optional(),
});
type RestoreFact = z.output<typeof restoreFact>;

const factPrefix = 'postgres-restore:';
/** Of one database: the same words may mean another backup of another one. */
const backupKey = ({ database, backup }: Pick<Input, 'database' | 'backup'>): string => `postgres-backup:${splitPassword(database).short}:${backup}`;
const approvedBackup = z.object({ path: z.string(), files: z.string(), sha256: z.string().optional(), takenAt: z.string().optional() });

/**
 * Restores a backup into a new database, compares it with what was counted when the backup was taken, and swaps it by rename with the one in use, in one transaction. Until that transaction the
 * database in use is not touched; after it, it is kept under another name.
 */
export const postgresRestoreAction: Action<Input> = {
  name: 'postgres.restore',
  summary: 'Restores a backup into a new database, compares it, and swaps it with the one in use, which is kept under another name.',
  input,
  remote: true,
  inspectsForItself: true,
  defaultTimeoutMs: 6 * 3_600_000,
  inspect: inspectRestore,
  describe: (given, { facts, locale = 'en' }) => {
    const found = facts.filter(({ key }) => key.startsWith(factPrefix)).map(({ value }) => restoreFact.parse(value)).filter(({ backup }) => backup === given.backup);
    // The URL is still a reference here: what `inspect` saw is found again by the backup.
    const seen = found.length === 1 ? found[0] : undefined;
    found.forEach(refuse);
    const lossCounted = facts.some(({ key, value }) => key.startsWith(lossKeyPrefix) && isLossOf(lossFact.parse(value), seen));
    return describeRestore(given, seen, { changes: found.map(({ identity }) => ({ key: identity })), lossCounted, locale });
  },
  before: async (context, given) => {
    const names = await namesOf(context, given);
    // What a person types to take the swap back, and what the probe looks for.
    return { ...names, back: swapStatements({ live: names.live, fresh: names.kept, kept: names.fresh }) };
  },
  execute: (context, given) => failingInWords(context.mask, async () => restoreStep(context, orderOf(context, given))),
  probe: async (context, given) => probeRestore(context, { database: given.database, maintenance: given.maintenance }, await namesOf(context, given)),
  cleanup: async (context, given) => cleanUpRestore(context, { database: given.database, maintenance: given.maintenance }, await namesOf(context, given)),
};

async function inspectRestore(context: ActionContext, given: Input): Promise<readonly Fact[]> {
  const identity = `postgres:${splitPassword(given.database).short}`;
  const { facts, obstacle, free } = await lookAtLive(context, given.database);
  const readAt = new Date(context.now()).toISOString();
  const names = restoreNames(facts.name, context.runId);
  const known = await findBackup(context, given.backup, given.database);
  const dump = known === undefined ? undefined : await openDump(known.path);
  const archive = dump === undefined ? undefined : await readArchive(context, dump);
  const takenAt = dump?.manifest?.snapshot.takenAt ?? known?.takenAt;
  const sha256 = known?.sha256 ?? dump?.manifest?.sha256;
  const found = obstacle ?? (await otherObstacle(context, given, names)) ?? (archive === undefined ? undefined : newerSentence(archive, facts.serverMajor));
  const seen = {
    backup: given.backup, ...names, identity, free, bytes: dump?.manifest?.databaseBytes ?? facts.databaseBytes,
    ...(archive === undefined ? {} : { pgRestore: archive.client.path }), ...(dump === undefined ? {} : { path: dump.path }), ...(takenAt === undefined ? {} : { takenAt }),
    ...(found === undefined ? {} : { obstacle: found }), ...(context.on === undefined ? {} : { on: context.on }),
  };
  return [
    { key: identity, kind: 'identity', label: `database ${facts.name}`, value: { system: facts.system, database: facts.name, oid: facts.oid }, readAt },
    ...(dump === undefined ? [] : [{ key: backupKey(given), kind: 'identity' as const, label: `backup ${given.backup}`, value: { path: dump.path, files: dump.files, ...(sha256 === undefined ? {} : { sha256 }), ...(takenAt === undefined ? {} : { takenAt }) }, readAt }]),
    { key: `${factPrefix}${identity}:${given.backup}`, kind: 'measured', label: `how ${facts.name} is replaced`, value: seen, readAt },
  ];
}

/** What only a second connection shows. */
async function otherObstacle(context: ActionContext, given: Input, names: RestoreNames): Promise<string | undefined> {
  if (await isPooler(context, given.database)) return poolerSentence;
  try {
    const admin = await openAdmin(context, given.database, names.live, given.maintenance);
    await admin.close();
    return undefined;
  } catch (error) {
    if (error instanceof ActionError && !error.retryable) return error.message;
    throw error;
  }
}

/** Whether a step counts just what this restore loses, and says so itself. */
function isLossOf(loss: z.output<typeof lossFact>, seen: RestoreFact | undefined): boolean {
  return loss.losing && seen !== undefined && loss.asked === seen.backup && loss.database === seen.live;
}

function refuse({ obstacle, bytes, free }: RestoreFact): void {
  if (obstacle !== undefined) throw new ActionError('cannot-be-swapped', obstacle);
  const needed = throwawayBytes(bytes);
  if (free !== null && free < needed) throw new ActionError('disk-too-small', `the restored database may need ${sayBytes(needed)} on its server and ${sayBytes(free)} are free`);
}

function describeRestore(given: Input, seen: RestoreFact | undefined, { changes, lossCounted, locale }: { readonly changes: StepDescription['changes']; readonly lossCounted: boolean; readonly locale: Locale }): StepDescription {
  const names = seen ?? { live: 'the database', fresh: 'restored', kept: 'before' };
  const jobs = given.jobs ?? availableParallelism();
  const dump = seen?.path ?? `./dump-of-${given.backup}`;
  const space = seen === undefined || seen.free !== null ? '' : `; needs about ${sayBytes(throwawayBytes(seen.bytes))} on the server, whose free disk cannot be seen from here`;
  return {
    commands: [
      paste(['createdb', '--template=template0', names.fresh]) + `   # with owner, encoding and locale of ${names.live}${space}`,
      `${paste([seen?.pgRestore ?? 'pg_restore', ...liveRestoreOptions, `--jobs=${jobs}`, `--dbname=${names.fresh}`, dump])}   # on that server${seen?.on === undefined ? '' : `, from planb's machine through ${seen.on}`}; rows and migrations are then compared with the backup's`,
      `${paste(['psql', `--dbname=${given.maintenance ?? 'postgres'}`, '--single-transaction', ...swapStatements(names).map((statement) => `--command=${statement}`)])}   # with rights, settings and comment; sessions are ended`,
    ],
    effect: 'idempotent',
    destructive: true,
    changes,
    // Where the loss is counted, its own lines say more.
    ...(lossCounted ? {} : { lost: [languageOf(locale).words.losses.restore(names.live, names.kept, { other: given.of !== undefined, since: seen?.takenAt === undefined ? undefined : minute(seen.takenAt), backup: given.backup })] }),
    ...(seen === undefined ? {} : { estimateMs: proofMs(seen.bytes) }),
    outageMs: 1_000,
    todo: [`DROP DATABASE ${quoted(names.kept)};   -- ${names.live} as it was before; once nobody needs it any more`],
  };
}

function swapStatements({ live, fresh, kept }: RestoreNames): readonly string[] {
  return [`ALTER DATABASE ${quoted(live)} RENAME TO ${quoted(kept)}`, `ALTER DATABASE ${quoted(fresh)} RENAME TO ${quoted(live)}`];
}

/** `2026-11-20 02:10 UTC` */
function minute(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

function orderOf(context: StepContext, given: Input): RestoreOrder {
  const approved = context.facts.find(({ key }) => key === backupKey(given));
  const { database, jobs, maintenance } = given;
  if (approved === undefined) return { database, backup: ownDump(context, given.backup, given.of ?? database), files: undefined, jobs, maintenance };
  // What people voted on, not what the same words mean by now.
  const { path, files, sha256, takenAt } = approvedBackup.parse(approved.value);
  return { database, backup: { path, ...(sha256 === undefined ? {} : { sha256 }), ...(takenAt === undefined ? {} : { takenAt }) }, files, jobs, maintenance };
}

async function namesOf(context: StepContext, given: Input): Promise<RestoreNames> {
  return restoreNames(await databaseName(context, given.database), context.runId);
}

import { availableParallelism } from 'node:os';
import type { JsonObject } from '../../../src/plan/plan.js';
import type { ProbeResult, StepContext, StepResult } from '../../../src/ports/action.js';
import { type TargetDatabase, TargetDatabaseError } from '../../../src/ports/target-database.js';
import { ActionError } from '../action-error.js';
import { readDatabaseFacts } from './database-facts.js';
import { sayBytes } from './dump-plan.js';
import { throwawayBytes } from './provable.js';
import { lockRestore, openAdmin } from './restore-admin.js';
import { type DumpArchive, readArchive } from './restore-archive.js';
import { createFresh, dropFresh } from './restore-database.js';
import { serverFreeBytes } from './restore-disk.js';
import { restoreInto } from './restore-into.js';
import { type RestoreMarker, writeMarker } from './restore-marker.js';
import { type RestoreNames, restoreNames } from './restore-names.js';
import { findObstacle, isPooler } from './restore-obstacles.js';
import { type DumpSource, type KnownBackup, openDump } from './restore-source.js';
import { databaseUrl, literal, quoted } from './restore-sql.js';
import { type RestoreState, findRestoreState } from './restore-state.js';
import { swapDatabases } from './swap-databases.js';

export interface RestoreOrder {
  readonly database: string;
  readonly backup: KnownBackup;
  /** The files that people voted on; undefined for a dump that the run itself took. */
  readonly files: string | undefined;
  readonly jobs: number | undefined;
  readonly maintenance: string | undefined;
}

type Where = Pick<RestoreOrder, 'database' | 'maintenance'>;

/** What the database in use is, and what stands against replacing it. Throws ActionError and TargetDatabaseError. */
export async function lookAtLive(context: Pick<StepContext, 'connectDatabase' | 'on'>, url: string) {
  const database = await context.connectDatabase(url);
  try {
    const facts = await readDatabaseFacts(database);
    return { facts, obstacle: await findObstacle(database, facts.name), free: context.on === undefined ? await serverFreeBytes(database) : null };
  } finally {
    await database.close();
  }
}

/** Restores, checks and swaps, from wherever an earlier attempt got to. */
export async function restoreStep(context: StepContext, order: RestoreOrder): Promise<StepResult> {
  const { facts, obstacle, free } = await lookAtLive(context, order.database);
  const names = restoreNames(facts.name, context.runId);
  const admin = await openAdmin(context, order.database, names.live, order.maintenance);
  const close = (): void => void admin.close();
  context.signal.addEventListener('abort', close, { once: true });
  try {
    await lockRestore(admin, names.live);
    const state = await findRestoreState(admin, names, { run: context.runId, step: context.step });
    if (state.at === 'foreign') throw new ActionError('database-exists', state.why);
    if (state.at === 'swapped') return { ok: true, receipt: state.receipt };
    if (obstacle !== undefined) throw new ActionError('cannot-be-swapped', obstacle);
    if (await isPooler(context, order.database)) throw new ActionError('pooler', poolerSentence);
    const dump = await openDump(order.backup.path);
    if (order.files !== undefined && dump.files !== order.files) throw new ActionError('dump-changed', `the files of ${dump.path} are not those that the plan saw; plan again`);
    const archive = await readArchive(context, dump);
    const newer = newerSentence(archive, facts.serverMajor);
    if (newer !== undefined) throw new ActionError('dump-too-new', newer);
    const ready = state.at === 'restored' && state.marker.dump === dump.files ? { fresh: state.fresh, marker: state.marker } : undefined;
    const restored = ready ?? (await makeFresh(context, admin, { order, names, state, dump, archive, free, live: state.live, databaseBytes: facts.databaseBytes }));
    return { ok: true, receipt: await swap(context, admin, { order, names, live: state.live, ...restored }) };
  } catch (error) {
    context.signal.throwIfAborted();
    throw error;
  } finally {
    context.signal.removeEventListener('abort', close);
    await admin.close();
  }
}

export const poolerSentence = 'the database URL leads to PgBouncer: name the server itself, since databases cannot be swapped through a pooler (it may stay in front of the application)';

/** A dump of a newer server may hold what an older one does not know. */
export function newerSentence(archive: DumpArchive, serverMajor: number): string | undefined {
  return archive.serverMajor > serverMajor ? `the dump is one of PostgreSQL ${archive.serverMajor}, and the server is PostgreSQL ${serverMajor}` : undefined;
}

interface Making {
  readonly order: RestoreOrder;
  readonly names: RestoreNames;
  readonly state: Exclude<RestoreState, { at: 'swapped' | 'foreign' }>;
  readonly dump: DumpSource;
  readonly archive: DumpArchive;
  readonly free: number | null;
  readonly live: number;
  readonly databaseBytes: number;
}

interface Restored {
  readonly fresh: number;
  readonly marker: RestoreMarker;
}

/** Anything that goes wrong leaves no new database behind; the one in use is not touched here. */
async function makeFresh(context: StepContext, admin: TargetDatabase, making: Making): Promise<Restored> {
  const { order, names, state, dump, archive, live } = making;
  const url = databaseUrl(order.database, names.fresh);
  if (state.at !== 'nothing') await dropFresh(context, admin, { name: names.fresh, url, unmarked: state.at === 'unmarked' });
  const needed = throwawayBytes(dump.manifest?.databaseBytes ?? making.databaseBytes);
  if (making.free !== null && making.free < needed) throw new ActionError('disk-too-small', `the restored database may need ${sayBytes(needed)} on its server and ${sayBytes(making.free)} are free`);
  const marker: RestoreMarker = { run: context.runId, step: context.step, attempt: context.attemptId, stage: 'restoring', live, dump: dump.files };
  const mark = (as: RestoreMarker): Promise<unknown> => admin.query(`COMMENT ON DATABASE ${quoted(names.fresh)} IS ${literal(writeMarker(as))}`);
  context.progress('making the new database');
  try {
    const fresh = await createFresh(admin, names);
    await mark(marker);
    const checked = await restoreInto(context, url, { dump, sha256: order.backup.sha256, archive, jobs: order.jobs ?? availableParallelism() });
    const { takenAt } = order.backup;
    const moment = dump.manifest?.snapshot.takenAt ?? takenAt;
    const receipt: JsonObject = {
      database: names.live, kept: names.kept, keptOid: live, oid: fresh, ...checked,
      from: dump.path, ...(moment === undefined ? {} : { backupTakenAt: moment }), ...(dump.manifest === undefined ? {} : { sha256: dump.manifest.sha256 }),
    };
    const done: RestoreMarker = { ...marker, stage: 'checked', receipt };
    await mark(done);
    return { fresh, marker: done };
  } catch (error) {
    await dropOwn(context, order, names);
    throw error;
  }
}

/** Over a connection of its own: the other one may be what was lost, or closed because the step is stopped. What cannot be dropped now, the next attempt or the clean-up drops. */
async function dropOwn(context: StepContext, order: Where, names: RestoreNames): Promise<void> {
  try {
    await cleanUpRestore(context, order, names, context.attemptId);
  } catch (error) {
    context.log(context.mask(`the new database ${names.fresh} could not be dropped: ${error instanceof Error ? error.message : String(error)}`));
  }
}

/** Drops this step's new database, unless it is in use by now; with `attempt` only where that one made it. */
export async function cleanUpRestore(context: StepContext, order: Where, names: RestoreNames, attempt?: string): Promise<void> {
  const admin = await openAdmin(context, order.database, names.live, order.maintenance);
  try {
    const state = await findRestoreState(admin, names, { run: context.runId, step: context.step });
    if (state.at === 'nothing' || state.at === 'swapped' || state.at === 'foreign') return;
    // Another attempt's by now: this one was only slow to end.
    if (attempt !== undefined && 'marker' in state && state.marker.attempt !== attempt) return;
    await dropFresh(context, admin, { name: names.fresh, url: databaseUrl(order.database, names.fresh), unmarked: state.at === 'unmarked' });
  } finally {
    await admin.close();
  }
}

async function swap(context: StepContext, admin: TargetDatabase, { order, names, live, fresh, marker }: Restored & { readonly order: RestoreOrder; readonly names: RestoreNames; readonly live: number }): Promise<JsonObject> {
  context.signal.throwIfAborted();
  context.progress('ending sessions and swapping the databases');
  const ending = await openAdmin(context, order.database, names.live, order.maintenance);
  try {
    const startedAt = context.now();
    const receipt: JsonObject = { ...marker.receipt, swappedAt: new Date(startedAt).toISOString() };
    const endedSessions = await swapDatabases(admin, ending, { names, live, fresh, kept: { ...marker, receipt } });
    return { ...receipt, endedSessions, swapSeconds: (context.now() - startedAt) / 1_000 };
  } catch (error) {
    // Its COMMIT may have been carried out although no answer came.
    const swapped = error instanceof TargetDatabaseError ? await swappedAfterAll(context, order, names) : undefined;
    if (swapped !== undefined) return swapped;
    if (!(error instanceof ActionError) || error.code !== 'database-in-use') throw error;
    throw new ActionError(error.code, `${error.message}; it is as it was, and ${names.fresh} waits beside it, restored and checked, for another try (after Stop nobody needs it: DROP DATABASE ${quoted(names.fresh)})`, { retryable: true, cause: error });
  } finally {
    await ending.close();
  }
}

async function swappedAfterAll(context: StepContext, order: Where, names: RestoreNames): Promise<JsonObject | undefined> {
  // A server that cannot be asked now is asked by the next attempt.
  const probed = await probeRestore(context, order, names).catch(() => undefined);
  return probed?.outcome === 'happened' ? probed.receipt : undefined;
}

/** Which of the states holds. The live database's name comes from the URL: it can be read in every state. */
export async function probeRestore(context: StepContext, order: Where, names: RestoreNames): Promise<ProbeResult> {
  const admin = await openAdmin(context, order.database, names.live, order.maintenance);
  try {
    const state = await findRestoreState(admin, names, { run: context.runId, step: context.step });
    switch (state.at) {
      case 'swapped':
        return { outcome: 'happened', receipt: state.receipt, saw: `${names.live} is the restored database, and the one before it is ${names.kept}` };
      case 'foreign':
        return { outcome: 'unclear', saw: state.why };
      case 'restored':
        return { outcome: 'absent', saw: `${names.live} is as it was, and ${names.fresh} is restored and checked, not yet swapped` };
      case 'restoring':
      case 'unmarked':
        return { outcome: 'absent', saw: `${names.live} is as it was, and ${names.fresh} is half restored` };
      case 'nothing':
        return { outcome: 'absent', saw: `${names.live} is as it was; there is no ${names.fresh}` };
      default:
        throw new Error(`unreachable: ${JSON.stringify(state satisfies never)}`);
    }
  } finally {
    await admin.close();
  }
}

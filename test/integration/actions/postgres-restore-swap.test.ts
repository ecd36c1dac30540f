import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { postgresRestoreAction } from '../../../jobs/actions/postgres-restore.js';
import { writeMarker } from '../../../jobs/actions/postgres/restore-marker.js';
import type { StepContext } from '../../../src/ports/action.js';
import { eventually } from '../../support/eventually.js';
import { type Replaceable, inDatabase, planned, receiptOf, replaceable, restoreContext, text } from './restore-world.js';

vi.setConfig({ testTimeout: 90_000 });

let database: Replaceable;
let number = 0;

beforeAll(async () => {
  database = await replaceable(`CREATE TABLE writes (id text PRIMARY KEY); CREATE TABLE big AS SELECT n, repeat('x', 200) AS text FROM generate_series(1, 20000) n; CREATE INDEX ON big (n)`);
});
afterEach(dropOthers);
afterAll(() => database.drop());

/** A run of its own, planned, with a dump of the database as it is. */
async function world(given: Partial<StepContext> = {}) {
  number += 1;
  const run = `s${String(number)}`;
  const input = { database: database.url, backup: text((await database.dump())['folder']) };
  const { context, log } = await restoreContext({ runId: run, attemptId: `${run}/restore/1`, ...given });
  const { live } = database.names;
  return { context: await planned(context, input), log, run, input, live, kept: `${live}_before_${run}`, fresh: `${live}_restored_${run}` };
}

async function names(): Promise<readonly string[]> {
  const rows = await database.sql<{ datname: string }>(`SELECT datname FROM pg_database WHERE starts_with(datname, '${database.names.live}') ORDER BY 1`, 'postgres');
  return rows.map(({ datname }) => datname);
}

async function dropOthers(): Promise<void> {
  for (const name of await names()) if (name !== database.names.live) await database.sql(`DROP DATABASE "${name}" WITH (FORCE)`, 'postgres');
}

/** Writes and connects again at once, as a pool does, until it is stopped; what it was told is written. */
function writer(name: string) {
  const acknowledged: string[] = [];
  const stop = new AbortController();
  const going = (): boolean => !stop.signal.aborted;
  const work = async (): Promise<void> => {
    for (let connection = 0; going(); connection += 1) {
      const client = new pg.Client({ connectionString: database.url, application_name: name });
      client.on('error', () => undefined);
      try {
        await client.connect();
        for (let row = 0; going(); row += 1) {
          const id = `${name}-${String(connection)}-${String(row)}`;
          await client.query('INSERT INTO writes VALUES ($1)', [id]);
          acknowledged.push(id);
        }
      } catch {
        // The session was ended, or the database is being renamed: again, at once.
      } finally {
        await client.end().catch(() => undefined);
      }
    }
  };
  const done = work();
  return { acknowledged, stop: async () => { stop.abort(); await done; } };
}

describe('the swap', () => {
  it('holds while writers connect again at once, and loses no write that was acknowledged', async () => {
    const { context, input, kept } = await world();
    const writers = ['w1', 'w2', 'w3', 'w4'].map(writer);
    // Sessions that do nothing, and one within a transaction, are in the way as well.
    const idle = new pg.Client({ connectionString: database.url });
    idle.on('error', () => undefined);
    await idle.connect();
    await idle.query('BEGIN; LOCK TABLE big IN ACCESS EXCLUSIVE MODE');
    try {
      await eventually(() => writers.every(({ acknowledged }) => acknowledged.length > 20), 30_000);
      const receipt = receiptOf(await postgresRestoreAction.execute(context, input));
      expect(receipt['endedSessions']).toBeGreaterThanOrEqual(5);
      // They go on, in the restored database.
      const counts = writers.map(({ acknowledged }) => acknowledged.length);
      await eventually(() => writers.every(({ acknowledged }, index) => acknowledged.length > (counts[index] ?? 0) + 20), 30_000);
    } finally {
      await Promise.all(writers.map((one) => one.stop()));
      await idle.end().catch(() => undefined);
    }
    const rows = async (name: string): Promise<Set<string>> => new Set((await database.sql<{ id: string }>('SELECT id FROM writes', name)).map(({ id }) => id));
    const [before, after] = await Promise.all([rows(kept), rows(database.names.live)]);
    const lost = writers.flatMap(({ acknowledged }) => acknowledged).filter((id) => !before.has(id) && !after.has(id));
    expect(lost).toEqual([]);
    expect(before.size).toBeGreaterThan(80);
    expect(after.size).toBeGreaterThan(80);
    expect([...before].filter((id) => after.has(id))).toEqual([]);
    await database.sql('TRUNCATE writes');
  });

  it('that sessions stand against leaves all as it was, and waits beside it for another try', async () => {
    const { context, input, kept, fresh, live } = await world();
    const stubborn = new pg.Client({ connectionString: database.url, application_name: 'a stubborn one' });
    stubborn.on('error', () => undefined);
    await stubborn.connect();
    // As of a role that planb may not signal.
    const powerless: StepContext = { ...context, connectDatabase: async (url, limits) => {
      const real = await context.connectDatabase(url, limits);
      return { query: (sql, parameters) => real.query(sql.replace('pg_terminate_backend($1)', 'pg_backend_pid(), $1::int'), parameters), transaction: (work) => real.transaction(work), close: () => real.close() };
    } };
    const result = await postgresRestoreAction.execute(powerless, input);
    expect(result).toMatchObject({ ok: false, retryable: true, error: { code: 'database-in-use' } });
    expect(result.ok ? '' : result.error.message).toContain(`${live} is still in use by a stubborn one as`);
    expect(result.ok ? '' : result.error.message).toContain(`${fresh} waits beside it`);
    expect(await names()).toEqual([live, fresh].sort());
    expect(await postgresRestoreAction.probe?.(context, input, undefined)).toMatchObject({ outcome: 'absent', saw: expect.stringContaining('restored and checked, not yet swapped') as string });
    await stubborn.query('SELECT 1');

    // Another try swaps at once: nothing is restored again.
    const ran: string[] = [];
    const watching: StepContext = { ...context, attemptId: `${context.runId}/restore/2`, run: (request, options) => { ran.push(request.argv.join(' ')); return context.run(request, options); } };
    expect(receiptOf(await postgresRestoreAction.execute(watching, input))).toMatchObject({ kept });
    expect(ran.filter((line) => line.includes('--jobs='))).toEqual([]);
    expect(await names()).toEqual([live, kept].sort());
    await stubborn.end().catch(() => undefined);
  });
});

describe('a crash', () => {
  it('while pg_restore works: the new database is dropped and made again', async () => {
    const { context, input, fresh, kept, live } = await world();
    let killed = false;
    const failing: StepContext = { ...context, run: async (request, options) => {
      if (!request.argv.some((word) => word.startsWith('--jobs='))) return context.run(request, options);
      // pg_restore waits for this name, so that it is certainly at work.
      const blocker = new pg.Client({ connectionString: inDatabase(database.url, fresh) });
      await blocker.connect();
      await blocker.query('BEGIN; CREATE TABLE big ()');
      const running = context.run(request, options);
      // Its sessions are ended under it: the network is gone, or the server restarts.
      killed = await eventually(async () => {
        const rows = await database.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${fresh}' AND application_name = 'planb' AND wait_event_type = 'Lock'`, 'postgres');
        return rows.length > 0;
      }, 30_000);
      const outcome = await running;
      await blocker.end();
      return outcome;
    } };
    const result = await postgresRestoreAction.execute(failing, input);
    expect(killed).toBe(true);
    expect(result).toMatchObject({ ok: false, error: { code: 'restore-failed', message: expect.stringMatching(/^pg_restore failed: .*(terminat|connection|closed)/) as string } });
    expect(await names()).toEqual([live]);
    expect(receiptOf(await postgresRestoreAction.execute(context, input))).toMatchObject({ kept });
  });

  it('of the disk: says so, and leaves nothing', async () => {
    const { context, input, live } = await world();
    const full: StepContext = { ...context, run: async (request, options) => {
      if (!request.argv.some((word) => word.startsWith('--jobs='))) return context.run(request, options);
      return context.run({ ...request, argv: ['sh', '-c', 'echo "pg_restore: error: COPY failed for table \\"big\\": ERROR:  could not extend file \\"base/1/2\\": No space left on device" >&2; exit 1'] }, options);
    } };
    expect(await postgresRestoreAction.execute(full, input)).toMatchObject({ ok: false, error: { code: 'restore-failed', message: expect.stringContaining('No space left on device') as string } });
    expect(await names()).toEqual([live]);
  });

  it('of the connection that holds it all: the database is as it was', async () => {
    const { context, input, live, kept } = await world();
    const losing: StepContext = { ...context, run: async (request, options) => {
      const outcome = await context.run(request, options);
      if (request.argv.some((word) => word.startsWith('--jobs='))) await database.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'planb' AND datname = 'postgres' AND query LIKE 'COMMENT ON DATABASE%'`, 'postgres');
      return outcome;
    } };
    expect(await postgresRestoreAction.execute(losing, input)).toMatchObject({ ok: false, retryable: true, error: { code: 'connection-lost' } });
    expect(await names()).toEqual([live]);
    expect(receiptOf(await postgresRestoreAction.execute(context, input))).toMatchObject({ kept });
  });

  it.each(['making the new database', 'restoring ', 'counting ', 'collecting', 'ending sessions'])('or a stop at "%s" leaves a state that the probe knows and the clean-up clears', async (moment) => {
    const stop = new AbortController();
    const { context, input, live } = await world({ signal: stop.signal });
    const stopping: StepContext = { ...context, progress: (line) => { if (line.startsWith(moment)) stop.abort(); } };
    await expect(postgresRestoreAction.execute(stopping, input)).rejects.toThrow(/abort/i);
    const later = { ...context, signal: new AbortController().signal };
    expect(await postgresRestoreAction.probe?.(later, input, undefined)).toMatchObject({ outcome: 'absent' });
    await postgresRestoreAction.cleanup?.(later, input, undefined);
    expect(await names()).toEqual([live]);
  });

  it('leaves one of these states, and each is told apart', async () => {
    const { context, input, run, live, fresh, kept } = await world();
    const probe = async () => postgresRestoreAction.probe?.(context, input, undefined);
    const admin = (sql: string) => database.sql(sql, 'postgres');
    const [row] = await database.sql<{ oid: string }>('SELECT oid::text FROM pg_database WHERE datname = current_database()');
    const oid = Number(row?.oid);
    const mark = (name: string, stage: 'restoring' | 'checked' | 'kept', marks: object = {}) =>
      admin(`COMMENT ON DATABASE "${name}" IS ${pg.escapeLiteral(writeMarker({ run, step: 'restore', attempt: `${run}/restore/1`, stage, live: oid, dump: 'd', ...marks }))}`);

    expect(await probe()).toMatchObject({ outcome: 'absent', saw: expect.stringContaining(`there is no ${fresh}`) as string });
    // Made, and planb died before it could say so.
    await admin(`CREATE DATABASE "${fresh}" TEMPLATE template0`);
    expect(await probe()).toMatchObject({ outcome: 'absent', saw: expect.stringContaining('half restored') as string });
    // Somebody else's: never dropped.
    await database.sql('CREATE TABLE mine (id int)', fresh);
    expect(await postgresRestoreAction.execute(context, input)).toMatchObject({ ok: false, error: { code: 'database-exists' } });
    await expect(postgresRestoreAction.cleanup?.(context, input, undefined)).rejects.toThrow(`there is a database ${fresh} already`);
    await mark(fresh, 'restoring', { run: 'another' });
    expect(await probe()).toMatchObject({ outcome: 'unclear', saw: expect.stringContaining('of step restore of run another') as string });
    await mark(fresh, 'restoring');
    expect(await probe()).toMatchObject({ outcome: 'absent', saw: expect.stringContaining('half restored') as string });
    await mark(fresh, 'checked');
    expect(await probe()).toMatchObject({ outcome: 'absent', saw: expect.stringContaining('not yet swapped') as string });
    // Checked against a database that was replaced since: not to be swapped as it is.
    await mark(fresh, 'checked', { live: oid + 1 });
    expect(await probe()).toMatchObject({ outcome: 'absent', saw: expect.stringContaining('half restored') as string });

    // The half of a swap that a transaction cannot leave behind is nobody's.
    await admin(`CREATE DATABASE "${kept}" TEMPLATE template0`);
    expect(await probe()).toMatchObject({ outcome: 'unclear', saw: expect.stringContaining('this step did not make it') as string });
    expect(await postgresRestoreAction.execute(context, input)).toMatchObject({ ok: false, error: { code: 'database-exists' } });
    await mark(kept, 'kept', { receipt: { kept } });
    expect(await probe()).toMatchObject({ outcome: 'happened', receipt: { kept } });
    await mark(kept, 'kept', { live: oid + 1 });
    expect(await probe()).toMatchObject({ outcome: 'unclear', saw: expect.stringContaining(`${live} was replaced by another one`) as string });
  });

  it('does not let two attempts work at the same time', async () => {
    const { context, input, kept } = await world();
    let second: unknown;
    const paused: StepContext = { ...context, run: async (request, options) => {
      // A worker that was taken for dead; its connection says that it is not.
      if (request.argv.some((word) => word.startsWith('--jobs='))) second = await postgresRestoreAction.execute({ ...context, attemptId: `${context.runId}/restore/2` }, input);
      return context.run(request, options);
    } };
    expect(receiptOf(await postgresRestoreAction.execute(paused, input))).toMatchObject({ kept });
    expect(second).toMatchObject({ ok: false, retryable: true, error: { code: 'restore-in-progress' } });
  });
});

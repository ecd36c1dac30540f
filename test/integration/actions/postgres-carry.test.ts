import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { postgresCarryAction } from '../../../jobs/actions/postgres-carry.js';
import { postgresMarkAction } from '../../../jobs/actions/postgres-mark.js';
import { type CarryWorld, breaking, carryInput, carryOf, carryWorld, patient } from './carry-world.js';
import { receiptOf, text } from './restore-world.js';
import { stepContext } from './step-context.js';

/** LiteLLM's own names, and everything that is hard to carry. */
const schema = `
  CREATE TYPE mood AS ENUM ('sad', 'it''s "fine"');
  CREATE TABLE "LiteLLM_SpendLogs" (request_id text PRIMARY KEY, "startTime" timestamp(3) NOT NULL, spend double precision, messages jsonb, response json);
  CREATE TABLE "LiteLLM_UserTable" (user_id text PRIMARY KEY, spend double precision NOT NULL DEFAULT 0, updated_at timestamp(3));
  CREATE SCHEMA "Other, schema";
  CREATE TABLE "Other, schema"."Odd ""Name" ("a ""key" int, b char(3), payload bytea, tags text[], moods mood[], at timestamptz, day date, span interval, price numeric(12,4), ratio real, doubled int GENERATED ALWAYS AS ("a ""key" * 2) STORED, PRIMARY KEY ("a ""key", b));
  CREATE TABLE team (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, boss int REFERENCES team, name text NOT NULL);
  CREATE TABLE member (id serial PRIMARY KEY, team int NOT NULL REFERENCES team, name text NOT NULL);
  CREATE TABLE measured (at timestamptz, id int, value int, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
  CREATE TABLE measured_a PARTITION OF measured FOR VALUES FROM ('2026-01-01') TO ('2026-06-01');
  CREATE TABLE measured_b PARTITION OF measured FOR VALUES FROM ('2026-06-01') TO ('2027-01-01');
  CREATE TABLE log (line text);
  INSERT INTO "LiteLLM_SpendLogs" SELECT 'old' || n, '2026-01-01', n, '{"b": 1, "a": null}', '{"b": 1,  "a": 2}' FROM generate_series(1, 20) n;
  INSERT INTO "LiteLLM_UserTable" SELECT 'u' || n, n, '2026-01-01' FROM generate_series(1, 6) n;
  INSERT INTO team (boss, name) VALUES (NULL, 'first');
  INSERT INTO member (team, name) VALUES (1, 'ann');`;

let world: CarryWorld;
beforeAll(async () => {
  world = await carryWorld(schema);
});
afterAll(() => world.drop());

const everything = ['member', 'LiteLLM_SpendLogs', { table: 'Odd "Name', schema: 'Other, schema' }, 'team', 'measured'];
const contents = `SELECT (SELECT json_agg(t ORDER BY request_id) FROM "LiteLLM_SpendLogs" t) AS a, (SELECT json_agg(t::text ORDER BY "a ""key", b) FROM "Other, schema"."Odd ""Name" t) AS b,
  (SELECT json_agg(t ORDER BY id) FROM team t) AS c, (SELECT json_agg(t ORDER BY id) FROM member t) AS d, (SELECT json_agg(t ORDER BY id) FROM measured t) AS e, (SELECT json_agg(t ORDER BY user_id) FROM "LiteLLM_UserTable" t) AS f`;

describe('postgres.carry', () => {
  it('carries what the new server wrote, of every type, once, and sets the sequences beyond it', async () => {
    await world.mark();
    await world.onNew(`INSERT INTO "LiteLLM_SpendLogs" VALUES ('new1', '2026-06-01 10:00:00.123', 0.1::float8 + 0.2, '{"text": "ünï\\n\\"\\\\ \\u0041 😀"}', '{"x":   [1,2 ], "x": null}'), ('new ''2''', '2026-06-01', 'NaN', NULL, NULL);
      UPDATE "LiteLLM_SpendLogs" SET spend = 1e-300 WHERE request_id = 'old3';
      INSERT INTO "Other, schema"."Odd ""Name" VALUES (1, 'a', '\\x00ff5c27', ARRAY['a,b', NULL, '', '{"}', 'NULL'], ARRAY['sad', 'it''s "fine"']::mood[], 'infinity', '0044-03-15 BC', '-1 year 3 days 04:05:06.789', 1.2300, 'Infinity'), (2, 'b  ', NULL, '{}', NULL, '2026-06-01 10:00:00.123456+03', NULL, NULL, NULL, 0.1);
      INSERT INTO team (boss, name) VALUES (4, 'points ahead'), (1, 'b'), (2, 'c'); INSERT INTO member (team, name) VALUES (4, 'bob'), (2, 'eve'); DELETE FROM member WHERE name = 'eve';
      INSERT INTO measured VALUES ('2026-02-01', 1, 1), ('2026-07-01', 2, 2)`);
    const before = await world.onOld(contents);
    const { context, runFolder } = await stepContext({ step: 'carry' });
    const input = carryInput(world, everything, { base: 'switch' });
    const receipt = receiptOf(await postgresCarryAction.execute(context, input));
    expect(receipt).toMatchObject({
      carried: 11, conflicts: 0, deleted: 0, base: 'switch', savedTo: join(runFolder, 'carry', (await readdir(join(runFolder, 'carry')))[0] ?? ''), sequences: { 'public.team_id_seq': '4', 'public.member_id_seq': '3' },
      tables: { LiteLLM_SpendLogs: { same: 19, inserted: 2, updated: 1 }, 'Other, schema.Odd "Name': { inserted: 2 }, team: { same: 1, inserted: 3 }, member: { same: 1, inserted: 1 }, measured: { inserted: 2 } },
    });
    expect(await world.onOld(contents)).toEqual(await world.onNew(contents));
    expect(await world.onOld(`INSERT INTO team (name) VALUES ('next') RETURNING id`)).toEqual([{ id: 5 }]);
    await world.onOld('DELETE FROM team WHERE id = 5');

    // A worker that died before its receipt finds it, and another attempt changes nothing.
    expect(await postgresCarryAction.probe?.(context, input, undefined)).toMatchObject({ outcome: 'happened', receipt });
    await world.onNew(`INSERT INTO "LiteLLM_SpendLogs" VALUES ('later', '2026-06-01')`);
    expect(receiptOf(await postgresCarryAction.execute(context, input))).toEqual(receipt);
    expect(await world.onOld(`SELECT 1 FROM "LiteLLM_SpendLogs" WHERE request_id = 'later'`)).toEqual([]);
    await world.onNew(`DELETE FROM "LiteLLM_SpendLogs" WHERE request_id = 'later'`);

    // What was saved puts everything back.
    await promisify(execFile)('psql', ['-X', '-q', '-d', world.oldUrl, '-f', join(text(receipt['savedTo']), 'put-back.sql')]);
    expect(await world.onOld(contents)).toEqual(before);
    expect(await postgresCarryAction.probe?.(context, input, undefined)).toMatchObject({ outcome: 'absent' });
    // What came back counts as written on the old server.
    expect(await postgresCarryAction.execute(context, input)).toMatchObject({ ok: false, error: { code: 'conflicts' } });
    const again = everything.map((table) => (table === 'LiteLLM_SpendLogs' ? { table, onConflict: 'take-new' } : table));
    expect(await carryOf(world, again, { base: 'switch' })).toMatchObject({ ok: true });
    expect(await world.onOld(contents)).toEqual(await world.onNew(contents));
  });

  it('names conflicts and losses in the plan with their numbers, and resolves them by the policy', async () => {
    await world.mark('m2');
    await world.onNew(`UPDATE "LiteLLM_UserTable" SET spend = spend + 100, updated_at = '2026-06-03' WHERE user_id IN ('u1', 'u2', 'u3'); DELETE FROM "LiteLLM_UserTable" WHERE user_id IN ('u5')`);
    await world.onOld(`UPDATE "LiteLLM_UserTable" SET spend = spend + 7, updated_at = CASE WHEN user_id = 'u1' THEN '2026-06-04'::timestamp ELSE '2026-06-02' END WHERE user_id IN ('u1', 'u2', 'u4'); DELETE FROM "LiteLLM_UserTable" WHERE user_id = 'u6'`);
    const { context } = await stepContext({ step: 'carry', runId: 'r2' });
    const planOf = async (wish: object, rest: object = { base: 'switch' }) => {
      const given = carryInput(world, [{ table: 'LiteLLM_UserTable', ...wish }], rest);
      return postgresCarryAction.describe(given, { facts: (await postgresCarryAction.inspect?.(patient(context), given)) ?? [] });
    };
    await expect(planOf({})).rejects.toThrow('2 rows of LiteLLM_UserTable differ between the servers and nothing says which one holds');
    await expect(planOf({}, {})).rejects.toThrow('4 rows of LiteLLM_UserTable differ');
    const kept = await planOf({ onConflict: 'keep-old' }, { base: 'switch', stopped: 'stop' });
    expect(kept).toMatchObject({ destructive: false, changes: [], lost: ['2 rows of LiteLLM_UserTable as the new server has them: both servers changed them, the old version stays'] });
    expect(kept.commands[1]).toBe('# LiteLLM_UserTable by (user_id): 1 changed on the new server, 2 changed on both, each in its own way, 2 of them kept as the old server has them, 1 changed on the old server alone, kept, 1 deleted on the new server, kept, 1 deleted on the old server, not brought back');
    const newest = { onConflict: { 'newest-by': 'updated_at' }, onDelete: 'delete' };
    const plan = await planOf(newest);
    expect(plan).toMatchObject({ destructive: true, effect: 'idempotent', changes: [{ key: expect.stringMatching(/^postgres:[0-9a-f]{8}$/) as unknown }] });
    expect(plan.lost).toEqual([
      'what the new server writes after it was read: the runbook names no step that stops its writers (stopped:)',
      '1 row of LiteLLM_UserTable as the new server has it: both servers changed it, the old version stays',
      expect.stringMatching(/^1 row of LiteLLM_UserTable as the old server has it: both servers changed it, the new version comes; saved to \/.*carry$/) as unknown,
      expect.stringMatching(/^1 row of LiteLLM_UserTable on the old server, deleted on the new one; saved to/) as unknown,
    ]);

    // Where the plan's time is over before the table is compared.
    let clock = 0;
    const facts = await postgresCarryAction.inspect?.({ ...patient(context), now: () => (clock += 10_000) }, carryInput(world, ['LiteLLM_UserTable'], { base: 'switch' }));
    expect(postgresCarryAction.describe(carryInput(world, ['LiteLLM_UserTable'], { base: 'switch' }), { facts: facts ?? [] }).commands[1]).toMatch(/^# LiteLLM_UserTable by \(user_id\): 3 rows new or changed on the new server since .* UTC; too large to be compared for the plan/);

    expect(await carryOf(world, ['LiteLLM_UserTable'], { base: 'switch' }, { runId: 'r2' })).toMatchObject({ ok: false, error: { code: 'conflicts' } });
    const receipt = receiptOf(await carryOf(world, [{ table: 'LiteLLM_UserTable', ...newest }], { base: 'switch' }, { runId: 'r2' }));
    expect(receipt).toMatchObject({ conflicts: 2, deleted: 1, carried: 2, tables: { LiteLLM_UserTable: { updated: 1, overwritten: 1, keptOld: 1, oldChanged: 1, deleted: 1, deletedOnOld: 1 } } });
    expect(await world.onOld('SELECT user_id AS id, spend FROM "LiteLLM_UserTable" ORDER BY 1')).toEqual([{ id: 'u1', spend: 8 }, { id: 'u2', spend: 102 }, { id: 'u3', spend: 103 }, { id: 'u4', spend: 11 }]);
    await promisify(execFile)('psql', ['-X', '-q', '-d', world.oldUrl, '-f', join(text(receipt['savedTo']), 'put-back.sql')]);
    expect(await world.onOld('SELECT user_id AS id, spend FROM "LiteLLM_UserTable" ORDER BY 1')).toEqual([{ id: 'u1', spend: 8 }, { id: 'u2', spend: 9 }, { id: 'u3', spend: 3 }, { id: 'u4', spend: 11 }, { id: 'u5', spend: 5 }]);
  });

  it('knows after a crash whether it committed, and repeats what did not', async () => {
    await world.mark('m3');
    await world.onNew(`INSERT INTO "LiteLLM_SpendLogs" SELECT 'crash' || n, '2026-06-01' FROM generate_series(1, 5) n`);
    const count = async (): Promise<unknown> => (await world.onOld<{ n: number }>(`SELECT count(*)::int AS n FROM "LiteLLM_SpendLogs" WHERE request_id LIKE 'crash%'`))[0]?.n;
    const { context, runFolder } = await stepContext({ step: 'carry', runId: 'r3' });
    const input = carryInput(world, ['LiteLLM_SpendLogs'], { base: 'switch' });
    expect(await postgresCarryAction.execute(breaking(context, world, 'before-commit'), input)).toMatchObject({ ok: false, retryable: true });
    expect([await count(), await readdir(join(runFolder, 'carry'))]).toEqual([0, []]);
    expect(await postgresCarryAction.probe?.(context, input, undefined)).toMatchObject({ outcome: 'absent' });
    // No answer came, and the marker says that it is done.
    expect(receiptOf(await postgresCarryAction.execute(breaking(context, world, 'after-commit'), input))).toMatchObject({ carried: 5 });
    expect(await count()).toBe(5);
    expect(await postgresCarryAction.probe?.(context, input, undefined)).toMatchObject({ outcome: 'happened', receipt: { carried: 5 } });
  });

  it('does not take a carry that is still going on for absent', async () => {
    await world.mark('m4');
    const { context } = await stepContext({ step: 'carry', runId: 'r4' });
    const input = carryInput(world, ['LiteLLM_SpendLogs'], { base: 'switch' });
    // As long as it waits, but shorter.
    const quick = (sql: string): string => sql.replace(/lock_timeout = \d+/, 'lock_timeout = 100');
    const impatient = { ...context, connectDatabase: async (...[url, limits]: Parameters<typeof context.connectDatabase>) => {
      const real = await context.connectDatabase(url, limits);
      const query: typeof real.query = async (sql, parameters) => real.query(quick(sql), parameters);
      return { query, close: real.close.bind(real), transaction: async <T>(work: (database: typeof real) => Promise<T>) => real.transaction(async () => work({ query, transaction: real.transaction.bind(real), close: real.close.bind(real) })) };
    } };
    expect(await postgresCarryAction.probe?.(impatient, input, undefined)).toMatchObject({ outcome: 'absent' });
    const other = await context.connectDatabase(world.oldUrl);
    try {
      await other.transaction(async () => {
        await other.query(`INSERT INTO planb_carry.carries (run, step, xid, receipt) VALUES ('r4', 'carry', '1', '{}')`);
        expect(await postgresCarryAction.probe?.(impatient, input, undefined)).toMatchObject({ outcome: 'unclear' });
        expect(await postgresCarryAction.execute(impatient, input)).toMatchObject({ ok: false, retryable: true, error: { code: 'locked' } });
      });
      // It came to its commit after all.
      expect(await postgresCarryAction.probe?.(impatient, input, undefined)).toMatchObject({ outcome: 'happened' });
    } finally {
      await other.close();
    }
  });

  it('refuses before the vote what it could not carry', async () => {
    const odd = await carryWorld(`CREATE TABLE nokey (a int); CREATE TABLE twin (id int PRIMARY KEY, a int UNIQUE); CREATE TABLE "one" (id int PRIMARY KEY, other int); CREATE TABLE two (id int PRIMARY KEY, other int REFERENCES "one"); ALTER TABLE "one" ADD FOREIGN KEY (other) REFERENCES two;
      CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent ON DELETE CASCADE)`);
    try {
      await odd.onNew('ALTER TABLE twin ADD COLUMN extra text, ALTER COLUMN a TYPE bigint');
      const { context } = await stepContext({ step: 'carry' });
      const refusal = async (tables: readonly unknown[], rest: object = {}): Promise<string> => {
        const given = carryInput(odd, tables, rest);
        const facts = (await postgresCarryAction.inspect?.(patient(context), given)) ?? [];
        try {
          return postgresCarryAction.describe(given, { facts }).commands.join();
        } catch (error) {
          return String(error);
        }
      };
      expect(await refusal(['nokey'])).toContain('nokey has no primary key');
      expect(await refusal(['nowhere'])).toContain('there is no table nowhere on the new server');
      expect(await refusal(['twin'])).toContain('the columns of twin differ: only the new server has extra; a is bigint on the new server and integer on the old one');
      expect(await refusal([{ table: 'twin', ignoreColumns: ['extra', 'a'] }])).toContain('# twin by (id): no difference');
      expect(await refusal([{ table: 'twin', ignoreColumns: ['extra', 'a'], key: ['a'] }])).toContain('is not a unique key');
      expect(await refusal(['one', 'two'])).toContain('one, two refer to one another in a circle');
      expect(await refusal(['parent'])).not.toContain('Error');
      expect(await refusal([{ table: 'parent', onDelete: 'delete' }])).toContain('would change or delete rows of child as well');
      expect(await refusal(['parent'], { base: 'switch' })).toContain('on the new server the database has no mark "switch"');
      await odd.onBoth('ALTER TABLE "one" ALTER CONSTRAINT one_other_fkey DEFERRABLE');
      await odd.onNew('BEGIN; SET CONSTRAINTS ALL DEFERRED; INSERT INTO "one" VALUES (1, 1); INSERT INTO two VALUES (1, 1); COMMIT; INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1, 1)');
      expect(receiptOf(await carryOf(odd, ['two', 'one']))).toMatchObject({ carried: 2 });
      // The next ones change nothing: their sentence says why.
      expect(await carryOf(odd, ['child'], {}, { runId: 'r2' })).toMatchObject({ ok: false, error: { code: 'parent-missing' } });
      expect(await carryOf(odd, ['child', 'parent'], { stopped: 'stop' }, { runId: 'r2' })).toMatchObject({ ok: false, error: { code: 'writers-not-stopped' } });
      await odd.onOld('CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$; CREATE TRIGGER swallows BEFORE INSERT ON child FOR EACH ROW EXECUTE FUNCTION never()');
      expect(await refusal(['child', 'parent'])).toContain('# child by (id): 1 new; its triggers fire: swallows');
      expect(await carryOf(odd, ['child', 'parent'], {}, { runId: 'r2' })).toMatchObject({ ok: false, error: { code: 'not-all-carried', message: expect.stringContaining('swallows') as unknown } });
      expect(await odd.onOld('SELECT * FROM parent')).toEqual([]);
      expect(await carryOf({ ...odd, newUrl: odd.oldUrl }, ['parent'])).toMatchObject({ ok: false, error: { code: 'same-database' } });
    } finally {
      await odd.drop();
    }
  });

  it('refuses marks of two runs: each server would tell of another moment', async () => {
    await world.mark('m5');
    const { context } = await stepContext({ runId: 'm6', step: 'mark' });
    receiptOf(await postgresMarkAction.execute(context, postgresMarkAction.input.parse({ databases: [world.newUrl] })));
    const before = await world.onOld('SELECT * FROM team ORDER BY id');
    const message = 'the mark "switch" was made by run m6 on the new server and by run m5 on the old one: these are two moments, so what each wrote since one switch cannot be told; without base: every row that differs is a conflict';
    expect(await carryOf(world, ['team'], { base: 'switch' }, { runId: 'r9' })).toMatchObject({ ok: false, error: { code: 'marks-of-two-runs', message } });
    expect(await world.onOld('SELECT * FROM team ORDER BY id')).toEqual(before);
    await world.mark('m7');
  });

  it('asks people when the new server does not answer, and refuses other databases than the plan saw', async () => {
    const away = new URL(world.newUrl);
    away.port = '1';
    const { context } = await stepContext({ step: 'carry' });
    const input = carryInput({ ...world, newUrl: away.href }, ['team']);
    await expect(postgresCarryAction.inspect?.(context, input)).rejects.toThrow(/^the new server's database does not answer \(.*\), so what it wrote since the switch can be neither counted nor carried: plan again once it answers, or choose a way back that accepts the loss$/);
    expect(await postgresCarryAction.execute(context, input)).toMatchObject({ ok: false, retryable: true, error: { code: 'new-server-unreachable' } });
    const facts = ((await postgresCarryAction.inspect?.(context, carryInput(world, ['team']))) ?? []).map((fact) => (fact.kind === 'identity' ? { ...fact, value: { system: null, database: 'x', oid: 1 } } : fact));
    expect(await carryOf(world, ['team'], {}, { facts })).toMatchObject({ ok: false, error: { code: 'database-changed' } });
  });
});

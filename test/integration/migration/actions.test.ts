import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { migrationListAction } from '../../../jobs/actions/migration-list.js';
import { migrationSituationAction } from '../../../jobs/actions/migration-situation.js';
import { migrationWayBackAction } from '../../../jobs/actions/migration-way-back.js';
import { migrationWritesAction } from '../../../jobs/actions/migration-writes.js';
import { situationOf, writesOf } from '../../../src/migration/seen-facts.js';
import type { SeenWrites } from '../../../src/migration/scenario.js';
import type { Fact, JsonObject } from '../../../src/plan/plan.js';
import { HostError } from '../../../src/ports/host.js';
import { startNameServer, startResolver } from '../../support/dns-server.js';
import { type CarryWorld, carryWorld, patient } from '../actions/carry-world.js';
import { receiptOf } from '../actions/restore-world.js';
import { stepContext } from '../actions/step-context.js';
import { dnsWorld, plannedStep, rfc2136 } from '../dns/dns-world.js';

const record = (name: string): object => ({ name: `${name}.example.org`, from: '192.0.2.1', to: '192.0.2.10' });

describe('migration.situation', () => {
  it('says where each name leads by the server that keeps it, and what earlier runs say', async () => {
    const server = await startNameServer('a IN A 192.0.2.1\nb IN A 192.0.2.10\nc IN A 203.0.113.9\nd IN A 192.0.2.1\nd IN A 192.0.2.10');
    // A resolver that would say otherwise is not asked.
    const stale = await startResolver(['192.0.2.10'], 60);
    const { dns } = dnsWorld({ main: rfc2136(server, { resolvers: [stale.address] }) });
    const migrations = () => Promise.resolve({ switched: { at: 1_000, run: '7KQ', certain: true }, took: { 'just-switched': { ms: 60_000, run: '4AB' } }, open: ['run 7KQ: "Restore" was skipped'] });
    const { context: { records } } = await stepContext();
    const step = await plannedStep(migrationSituationAction, { provider: 'main', records: ['a', 'c', 'd', 'e'].map(record), first: [record('b')] }, dns, { records: { ...records, migrations } });
    expect(situationOf(step.facts)).toEqual({
      names: [
        { name: 'b.example.org', leads: 'new' }, { name: 'a.example.org', leads: 'old' }, { name: 'c.example.org', leads: 'elsewhere', why: '203.0.113.9' }, { name: 'd.example.org', leads: 'elsewhere', why: '192.0.2.1, 192.0.2.10' },
        { name: 'e.example.org', leads: 'elsewhere', why: 'no record' },
      ],
      switched: { at: 1_000, run: '7KQ', certain: true }, took: { 'just-switched': { ms: 60_000, run: '4AB' } }, open: ['run 7KQ: "Restore" was skipped'],
    });
    expect(step.facts.map(({ kind }) => kind)).toEqual(['measured']);
    expect(step.described()).toMatchObject({ effect: 'read', destructive: false, changes: [] });
    expect(receiptOf(await migrationSituationAction.execute(step.context, step.input))).toEqual({ names: { 'b.example.org': 'new', 'a.example.org': 'old', 'c.example.org': 'elsewhere', 'd.example.org': 'elsewhere', 'e.example.org': 'elsewhere' } });
  });

  it('says what it could not read, and does not fail', async () => {
    const { dns } = dnsWorld({ main: rfc2136({ port: 1, address: '127.0.0.1:1' }) });
    const { facts } = await plannedStep(migrationSituationAction, { provider: 'main', records: [record('a')] }, dns);
    expect(situationOf(facts)).toMatchObject({ switched: null, names: [{ name: 'a.example.org', leads: 'unread', why: expect.stringContaining('127.0.0.1:1') as unknown }] });
  });
});

describe('migration.writes', () => {
  let world: CarryWorld;
  beforeAll(async () => {
    world = await carryWorld(`CREATE TABLE a (id int PRIMARY KEY, n int); CREATE TABLE b (id int PRIMARY KEY); INSERT INTO a VALUES (1, 1), (2, 2)`);
  });
  afterAll(() => world.drop());

  const seen = async (raw: object): Promise<SeenWrites | undefined> => {
    const { context } = await stepContext();
    const input = migrationWritesAction.input.parse({ side: 'new', database: world.newUrl, ...raw });
    return writesOf((await migrationWritesAction.inspect?.(patient(context), input)) ?? [], input.side);
  };
  const carriedOut = async (raw: object) => {
    const { context } = await stepContext();
    return migrationWritesAction.execute(patient(context), migrationWritesAction.input.parse({ side: 'new', database: world.newUrl, ...raw }));
  };

  it('counts what each server wrote since the mark, whatever the rows say of time, and nothing of its own', async () => {
    expect(await seen({})).toEqual({ counted: false, why: 'the database has no mark "switch": nobody noted when the target moved' });
    await world.mark();
    expect(await seen({})).toMatchObject({ counted: true, rows: 0, tables: [], untold: [] });
    await world.onNew('UPDATE a SET n = 3 WHERE id = 1; INSERT INTO a VALUES (3, 3); INSERT INTO b VALUES (1)');
    await world.onOld('INSERT INTO b VALUES (9)');
    expect(await seen({})).toEqual({ counted: true, rows: 3, about: false, tables: [{ table: 'a', rows: 2 }, { table: 'b', rows: 1 }], untold: [] });
    expect(await seen({ side: 'old', database: world.oldUrl })).toMatchObject({ rows: 1, tables: [{ table: 'b', rows: 1 }] });
    expect(await seen({ tables: ['b'] })).toMatchObject({ rows: 1 });
    expect(receiptOf(await carriedOut({ required: true }))).toEqual({ side: 'new', rows: 3, about: false, tables: { a: 2, b: 1 } });
  });

  it('tells a server that does not answer as such, and fails only where the count is needed', async () => {
    const away = new URL(world.newUrl);
    away.port = '1';
    const database = away.href;
    expect(await seen({ database })).toMatchObject({ counted: false, why: expect.not.stringContaining(away.password === '' ? 'postgres://' : away.password) as unknown });
    expect(receiptOf(await carriedOut({ database }))).toMatchObject({ side: 'new', uncounted: expect.any(String) as unknown });
    expect(await carriedOut({ database, required: true })).toMatchObject({ ok: false, retryable: true, error: { code: 'writes-uncounted', message: expect.stringContaining('with scenario=day-later with data=accept') as unknown } });
  });

  it('takes a machine on the way that is gone for the same', async () => {
    const { context } = await stepContext();
    const gone = { ...context, connectDatabase: () => Promise.reject(new HostError('unreachable', 'ssh://planb@198.51.100.7 does not answer')) };
    const facts = (await migrationWritesAction.inspect?.(gone, migrationWritesAction.input.parse({ side: 'new', database: world.newUrl }))) ?? [];
    expect(writesOf(facts, 'new')).toEqual({ counted: false, why: 'ssh://planb@198.51.100.7 does not answer' });
    expect(writesOf(facts, 'old')).toBeUndefined();
  });
});

describe('migration.way-back', () => {
  const oldServer = async (status: number): Promise<string> => {
    const server = createServer((_, response) => response.writeHead(status).end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => { server.close(); });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `http://127.0.0.1:${address.port}/health`;
  };
  const planned = { ok: true, text: '# way 2, token s3cret-of-the-plan', digest: 'd1', steps: 9 } as const;

  it('plans it, keeps it with the run and posts it', async () => {
    const { context, runFolder, files } = await stepContext({ planReturn: () => Promise.resolve(planned) }, ['s3cret-of-the-plan']);
    const url = await oldServer(200);
    expect(receiptOf(await migrationWayBackAction.execute(context, { url, status: 200 }))).toEqual({ planned: true, oldServer: '200', digest: 'd1', steps: 9, file: join(runFolder, 'way-back.sh') });
    expect(await readFile(join(runFolder, 'way-back.sh'), 'utf8')).not.toContain('s3cret');
    expect(files).toMatchObject([{ name: 'way-back.sh' }]);
  });

  it('fails, to be tried again, where the old server is silent or nothing can be planned', async () => {
    let asked = 0;
    const never = () => { asked += 1; return Promise.resolve(planned); };
    const { context } = await stepContext({ planReturn: never });
    expect(await migrationWayBackAction.execute(context, { url: await oldServer(503), status: 200 })).toMatchObject({ ok: false, retryable: true, error: { code: 'old-server-silent', message: expect.stringContaining('503') as unknown } });
    expect(await migrationWayBackAction.execute(context, { url: 'http://127.0.0.1:1/', status: 200 })).toMatchObject({ ok: false, error: { code: 'old-server-silent' } });
    expect(asked).toBe(0);
    const unplanned = await stepContext({ planReturn: () => Promise.resolve({ ok: false, message: 'planb.yaml names no runbook "return"' }) });
    expect(await migrationWayBackAction.execute(unplanned.context, { url: await oldServer(200), status: 200 })).toMatchObject({ ok: false, retryable: true, error: { code: 'way-back-not-planned', message: expect.stringContaining('names no runbook') as unknown } });
    expect(unplanned.files).toEqual([]);
  });
});

describe('migration.list', () => {
  const wrote = (writes: JsonObject): Fact => ({ key: 'migration-writes:new', kind: 'measured', label: '', value: { side: 'new', writes }, readAt: '2026-11-20T03:00:00.000Z' });
  const listed = async (facts: readonly Fact[], receipts: Readonly<Record<string, JsonObject>> = {}): Promise<string> => {
    const { context, files, runFolder } = await stepContext({ facts, receipts, now: () => Date.UTC(2026, 10, 20, 5) });
    receiptOf(await migrationListAction.execute(context, { where: "the new server's database", since: '2026-11-19T03:00:00.000Z' }));
    const text = await readFile(join(runFolder, 'not-brought-back.md'), 'utf8');
    expect(files).toMatchObject([{ name: 'not-brought-back.md', text }]);
    return text;
  };

  it('names the tables, the period, what nobody counted and what was exported', async () => {
    const text = await listed([wrote({ counted: true, rows: 5, about: false, tables: [{ table: 'a', rows: 5 }], untold: ['big (too large)'] })], { export: { folder: '/srv/loss', lossSince: '2026-11-19T03:00:00.000Z' }, other: { folder: '/else' } });
    expect(text).toContain("Written between 2026-11-19T03:00:00.000Z and 2026-11-20T05:00:00.000Z, and still in the new server's database:");
    expect(text).toContain('| a | 5 |\n| big (too large) | not counted |');
    expect(text).toContain('Exported as CSV: /srv/loss\n');
    expect(text).not.toContain('/else');
  });

  it('never says that nothing was written where nobody counted', async () => {
    expect(await listed([])).toContain('Nothing was counted.');
    expect(await listed([wrote({ counted: false, why: 'connection refused' })])).toContain('It could not be counted: connection refused');
    expect(await listed([wrote({ counted: true, rows: 0, about: false, tables: [], untold: ['big (too large)'] })])).toContain('| big (too large) | not counted |');
    expect(await listed([wrote({ counted: true, rows: 0, about: false, tables: [], untold: [] })])).toContain('Nothing was written.');
  });
});

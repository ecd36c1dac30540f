import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { beforeAll, afterAll, describe, expect, it } from 'vitest';
import { signerOf, verifySignature } from '../../../adapters/files/audit-key.js';
import { growingFile, linesOf } from '../../../adapters/files/checkpoint-file.js';
import { auditChains, readStoredEvents, type AuditResult } from '../../../adapters/postgres/audit.js';
import { createStore } from '../../../adapters/postgres/store.js';
import { CheckpointKeeper } from '../../../jobs/audit/keep-checkpoints.js';
import { verifyBundle, writeBundle } from '../../../src/audit/bundle.js';
import { Checkpoints } from '../../../src/audit/checkpoint.js';
import { chainNext, chainStart } from '../../../src/audit/hash-chain.js';
import type { Store } from '../../../src/ports/store.js';
import { createPlanbDatabase } from '../../support/planb-database.js';
import type { TestDatabase } from '../../support/postgres.js';
import { tempFolder } from '../../support/temp-folder.js';
import { appendOf, note, openRun } from './requests.js';

const signer = signerOf(generateKeyPairSync('ed25519').privateKey);
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createPlanbDatabase();
  store = createStore({ url: database.url });
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

/** A run with its request and so many notes. */
async function runWith(id: string, notes: number, phase: 'planning' | 'ended' = 'ended'): Promise<string> {
  const head = await openRun(store, id);
  const summary = { target: 'shop', kind: 'rollback' as const, phase, title: 'Shop', ...(phase === 'ended' ? { outcome: 'stopped' as const } : {}) };
  await store.append(appendOf(id, head, Array.from({ length: notes }, (_, index) => note(`note ${String(index)}`)), { summary }));
  return id;
}

/** What the database's owner can do: the triggers are his. Undone afterwards. */
async function tampered(sql: string, look: () => Promise<AuditResult>): Promise<AuditResult> {
  const { pool } = database;
  const copies = ['events', 'runs'];
  for (const table of copies) await pool.query(`CREATE TABLE kept_${table} AS TABLE ${table}`);
  // The last column, and a generated one: nobody can insert it.
  await pool.query('ALTER TABLE kept_runs DROP COLUMN at_rest_since');
  await pool.query('ALTER TABLE events DISABLE TRIGGER USER');
  try {
    await pool.query(sql);
    return await look();
  } finally {
    await pool.query('DELETE FROM events; DELETE FROM runs');
    await pool.query('INSERT INTO runs SELECT * FROM kept_runs; INSERT INTO events SELECT * FROM kept_events');
    for (const table of copies) await pool.query(`DROP TABLE kept_${table}`);
    await pool.query('ALTER TABLE events ENABLE TRIGGER USER');
  }
}

describe('the record in PostgreSQL', () => {
  beforeAll(async () => {
    await runWith('AAAA1', 5);
    await runWith('BBBB2', 5);
    await runWith('CCCC3', 0, 'planning');
  });

  it('is sound as planb writes it, and every column of events is covered', async () => {
    expect(await auditChains(database.url, undefined)).toEqual({ runs: 3, events: 13, broken: [] });
    const { rows } = await database.pool.query<{ column_name: string }>(`SELECT column_name FROM information_schema.columns WHERE table_name = 'events' ORDER BY 1`);
    expect(rows.map((row) => row.column_name)).toEqual(['hash', 'payload', 'run_id', 'type', 'version']);
  });

  it.each([
    ['a changed payload', `UPDATE events SET payload = replace(payload, 'note 2', 'note 3') WHERE run_id = 'AAAA1' AND version = 4`, 4],
    ['one flipped bit of a hash', `UPDATE events SET hash = set_bit(hash, 77, 1 - get_bit(hash, 77)) WHERE run_id = 'AAAA1' AND version = 3`, 3],
    ['another type', `UPDATE events SET type = 'VoteCast' WHERE run_id = 'AAAA1' AND version = 2`, 2],
    ['a deleted event', `DELETE FROM events WHERE run_id = 'AAAA1' AND version = 3`, 3],
    ['a deleted event, the others moved up', `DELETE FROM events WHERE run_id = 'AAAA1' AND version = 3; UPDATE events SET version = version - 1 WHERE run_id = 'AAAA1' AND version = 4; UPDATE events SET version = version - 1 WHERE run_id = 'AAAA1' AND version = 5; UPDATE events SET version = version - 1 WHERE run_id = 'AAAA1' AND version = 6`, 3],
    ['two events in each other\'s place', `UPDATE events SET version = 90 WHERE run_id = 'AAAA1' AND version = 3; UPDATE events SET version = 3 WHERE run_id = 'AAAA1' AND version = 4; UPDATE events SET version = 4 WHERE run_id = 'AAAA1' AND version = 90`, 3],
    ['a cut-off end', `DELETE FROM events WHERE run_id = 'AAAA1' AND version > 4`, 5],
    ['no events at all', `DELETE FROM events WHERE run_id = 'AAAA1'`, 1],
    ['another run\'s events', `DELETE FROM events WHERE run_id = 'AAAA1'; UPDATE events SET run_id = 'AAAA1' WHERE run_id = 'CCCC3'`, 1],
    ['a head that was moved', `UPDATE runs SET version = 5 WHERE id = 'AAAA1'`, 7],
    ['a head of other bytes', `UPDATE runs SET head = sha256(head) WHERE id = 'AAAA1'`, 6],
  ])('shows %s, with its run and event', async (_what, sql, version) => {
    const { broken } = await tampered(sql, () => auditChains(database.url, undefined));
    expect(broken).toContainEqual(expect.objectContaining({ run: 'AAAA1', version }));
    expect(broken.filter(({ run }) => run === 'BBBB2')).toEqual([]);
  });
});

describe('signed heads', () => {
  async function readFileOf(path: string): Promise<Checkpoints> {
    const checkpoints = new Checkpoints(verifySignature, [signer.publicKey], 'the signed heads');
    for await (const line of linesOf(path)) checkpoints.take(line);
    return checkpoints;
  }

  it('are written for every run at first, then for those that ended, and go on after a restart and a line that was cut off', async () => {
    const folder = await tempFolder();
    const path = join(folder, 'audit', 'checkpoints.jsonl');
    const keeper = () => new CheckpointKeeper({ store, signer, file: growingFile(path), log: quiet });
    const first = keeper();
    await first.look(false);
    expect((await readFileOf(path)).heads.size).toBe(3);
    await first.look(true);
    expect((await readFileOf(path)).count).toBe(1);
    await runWith('DDDD4', 2);
    await first.look(true);
    expect((await readFileOf(path)).heads.get('DDDD4')).toMatchObject([{ version: 3 }]);
    // A crash in the middle of a line.
    await appendFile(path, '{"seq":3,"at":"20');
    await runWith('EEEE5', 1);
    await keeper().look(false);
    const checkpoints = await readFileOf(path);
    expect(checkpoints.broken).toEqual([]);
    expect(checkpoints.heads.get('EEEE5')).toMatchObject([{ version: 2 }]);
  });

  it('lack no run where the first writer died between two lines', async () => {
    const path = join(await tempFolder(), 'checkpoints.jsonl');
    const file = growingFile(path);
    // Three pages of ended runs, long ago; the second page cannot be read.
    const old = Array.from({ length: 2_500 }, (_, index) => ({ run: `R${String(index).padStart(4, '0')}`, version: 1, hash: chainStart(String(index)).hash }));
    let failing = true;
    const paged: Pick<Store, 'now' | 'headsSince' | 'withLeadership'> = {
      now: () => Promise.resolve(Date.UTC(2026, 2, 1)), withLeadership: () => Promise.resolve(),
      headsSince: ({ since, after, limit }) => (failing && after !== '' ? Promise.reject(new Error('PostgreSQL is away')) : Promise.resolve(since > 0 ? [] : old.filter(({ run }) => run > after).slice(0, limit))),
    };
    const dying = new CheckpointKeeper({ store: paged, signer, file, log: quiet });
    await expect(dying.look(false)).rejects.toThrow('away');
    failing = false;
    await new CheckpointKeeper({ store: paged, signer, file, log: quiet }).look(false);
    const { heads, broken, count } = await readFileOf(path);
    expect([heads.size, broken.length, count]).toEqual([2_500, 0, 3]);
  });

  it('are written by nobody who slept while another wrote, and a line that is being written is no finding', async () => {
    const path = join(await tempFolder(), 'checkpoints.jsonl');
    const file = growingFile(path);
    const keeper = (of = file) => new CheckpointKeeper({ store, signer, file: of, log: quiet });
    await keeper().look(false);
    await runWith('FFFF6', 1);
    // It sleeps between its look at the last line and its own line.
    const slow = keeper({ ...file, append: async (line, after) => { await keeper().look(false); await file.append(line, after); } });
    await expect(slow.look(false)).rejects.toThrow('somebody else');
    await slow.look(false);
    expect((await readFileOf(path)).broken).toEqual([]);
    const text = await readFile(path, 'utf8');
    await appendFile(path, text.slice(0, 200).split('\n')[0] ?? '');
    expect((await readFileOf(path)).broken).toEqual([]);
    // The last end of line with one bit changed.
    await writeFile(path, `${text.slice(0, -1)}\v`);
    expect((await readFileOf(path)).broken).toMatchObject([{ line: 2 }]);
  });

  it('show what the chain alone cannot: a run rewritten or cut off with its head, and a run that is gone', async () => {
    const path = join(await tempFolder(), 'checkpoints.jsonl');
    await new CheckpointKeeper({ store, signer, file: growingFile(path), log: quiet }).look(false);
    const { heads } = await readFileOf(path);
    const look = () => auditChains(database.url, undefined, heads);
    expect((await look()).broken).toEqual([]);

    const cut = await tampered(
      `DELETE FROM events WHERE run_id = 'AAAA1' AND version > 4; UPDATE runs SET version = 4, head = (SELECT hash FROM events WHERE run_id = 'AAAA1' AND version = 4) WHERE id = 'AAAA1'`,
      async () => { expect((await auditChains(database.url, undefined)).broken).toEqual([]); return look(); },
    );
    expect(cut.broken).toMatchObject([{ run: 'AAAA1', version: 5 }]);

    const gone = await tampered(`DELETE FROM events WHERE run_id = 'BBBB2'; DELETE FROM runs WHERE id = 'BBBB2'`, look);
    expect(gone.broken).toMatchObject([{ run: 'BBBB2', what: expect.stringContaining('the run is gone') }]);
    expect((await tampered(`DELETE FROM events WHERE run_id = 'BBBB2'; DELETE FROM runs WHERE id = 'BBBB2'`, () => auditChains(database.url, 'AAAA1', heads))).broken).toEqual([]);

    let head = chainStart('AAAA1');
    const forged = (await readStoredEvents(database.url, 'AAAA1')).map((event) => {
      const payload = event.payload.replace('note 2', 'nothing');
      head = chainNext(head, { ...event, payload });
      return `UPDATE events SET payload = '${payload}', hash = '\\x${Buffer.from(head.hash).toString('hex')}' WHERE run_id = 'AAAA1' AND version = ${String(event.version)}`;
    });
    const rewritten = await tampered(`${forged.join('; ')}; UPDATE runs SET head = (SELECT hash FROM events WHERE run_id = 'AAAA1' AND version = 6) WHERE id = 'AAAA1'`, look);
    expect(rewritten.broken).toMatchObject([{ run: 'AAAA1', version: 6, what: expect.stringContaining('replaced') }]);
  });

  it('show a run that was rewritten and then signed once more by planb itself', async () => {
    const path = join(await tempFolder(), 'checkpoints.jsonl');
    const keeper = () => new CheckpointKeeper({ store, signer, file: growingFile(path), log: quiet });
    await keeper().look(false);
    let head = chainStart('AAAA1');
    const forged = [...(await readStoredEvents(database.url, 'AAAA1')), { version: 7, type: 'NoteAdded', payload: '{}' }].map((event) => {
      const payload = event.payload.replace('note 2', 'nothing');
      head = chainNext(head, { ...event, payload });
      const hash = `'\\x${Buffer.from(head.hash).toString('hex')}'`;
      return event.version === 7 ? `INSERT INTO events (run_id, version, type, payload, hash) VALUES ('AAAA1', 7, 'NoteAdded', '{}', ${hash})` : `UPDATE events SET payload = '${payload}', hash = ${hash} WHERE run_id = 'AAAA1' AND version = ${String(event.version)}`;
    });
    const { broken } = await tampered(`${forged.join('; ')}; UPDATE runs SET version = 7, updated_at = clock_timestamp(), head = (SELECT hash FROM events WHERE run_id = 'AAAA1' AND version = 7) WHERE id = 'AAAA1'`, async () => {
      await keeper().look(false);
      const { heads } = await readFileOf(path);
      expect(heads.get('AAAA1')?.map(({ version }) => version)).toEqual([6, 7]);
      return auditChains(database.url, undefined, heads);
    });
    expect(broken).toMatchObject([{ run: 'AAAA1', version: 6, what: expect.stringContaining('replaced') }]);
  });

  it('a bundle of a stored run proves itself without the database', async () => {
    const path = join(await tempFolder(), 'bundle.json');
    await writeFile(path, writeBundle('AAAA1', await readStoredEvents(database.url, 'AAAA1'), [], '2026-03-01T03:00:00.000Z', signer));
    expect(verifyBundle(await readFile(path), verifySignature, signer.publicKey)).toMatchObject({ run: 'AAAA1', events: 6, broken: [] });
  });
});

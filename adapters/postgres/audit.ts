import pg from 'pg';
import { ChainCheck, type AuditFinding, type SignedHead, type StoredEvent } from '../../src/audit/check-chain.js';
import type { RunHead } from '../../src/ports/store.js';
import { toStoreError } from './pool.js';

export interface AuditResult {
  readonly runs: number;
  readonly events: number;
  /** The first event of each damaged run that is not what it must be. */
  readonly broken: readonly AuditFinding[];
}

/** Events that are in memory at once. */
const batch = 2_000;

type EventRow = Omit<StoredEvent, 'hash'> & { readonly run_id: string; readonly hash: Buffer };

/**
 * Recomputes the hash chain of one run, or of all, from the stored bytes, and compares it with every stored hash, with the run's head and with what was `signed`
 * outside the database. Finds changed, missing, reordered and cut-off events, and runs that are gone. Reads in batches, so that memory does not grow with the
 * record. Throws StoreError.
 */
export async function auditChains(url: string, run: string | undefined, signed: ReadonlyMap<string, readonly SignedHead[]> = new Map()): Promise<AuditResult> {
  return reading(url, async (client) => {
    let [runs, events] = [0, 0];
    const broken: AuditFinding[] = [];
    const gone = new Map([...signed].filter(([id]) => run === undefined || id === run));
    let current: { readonly id: string; readonly check: ChainCheck; readonly recorded: RunHead | undefined } | undefined;
    const endRun = (): void => {
      const finding = current?.check.end(current.recorded);
      if (finding !== undefined) broken.push(finding);
    };
    for await (const rows of batches(client, run)) {
      const heads = await headsOf(client, [...new Set(rows.map((row) => row.run_id))]);
      for (const { run_id: id, ...event } of rows) {
        if (current?.id !== id) {
          endRun();
          runs += 1;
          current = { id, check: new ChainCheck(id, signed.get(id)), recorded: heads.get(id) };
          gone.delete(id);
        }
        current.check.take(event);
      }
      events += rows.length;
    }
    endRun();
    for (const id of await runsWithoutEvents(client, run)) {
      runs += 1;
      gone.delete(id);
      broken.push({ run: id, version: 1, what: 'the run has no events' });
    }
    for (const [id, heads] of gone) {
      const last = heads.at(-1);
      if (last !== undefined) broken.push({ run: id, version: 1, what: `the run is gone: ${last.where} has ${String(last.version)} of its events` });
    }
    return { runs, events, broken };
  });
}

/** One run's events as they are stored, in order. Throws StoreError. */
export async function readStoredEvents(url: string, run: string): Promise<readonly StoredEvent[]> {
  return reading(url, async (client) => (await client.query<StoredEvent>('SELECT version, type, payload, hash FROM events WHERE run_id = $1 ORDER BY version', [run])).rows);
}

/** One snapshot, so that a run which goes on meanwhile is not taken for a damaged one. */
async function reading<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'planb audit' });
  // A connection that dies between two queries: the next one says so.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    return await work(client);
  } catch (error) {
    throw toStoreError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function* batches(client: pg.Client, run: string | undefined): AsyncGenerator<readonly EventRow[]> {
  // By the primary key, as it lies there: sorting a million rows would fill the disk first.
  await client.query('SET LOCAL enable_sort = off');
  const query = 'DECLARE planb_audit NO SCROLL CURSOR FOR SELECT run_id, version, type, payload, hash FROM events';
  // DECLARE takes no parameters of the extended protocol.
  await client.query(run === undefined ? `${query} ORDER BY run_id, version` : `${query} WHERE run_id = ${pg.escapeLiteral(run)} ORDER BY run_id, version`);
  for (;;) {
    const { rows } = await client.query<EventRow>(`FETCH ${String(batch)} FROM planb_audit`);
    if (rows.length > 0) yield rows;
    if (rows.length < batch) return;
  }
}

async function headsOf(client: pg.Client, runs: readonly string[]): Promise<ReadonlyMap<string, RunHead>> {
  const { rows } = await client.query<{ id: string; version: number; head: Buffer }>('SELECT id, version, head FROM runs WHERE id = ANY($1)', [runs]);
  return new Map(rows.map(({ id, version, head }) => [id, { version, hash: head }]));
}

async function runsWithoutEvents(client: pg.Client, run: string | undefined): Promise<readonly string[]> {
  const { rows } = await client.query<{ id: string }>('SELECT id FROM runs WHERE ($1::text IS NULL OR id = $1) AND NOT EXISTS (SELECT FROM events WHERE run_id = runs.id) ORDER BY id', [run ?? null]);
  return rows.map(({ id }) => id);
}

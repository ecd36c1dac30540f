import pg from 'pg';
import type { RunHead } from '../../src/ports/store.js';
import { chainNext, chainStart } from './hash-chain.js';
import { toStoreError } from './pool.js';

export interface AuditFinding {
  readonly run: string;
  readonly version: number;
  readonly what: string;
}

export interface AuditResult {
  readonly runs: number;
  readonly events: number;
  /** The first event of each damaged run that is not what it must be. */
  readonly broken: readonly AuditFinding[];
}

interface EventRow {
  readonly version: number;
  readonly type: string;
  readonly payload: string;
  readonly hash: Buffer;
}

/**
 * Recomputes the hash chain of one run, or of all, from the stored bytes, and compares it with every stored hash and with the run's head. Finds changed, missing,
 * reordered and cut-off events. Throws StoreError.
 */
export async function auditChains(url: string, run: string | undefined): Promise<AuditResult> {
  const client = new pg.Client({ connectionString: url, application_name: 'planb audit' });
  try {
    await client.connect();
    // One snapshot, so that a run which goes on meanwhile is not taken for a damaged one.
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const { rows: runs } = await client.query<{ id: string; version: number; head: Buffer }>('SELECT id, version, head FROM runs WHERE $1::text IS NULL OR id = $1 ORDER BY id', [run ?? null]);
    let events = 0;
    const broken: AuditFinding[] = [];
    for (const { id, version, head } of runs) {
      const { rows } = await client.query<EventRow>('SELECT version, type, payload, hash FROM events WHERE run_id = $1 ORDER BY version', [id]);
      events += rows.length;
      const finding = auditRun(id, rows, { version, hash: head });
      if (finding !== undefined) broken.push(finding);
    }
    return { runs: runs.length, events, broken };
  } catch (error) {
    throw toStoreError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function auditRun(run: string, rows: readonly EventRow[], recorded: RunHead): AuditFinding | undefined {
  let head = chainStart(run);
  for (const row of rows) {
    if (row.version !== head.version + 1) return { run, version: head.version + 1, what: `event ${String(head.version + 1)} is missing` };
    head = chainNext(head, row);
    if (!row.hash.equals(head.hash)) return { run, version: row.version, what: `event ${String(row.version)} (${row.type}) is not what was recorded` };
  }
  if (head.version !== recorded.version) return { run, version: head.version + 1, what: `the record ends at event ${String(head.version)}, the run at ${String(recorded.version)}` };
  return Buffer.from(recorded.hash).equals(Buffer.from(head.hash)) ? undefined : { run, version: head.version, what: 'the head of the run is not the hash of its last event' };
}

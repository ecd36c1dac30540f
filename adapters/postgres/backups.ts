import type pg from 'pg';
import type { BackupProofState, BackupRecord, BackupStore } from '../../src/ports/backups.js';
import { asStoreCall } from './pool.js';

const millis = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::double precision`;

const columns = `id, target, system, database, oid::double precision AS oid, release, machine, folder, format, bytes::double precision AS bytes, sha256, server, pg_dump,
  ${millis('taken_at')} AS taken_at, tables, rows::double precision AS rows, proof, ${millis('proven_at')} AS proven_at, proof_note, run_id, step, state`;

/** Inserts the records of the JSON array `from`. A known one keeps its place and gains proof: a proof counts more than none, and is never taken back. */
export function insertBackups(from: string, where = 'true'): string {
  return `INSERT INTO backups AS b (id, target, system, database, oid, release, machine, folder, format, bytes, sha256, server, pg_dump, taken_at, tables, rows, proof, proven_at, proof_note, run_id, step)
    SELECT r->>'id', r->>'target', r#>>'{database,system}', r#>>'{database,name}', (r#>>'{database,oid}')::bigint, r->>'release', r->>'machine', r->>'folder', r->>'format',
           (r->>'bytes')::bigint, r->>'sha256', r->>'server', r->>'pgDump', to_timestamp((r->>'takenAt')::double precision / 1000), (r->>'tables')::integer, (r->>'rows')::bigint,
           r#>>'{proof,state}', to_timestamp((r#>>'{proof,at}')::double precision / 1000), coalesce(r#>>'{proof,on}', r#>>'{proof,why}'), r->>'run', r->>'step'
    FROM jsonb_array_elements(${from}) AS r WHERE ${where}
    ON CONFLICT (id) DO UPDATE SET proof = excluded.proof, proven_at = excluded.proven_at, proof_note = excluded.proof_note
      WHERE excluded.proof = 'proven' AND b.proof <> 'proven' OR excluded.proof = 'not-provable' AND b.proof = 'not-proven'
    RETURNING (xmax = 0) AS inserted`;
}

/** The catalogue of backups. */
export function backups(pool: pg.Pool): BackupStore {
  const select = async (where: string, values: readonly unknown[]): Promise<readonly BackupRecord[]> => {
    const { rows } = await pool.query<Row>(`SELECT ${columns} FROM backups WHERE ${where}`, [...values]);
    return rows.map(recordOf);
  };
  return {
    listBackups: (target) => asStoreCall(() => select(`target = $1 AND state IN ('kept', 'missing') ORDER BY taken_at DESC, id`, [target])),
    findBackup: (id) => asStoreCall(async () => (await select('id = $1', [id]))[0]),
    registerBackup: (backup) => asStoreCall(async () => {
      const { rows } = await pool.query<{ inserted: boolean }>(insertBackups('$1::jsonb'), [JSON.stringify([backup])]);
      // One that planb took away and a person brought back to the same place is that person's now.
      const back = await pool.query(`UPDATE backups SET state = 'kept', run_id = NULL, step = NULL, deleted_at = NULL WHERE id = $1 AND state = 'deleted'`, [backup.id]);
      return back.rowCount === 1 || (rows[0]?.inserted ?? false);
    }),
    backupsOn: (machine) => asStoreCall(() => select(`machine = $1 AND state <> 'deleted' ORDER BY taken_at DESC, id`, [machine])),
    setBackupFound: (id, found) => asStoreCall(async () => {
      await pool.query(`UPDATE backups SET state = CASE WHEN $2 THEN 'kept' ELSE 'missing' END WHERE id = $1 AND state IN ('kept', 'missing')`, [id, found]);
    }),
    beginDeletion: (id) => asStoreCall(() => beginDeletion(pool, id)),
    backupDeleted: (id) => asStoreCall(async () => {
      await pool.query(`UPDATE backups SET state = 'deleted', deleted_at = clock_timestamp() WHERE id = $1 AND state = 'deleting'`, [id]);
    }),
    unloggedBackups: (machine) => asStoreCall(() => select('machine = $1 AND logged_at IS NULL AND run_id IS NOT NULL ORDER BY taken_at, id', [machine])),
    backupLogged: (id) => asStoreCall(async () => {
      await pool.query('UPDATE backups SET logged_at = clock_timestamp() WHERE id = $1 AND logged_at IS NULL', [id]);
    }),
  };
}

/** A target with a live run may be planning with any of its backups; a run of another target would have it on its record. */
async function beginDeletion(pool: pg.Pool, id: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `UPDATE backups AS b SET state = 'deleting' WHERE id = $1 AND state = 'kept' AND run_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM locks l WHERE l.target = b.target)
       AND NOT EXISTS (SELECT FROM locks l JOIN events e ON e.run_id = l.run_id WHERE position(b.id IN e.payload) > 0 OR position(b.folder IN e.payload) > 0)`, [id],
  );
  return rowCount === 1;
}

interface Row {
  readonly id: string;
  readonly target: string;
  readonly system: string | null;
  readonly database: string;
  readonly oid: number | null;
  readonly release: string | null;
  readonly machine: string;
  readonly folder: string;
  readonly format: BackupRecord['format'];
  readonly bytes: number;
  readonly sha256: string;
  readonly server: string;
  readonly pg_dump: string;
  readonly taken_at: number;
  readonly tables: number | null;
  readonly rows: number | null;
  readonly proof: BackupProofState['state'];
  readonly proven_at: number | null;
  readonly proof_note: string | null;
  readonly run_id: string | null;
  readonly step: string | null;
  readonly state: BackupRecord['state'];
}

function recordOf(row: Row): BackupRecord {
  const { id, target, machine, folder, format, bytes, sha256, server, state } = row;
  return {
    id, target, machine, folder, format, bytes, sha256, server, state, pgDump: row.pg_dump, takenAt: row.taken_at, proof: proofOf(row),
    database: { system: row.system, name: row.database, oid: row.oid },
    ...(row.release === null ? {} : { release: row.release }), ...(row.tables === null ? {} : { tables: row.tables }), ...(row.rows === null ? {} : { rows: row.rows }),
    ...(row.run_id === null ? {} : { run: row.run_id }), ...(row.step === null ? {} : { step: row.step }),
  };
}

function proofOf({ proof, proven_at: at, proof_note: note }: Row): BackupProofState {
  switch (proof) {
    case 'proven':
      return { state: proof, at: at ?? 0, on: note ?? '' };
    case 'not-provable':
      return { state: proof, why: note ?? '' };
    case 'not-proven':
      return { state: proof };
    default:
      throw new Error(`unreachable: ${JSON.stringify(proof satisfies never)}`);
  }
}

import type { JsonObject } from '../../../src/plan/plan.js';
import type { DumpManifest } from './dump-manifest.js';
import type { ProvenDump } from './fresh-backup.js';
import { backupId } from './backup-id.js';
import { userTables } from './prove-dump.js';
import type { Proof } from './proof-file.js';

/** What is known of whether a dump can be restored. Undefined: nobody tried. */
export type ProofState = Proof | { readonly why: string } | undefined;

/** What a dump's receipt says, on boards too (src/board/backup-line.ts). */
export function backupReceipt(machine: string, folder: string, manifest: DumpManifest, proof: ProofState): JsonObject {
  const tables = userTables(manifest.tables);
  const { takenAt, foreignTables } = manifest.snapshot;
  return {
    backup: backupId(machine, folder, manifest.sha256),
    machine,
    folder,
    database: manifest.database,
    system: manifest.system ?? null,
    oid: manifest.oid ?? null,
    bytes: manifest.bytes,
    sha256: manifest.sha256,
    server: manifest.server,
    pgDump: manifest.pgDump,
    jobs: manifest.jobs,
    compress: manifest.compress,
    takenAt,
    dumpSeconds: (Date.parse(manifest.finishedAt) - Date.parse(manifest.startedAt)) / 1_000,
    tables: tables.length,
    rows: tables.reduce((sum, table) => sum + table.rows, 0),
    ...(foreignTables.length === 0 ? {} : { foreignTables }),
    ...proofReceipt(proof),
  };
}

/** Of a backup that an earlier run took: never one that a destructive step may rest on by its time alone (rule 5). */
export function reusedReceipt(machine: string, { folder, manifest, proof }: ProvenDump): JsonObject {
  return { ...backupReceipt(machine, folder, manifest, proof), reused: true };
}

function proofReceipt(proof: ProofState): JsonObject {
  if (proof === undefined) return { proven: false };
  if ('why' in proof) return { proven: false, provable: false, why: proof.why };
  const { provenAt, restoredOn, restoreSeconds, proveSeconds } = proof;
  return { proven: true, provenAt, restoredOn, restoreSeconds, proveSeconds };
}

import { z } from 'zod';
import type { BackupProofState, BackupRecord } from '../ports/backups.js';
import type { RunEvent } from './events.js';
import type { RunState } from './state.js';

const takers: ReadonlySet<string> = new Set(['postgres.backup', 'postgres.prove']);

/** What a dump's receipt says (jobs/actions/postgres/backup-receipt.ts). One without an id tells of nothing that could be listed. */
const receiptSchema = z.object({
  backup: z.string(), machine: z.string(), folder: z.string(), database: z.string(), system: z.string().nullish(), oid: z.number().nullish(),
  bytes: z.number(), sha256: z.string(), server: z.string(), pgDump: z.string(), takenAt: z.string(), tables: z.number(), rows: z.number(),
  proven: z.boolean(), provenAt: z.string().optional(), restoredOn: z.string().optional(), provable: z.boolean().optional(), why: z.string().optional(), reused: z.boolean().optional(),
});
type Receipt = z.output<typeof receiptSchema>;

/** The backups that these events' receipts tell of, for the catalogue. One that was used again is there already. */
export function backupsTaken(events: readonly RunEvent[], after: RunState): readonly BackupRecord[] {
  return events.flatMap((event) => {
    if (event.type !== 'StepSucceeded') return [];
    const uses = after.plan?.steps.find(({ id }) => id === event.step)?.uses;
    const parsed = receiptSchema.safeParse(event.receipt);
    if (uses === undefined || !takers.has(uses) || !parsed.success || parsed.data.reused === true) return [];
    return [recordOf(parsed.data, event.step, after)];
  });
}

function recordOf(receipt: Receipt, step: string, { target, id: run, plan }: RunState): BackupRecord {
  const { machine, folder, bytes, sha256, server, pgDump, tables, rows } = receipt;
  return {
    id: receipt.backup, target, machine, folder, format: 'directory', bytes, sha256, server, pgDump, tables, rows, run, step, state: 'kept',
    database: { system: receipt.system ?? null, name: receipt.database, oid: receipt.oid ?? null }, takenAt: Date.parse(receipt.takenAt), proof: proofOf(receipt),
    ...(plan?.from === undefined ? {} : { release: plan.from.name }),
  };
}

function proofOf({ proven, provenAt, restoredOn, provable, why }: Receipt): BackupProofState {
  if (proven) return { state: 'proven', at: Date.parse(provenAt ?? ''), on: restoredOn ?? '' };
  return provable === false ? { state: 'not-provable', why: why ?? '' } : { state: 'not-proven' };
}

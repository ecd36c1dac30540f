import type { ConflictPolicy, TableWish } from './carry-input.js';
import type { RowPair } from './merge-rows.js';

/** What a pair of rows is, and what the carry does about it on the old server. */
export interface RowVerdict {
  readonly counts: RowCase;
  readonly deed: 'nothing' | 'insert' | 'update' | 'delete';
  /** Both servers hold the row, each its own version, and only the policy says which one stays. */
  readonly conflict: boolean;
}

/**
 * `inserted` only the new server has it; `updated` only the new server changed it; `overwritten`, `keptOld` a conflict that the new, the old version won; `oldChanged` only the old server changed it; `oldOnly` only the old server
 * has it, and wrote it; `deletedOnNew` unchanged on the old server and gone from the new one, kept; `deleted` the same, deleted; `deletedOnOld` unchanged on the new server and gone from the old one.
 */
export type RowCase = 'same' | 'inserted' | 'updated' | 'overwritten' | 'keptOld' | 'refused' | 'oldChanged' | 'oldOnly' | 'deletedOnNew' | 'deleted' | 'deletedOnOld';

/** `hasBase`: rows say whether they changed since the switch. Without that, every difference is a conflict and nothing is known of deletions. */
export function judgeRow({ from, to }: RowPair, { onConflict, onDelete }: { readonly onConflict: ConflictPolicy; readonly onDelete: TableWish['onDelete'] }): RowVerdict {
  if (from === undefined) {
    const goneFromNew = to?.changed === false;
    if (!goneFromNew) return nothing('oldOnly');
    return onDelete === 'delete' ? { counts: 'deleted', deed: 'delete', conflict: false } : nothing('deletedOnNew');
  }
  if (to === undefined) return from.changed === false ? nothing('deletedOnOld') : { counts: 'inserted', deed: 'insert', conflict: false };
  if (from.hash === to.hash) return nothing('same');
  if (from.changed === true && to.changed === false) return { counts: 'updated', deed: 'update', conflict: false };
  if (from.changed === false && to.changed === true) return nothing('oldChanged');
  if (onConflict === 'fail') return { counts: 'refused', deed: 'nothing', conflict: true };
  const newWins = onConflict === 'take-new' || (onConflict !== 'keep-old' && isNewer(from.newest, to.newest));
  return newWins ? { counts: 'overwritten', deed: 'update', conflict: true } : { counts: 'keptOld', deed: 'nothing', conflict: true };
}

function nothing(counts: RowCase): RowVerdict {
  return { counts, deed: 'nothing', conflict: false };
}

/** A row that does not say when it was written is older than one that does; equal ones stay as they are. */
function isNewer(a: string | null, b: string | null): boolean {
  if (a === null || b === null) return a !== null;
  return BigInt(a) > BigInt(b);
}

import { z } from 'zod';
import type { RowCase, RowVerdict } from './judge-row.js';

const rows = z.number().int();
/** Rows of one table by what became of them (`RowCase`); those that were the same on both servers are `same`. */
export const caseCounts = z.strictObject({
  same: rows, inserted: rows, updated: rows, overwritten: rows, keptOld: rows, refused: rows, oldChanged: rows, oldOnly: rows, deletedOnNew: rows, deleted: rows, deletedOnOld: rows,
}) satisfies z.ZodType<Readonly<Record<RowCase, number>>>;
export type CaseCounts = z.output<typeof caseCounts>;

export function noCases(): CaseCounts {
  return { same: 0, inserted: 0, updated: 0, overwritten: 0, keptOld: 0, refused: 0, oldChanged: 0, oldOnly: 0, deletedOnNew: 0, deleted: 0, deletedOnOld: 0 };
}

export function countCase(counts: CaseCounts, verdict: RowVerdict): void {
  counts[verdict.counts] += 1;
}

export function conflictsOf({ overwritten, keptOld, refused }: CaseCounts): number {
  return overwritten + keptOld + refused;
}

/** Rows that the old server gets. */
export function carriedRows({ inserted, updated, overwritten }: CaseCounts): number {
  return inserted + updated + overwritten;
}

/** One line for a plan, the log and the board: what is zero is left out. */
export function sayCases(counts: CaseCounts): string {
  const words: readonly (readonly [number, string])[] = [
    [counts.inserted, 'new'], [counts.updated, 'changed on the new server'], [conflictsOf(counts), 'changed on both, each in its own way'], [counts.overwritten, 'of them taken from the new server'],
    [counts.keptOld, 'of them kept as the old server has them'], [counts.oldChanged, 'changed on the old server alone, kept'], [counts.oldOnly, 'only on the old server, kept'],
    [counts.deletedOnNew, 'deleted on the new server, kept'], [counts.deleted, 'deleted on the new server, deleted here too'], [counts.deletedOnOld, 'deleted on the old server, not brought back'],
  ];
  const said = words.filter(([count]) => count > 0).map(([count, what]) => `${count.toLocaleString('en-US')} ${what}`);
  return said.length === 0 ? 'no difference' : said.join(', ');
}

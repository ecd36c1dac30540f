import { z } from 'zod';
import type { Fact } from '../plan/plan.js';

/** What will be done about one migration. `mark-applied`: as `migrate resolve --applied` does. `person`: planb cannot tell what is right. */
export const treatmentSchema = z.enum(['keep-row', 'delete-row', 'mark-rolled-back', 'mark-applied', 'person']);
export type Treatment = z.output<typeof treatmentSchema>;

const migrationSchema = z.strictObject({
  name: z.string(),
  /** Of its rows: `failed` blocks every deploy; `applied`; `rolled-back` and `none` count as not applied. */
  state: z.enum(['failed', 'applied', 'rolled-back', 'none']),
  /** Of the objects that it makes or takes away, how many are as it leaves them; `unknown`: none that proves anything, or nobody knows its script. */
  objects: z.enum(['all', 'some', 'none', 'unknown']),
  /** The older release does not ship it. */
  newer: z.boolean(),
  /** The older code meets what it did. */
  present: z.boolean(),
  treatment: treatmentSchema,
  /** Why this treatment, a sentence without its end. */
  why: z.string(),
  /** What PostgreSQL said when it failed, one masked line; null: it did not fail, or nothing is logged. */
  failure: z.string().nullable(),
  breaking: z.array(z.string()),
  cautions: z.array(z.string()),
  /** Tables and columns that only the newer release knows, and that a restored backup would not have: `table "coupons"`. */
  holds: z.array(z.string()),
});
export type MigrationFinding = z.output<typeof migrationSchema>;

/** One row of the history, as it must still be when it is changed. */
const rowSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  checksum: z.string(),
  state: z.enum(['failed', 'applied', 'rolled-back']),
});
export type HistoryRow = z.output<typeof rowSchema>;

/** A row that will be written, as `migrate resolve --applied` writes it. `id` follows from what was read, so that a second try writes the same one. */
const newRowSchema = rowSchema.pick({ id: true, name: true, checksum: true });
export type NewRow = z.output<typeof newRowSchema>;

/** What both releases and the live database say about the migrations: the value of a history fact. */
export const migrationFactsSchema = z.strictObject({
  database: z.string(),
  schema: z.string(),
  /** planb's role there, and whether it may change the history. */
  role: z.string(),
  mayWrite: z.boolean(),
  /** Rows of the history table, and SHA-256 over all of them. */
  rows: z.number(),
  sha256: z.string(),
  /** Only what matters: newer migrations, failed ones, and those whose rows and objects contradict each other. */
  migrations: z.array(migrationSchema),
  /** The rows that will be changed. */
  changed: z.array(rowSchema),
  /** The rows that will be written. */
  written: z.array(newRowSchema),
  /** Shipped by both under one name with different scripts. */
  edited: z.array(z.string()),
  /** Applied, and shipped by neither release: of a third one, by hand. Those that only ever belong to one database (facts.md: `0_init`, `…_baseline_diff`) are left out. */
  unknown: z.array(z.string()),
  /** Shipped by the older release and not applied: it will apply them when it starts. */
  pending: z.array(z.string()),
});
export type MigrationFacts = z.output<typeof migrationFactsSchema>;

/** Keys of history facts begin so; what follows tells several histories apart. */
export const historyKeyPrefix = 'prisma-history:';

/** Whether a fact holds a Prisma history. */
export function isPrismaHistory({ key }: Pick<Fact, 'key'>): boolean {
  return key.startsWith(historyKeyPrefix);
}

import { z } from 'zod';
import type { Fact } from '../plan/plan.js';

/** What will be done about one migration. `person`: planb cannot tell what is right. */
export const treatmentSchema = z.enum(['keep-row', 'delete-row', 'mark-rolled-back', 'person']);
export type Treatment = z.output<typeof treatmentSchema>;

const migrationSchema = z.strictObject({
  name: z.string(),
  /** Of its rows: `failed` blocks every deploy; `applied`; `rolled-back` and `none` count as not applied. */
  state: z.enum(['failed', 'applied', 'rolled-back', 'none']),
  /** Of the objects that it creates, how many are in the live database; `unknown`: it creates none, or nobody knows its script. */
  objects: z.enum(['all', 'some', 'none', 'unknown']),
  /** The older release does not ship it. */
  newer: z.boolean(),
  treatment: treatmentSchema,
  /** Why this treatment, a sentence without its end. */
  why: z.string(),
  breaking: z.array(z.string()),
  cautions: z.array(z.string()),
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

/** What both releases and the live database say about the migrations: the value of a history fact. */
export const migrationFactsSchema = z.strictObject({
  schema: z.string(),
  /** Rows of the history table, and SHA-256 over all of them. */
  rows: z.number(),
  sha256: z.string(),
  /** Only what matters: newer migrations and failed ones. */
  migrations: z.array(migrationSchema),
  /** The rows that will be changed. */
  changed: z.array(rowSchema),
  /** Shipped by both under one name with different scripts. */
  edited: z.array(z.string()),
  /** Shipped by the older release and not applied: it will apply them when it starts. */
  pending: z.array(z.string()),
});
export type MigrationFacts = z.output<typeof migrationFactsSchema>;

/** Keys of history facts begin so; what follows tells several histories apart. */
export const historyKeyPrefix = 'prisma-history:';

/** The history that a plan's facts hold; undefined where nobody read one. Throws zod's error for a fact that another version wrote. */
export function historyOf(facts: readonly Fact[]): { readonly key: string; readonly facts: MigrationFacts } | undefined {
  const fact = facts.find(({ key }) => key.startsWith(historyKeyPrefix));
  return fact === undefined ? undefined : { key: fact.key, facts: migrationFactsSchema.parse(fact.value) };
}

import { z } from 'zod';

/** What happens to a row that both servers changed, each in its own way. */
const onConflict = z.union([z.enum(['fail', 'keep-old', 'take-new']), z.strictObject({ 'newest-by': z.string().min(1) })]);
export type ConflictPolicy = z.output<typeof onConflict>;

const tableWish = z.strictObject({
  /** As people write it: with or without schema and quotes. */
  table: z.string().min(1),
  schema: z.string().min(1).optional(),
  onConflict: onConflict.default('fail'),
  /** Rows that were deleted on the new server since the switch: stay on the old one, or go there too. */
  onDelete: z.enum(['keep', 'delete']).default('keep'),
  /** Columns that only one of the two servers has, or in another type. */
  ignoreColumns: z.array(z.string().min(1)).default([]),
  /** Another unique key without NULLs than the primary key. */
  key: z.array(z.string().min(1)).min(1).optional(),
});
export type TableWish = z.output<typeof tableWish>;

export const tableWishes = z.array(z.union([z.string().min(1).transform((table) => tableWish.parse({ table })), tableWish])).min(1);

/** Of `postgres.mark`, and what `base:` names. */
export const markName = z.string().regex(/^[\w.-]{1,63}$/, 'expected letters, digits, dots and hyphens');

export function wishedName({ schema, table }: TableWish): string {
  return schema === undefined ? table : `${schema}.${table}`;
}

import { z } from 'zod';

/** Of the facts that say how many rows came after a moment. */
export const lossKeyPrefix = 'postgres-loss:';

/** What planning saw: tables with rows since, and those that do not tell. */
export const lossFact = z.object({
  /** The `since:` or `backup:` that it answers: `describe` knows no more of its step. */
  asked: z.string(),
  /** The plan loses these rows, and the step says so. */
  losing: z.boolean(),
  database: z.string(),
  since: z.string(),
  /** The dump whose moment it is. */
  path: z.string().optional(),
  folder: z.string(),
  told: z.array(z.object({ table: z.string(), rows: z.number(), about: z.boolean(), changed: z.boolean() })),
  /** Tables that say when a row came, and nothing of when it changed. */
  onlyCame: z.array(z.string()),
  untold: z.array(z.object({ table: z.string(), why: z.string(), whole: z.boolean(), difference: z.number().optional() })),
});
export type LossSeen = {
  readonly asked: string;
  readonly losing: boolean;
  readonly database: string;
  readonly since: string;
  readonly path?: string;
  readonly onlyCame: readonly string[];
  readonly folder: string;
  readonly told: readonly { readonly table: string; readonly rows: number; readonly about: boolean; readonly changed: boolean }[];
  readonly untold: readonly { readonly table: string; readonly why: string; readonly whole: boolean; readonly difference?: number }[];
};

/** What the plan says is lost, a sentence each. */
export function lostLines(seen: z.output<typeof lossFact> | undefined, backup: string | undefined): readonly string[] {
  if (seen === undefined) return [`the rows that come after the snapshot of ${backup ?? 'the backup'}; they are counted and exported before anything is destroyed`];
  const since = `since ${seen.since.slice(0, 10)} ${seen.since.slice(11, 16)} UTC`;
  const told = [...seen.told].sort((a, b) => b.rows - a.rows || a.table.localeCompare(b.table, 'en')).map(({ table, rows, about, changed }) => `${about ? 'about ' : ''}${sayRows(rows)} of ${table} ${changed ? 'new or changed ' : ''}${since}, exported to ${seen.folder}`);
  const different = seen.untold.filter(({ difference }) => difference !== undefined && difference !== 0);
  const silent = seen.untold.filter(({ difference }) => difference === undefined || difference === 0);
  return [
    ...told,
    ...different.map(({ table, difference = 0, whole }) => `${sayRows(Math.abs(difference))} ${difference > 0 ? 'more' : 'fewer'} in ${table} than in the backup${whole ? '; the table is exported whole' : ''}`),
    ...[...new Set(silent.map(({ why, whole }) => `${why}${whole ? '; exported whole' : ''}`))].map((why) => {
      const tables = silent.filter((one) => `${one.why}${one.whole ? '; exported whole' : ''}` === why).map(({ table }) => table);
      return `rows ${since} that cannot be told in ${someOf(tables)}: ${why}`;
    }),
    ...(seen.onlyCame.length === 0 ? [] : [`changes of older rows ${since}, which cannot be told: ${someOf(seen.onlyCame)} ${seen.onlyCame.length === 1 ? 'says' : 'say'} only when a row came`]),
  ];
}

function someOf(tables: readonly string[]): string {
  return `${tables.slice(0, 5).join(', ')}${tables.length > 5 ? ` and ${tables.length - 5} more tables` : ''}`;
}

function sayRows(rows: number): string {
  return `${rows.toLocaleString('en-US')} ${rows === 1 ? 'row' : 'rows'}`;
}

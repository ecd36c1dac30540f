import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { TableWish } from './carry-input.js';
import { caseCounts, conflictsOf, sayCases } from './count-cases.js';

/** Of the facts that say what a carry will find. */
export const carryKeyPrefix = 'postgres-carry:';

export const carryFact = z.object({
  /** The step's own words: `describe` knows no more of it. */
  asked: z.string(),
  from: z.string(),
  to: z.string(),
  /** The base's moment. */
  since: z.string().optional(),
  folder: z.string(),
  tables: z.array(z.object({
    said: z.string(), key: z.array(z.string()), triggers: z.array(z.string()),
    /** A conflict ends the carry. */
    fails: z.boolean(), counts: caseCounts.optional(),
    /** Where the whole comparison takes too long for a plan: rows that the new server wrote since the base. */
    about: z.number().optional(),
  })).readonly(),
  /** Tables that are not carried and that the new server wrote into since the base; without `rows` nobody could count them in time. Absent: there is no base. */
  others: z.array(z.object({ said: z.string(), rows: z.number().optional() })).readonly().optional(),
  obstacle: z.object({ code: z.string(), message: z.string() }).optional(),
});
export type CarryFact = z.output<typeof carryFact>;

export function askedFor({ base, tables }: { readonly base?: string | undefined; readonly tables: readonly TableWish[] }): string {
  return createHash('sha256').update(JSON.stringify([base ?? null, tables])).digest('hex').slice(0, 12);
}

/** A line a table, for the plan. */
export function carryLines({ tables, since }: CarryFact): readonly string[] {
  return tables.map(({ said, key, triggers, counts, about }) => {
    const found = counts === undefined ? sayAbout(about, since) : sayCases(counts);
    return `# ${said} by (${key.join(', ')}): ${found}${triggers.length === 0 ? '' : `; its triggers fire: ${triggers.join(', ')}`}`;
  });
}

/** What does not come back, a sentence each. */
export function carryLosses({ tables, folder, others = [] }: CarryFact): readonly string[] {
  const known = tables.flatMap(({ said, counts }) => (counts === undefined ? [] : [{ said, counts }]));
  const unknown = tables.flatMap(({ said, counts, fails }) => (counts === undefined && !fails ? [said] : []));
  const counted = others.flatMap((other) => (other.rows === undefined ? [] : [`${rows(other.rows)} of ${other.said}`]));
  const uncounted = others.flatMap((other) => (other.rows === undefined ? [other.said] : []));
  return [
    ...(counted.length === 0 ? [] : [`${firstOf(counted)}, which the new server wrote since: not among the tables that are carried, so they stay there`]),
    ...(uncounted.length === 0 ? [] : [`what the new server wrote since into ${firstOf(uncounted)}: not among the tables that are carried, and not to be counted now`]),
    ...known.flatMap(({ said, counts }) => [
      ...(counts.keptOld > 0 ? [`${rows(counts.keptOld)} of ${said} as the new server has ${counts.keptOld === 1 ? 'it' : 'them'}: both servers changed ${counts.keptOld === 1 ? 'it' : 'them'}, the old version stays`] : []),
      ...(counts.overwritten > 0 ? [`${rows(counts.overwritten)} of ${said} as the old server has ${counts.overwritten === 1 ? 'it' : 'them'}: both servers changed ${counts.overwritten === 1 ? 'it' : 'them'}, the new version comes; saved to ${folder}`] : []),
      ...(counts.deleted > 0 ? [`${rows(counts.deleted)} of ${said} on the old server, deleted on the new one; saved to ${folder}`] : []),
    ]),
    ...(unknown.length === 0 ? [] : [`one version of each row of ${unknown.join(', ')} that both servers changed: how many is counted when they are carried`]),
  ];
}

export function conflictsIn({ tables }: CarryFact): number {
  return tables.reduce((sum, { counts }) => sum + (counts === undefined ? 0 : conflictsOf(counts)), 0);
}

/** One sentence of a board: the rest is counted. */
function firstOf(all: readonly string[]): string {
  return all.length <= named ? all.join(', ') : `${all.slice(0, named).join(', ')} and ${all.length - named} more tables`;
}

const named = 5;

function sayAbout(about: number | undefined, since: string | undefined): string {
  const written = about === undefined || since === undefined ? '' : `${rows(about)} new or changed on the new server since ${since.slice(0, 10)} ${since.slice(11, 16)} UTC; `;
  return `${written}too large to be compared for the plan, compared when it is carried`;
}

function rows(count: number): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? 'row' : 'rows'}`;
}

import { z } from 'zod';
import type { Fact } from '../../../src/plan/plan.js';
import type { ActionContext } from '../../../src/ports/action.js';
import { paste } from '../paste.js';
import { restoreOptions } from './prove-dump.js';
import { type ProofNeeds, whyNotProvable } from './provable.js';

const prefix = 'postgres-proof:';
const provable = z.object({ provable: z.boolean(), why: z.string().optional() });

/** Whether a dump of the database could be proven on this machine, seen while planning. */
export async function proofFact(context: ActionContext, short: string, needs: ProofNeeds): Promise<Fact> {
  const why = await whyNotProvable(context, needs);
  const value = why === undefined ? { provable: true } : { provable: false, why };
  return { key: `${prefix}${short}`, kind: 'measured', label: 'whether the backup can be proven here', value, readAt: new Date(context.now()).toISOString() };
}

/** The plan's lines about a proof of `dump`: how it is made, or why there can be none. */
export function proofCommands(dump: string, facts: readonly Fact[]): readonly string[] {
  const found = facts.filter((fact) => fact.key.startsWith(prefix)).map((fact) => provable.parse(fact.value));
  // The URL is still a reference here: with several databases in one plan nothing tells which is which.
  const why = found.length === 1 ? found[0]?.why : undefined;
  if (why !== undefined) return [`# NOT PROVABLE here: ${why}`];
  return [`${paste(['pg_restore', ...restoreOptions, '--dbname=throwaway', dump])}   # into a private server that is deleted afterwards; the rows of every table are compared`];
}

/** How long a proof takes, in milliseconds. facts.md: 1.1 GB are restored in 7.2 s by two jobs; the server takes a second, counting about a tenth of the restore. */
export function proofMs(tableBytes: number): number {
  return Math.round(1_500 + tableBytes / 140_000);
}

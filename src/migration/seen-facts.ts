import { z } from 'zod';
import type { Fact } from '../plan/plan.js';
import { scenarios } from './scenario.js';

/** What the actions `migration.…` leave for the judgement: keys without their machine, which `planKey` may add. */
export const situationKey = 'migration-situation';
export const writesPrefix = 'migration-writes:';

const tookSchema = z.object({ ms: z.number(), run: z.string() });

/** Where the names lead, and what the target's runs say. */
export const situationFact = z.object({
  names: z.array(z.object({ name: z.string(), leads: z.enum(['old', 'new', 'elsewhere', 'unread']), why: z.string().optional() })),
  switched: z.object({ at: z.number(), run: z.string(), certain: z.boolean() }).nullable(),
  took: z.partialRecord(z.enum(scenarios), tookSchema),
  open: z.array(z.string()),
});

/** What one server wrote since the switch. */
export const writesFact = z.object({
  side: z.enum(['old', 'new']),
  writes: z.discriminatedUnion('counted', [
    z.object({ counted: z.literal(true), rows: z.number(), about: z.boolean(), tables: z.array(z.object({ table: z.string(), rows: z.number() })), untold: z.array(z.string()) }),
    z.object({ counted: z.literal(false), why: z.string() }),
  ]),
});

export type SituationFact = z.infer<typeof situationFact>;
export type WritesFact = z.infer<typeof writesFact>;

/** Undefined: the runbook has no such step. Throws zod's error for a fact that another version wrote. */
export function situationOf(facts: readonly Fact[]): SituationFact | undefined {
  const fact = facts.find(({ key }) => key === situationKey || key.startsWith(`${situationKey}@`));
  return fact === undefined ? undefined : situationFact.parse(fact.value);
}

/** What this server wrote, where the runbook counts it. */
export function writesOf(facts: readonly Fact[], side: 'old' | 'new'): WritesFact['writes'] | undefined {
  const all = facts.filter(({ key }) => key.startsWith(writesPrefix)).map(({ value }) => writesFact.parse(value));
  return all.find((one) => one.side === side)?.writes;
}

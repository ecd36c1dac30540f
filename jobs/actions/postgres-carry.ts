import { z } from 'zod';
import type { Fact } from '../../src/plan/plan.js';
import type { Action, ActionContext, StepContext, StepDescription, StepResult } from '../../src/ports/action.js';
import { ActionError } from './action-error.js';
import { paste } from './paste.js';
import { type CarryFact, askedFor, carryFact, carryKeyPrefix, carryLines, carryLosses } from './postgres/carry/carry-fact.js';
import { markName, tableWishes } from './postgres/carry/carry-input.js';
import { probeCarry } from './postgres/carry/carry-record.js';
import { type CarryOrder, carryStep } from './postgres/carry/carry-step.js';
import { foreseeCarry } from './postgres/carry/foresee-carry.js';
import { splitPassword } from './postgres/libpq-url.js';
import { failed, failingInWords } from './step-failure.js';

const input = z.strictObject({
  /** The new server's database, which is left. */
  from: z.string().min(1),
  /** The old server's, which the target goes back to. */
  to: z.string().min(1),
  tables: tableWishes,
  /** The name that `postgres.mark` gave the moment of the switch; without it every row that differs is a conflict. */
  base: markName.optional(),
  /** The id of the step that stops the new server's writers; without it the plan names what they write afterwards as lost. */
  stopped: z.string().min(1).optional(),
});
type Input = z.output<typeof input>;

/**
 * Carries what one server wrote since the switch over to the other one: the difference by key, in one transaction of the receiving database that holds its own marker. What it overwrites or deletes is
 * saved first, as SQL that puts it back.
 */
export const postgresCarryAction: Action<Input> = {
  name: 'postgres.carry',
  summary: 'Carries the rows that a new server wrote since the switch back to the old one, by key, in one transaction.',
  input,
  remote: true,
  inspectsForItself: true,
  defaultTimeoutMs: 6 * 3_600_000,
  inspect: inspectCarry,
  describe: (given, { facts }) => {
    const asked = askedFor(given);
    const found = facts.filter(({ key }) => key.startsWith(carryKeyPrefix)).map(({ key, value }) => ({ seen: carryFact.parse(value), to: key.split(':')[2] ?? '' })).filter(({ seen }) => seen.asked === asked);
    for (const { seen: { obstacle } } of found) if (obstacle !== undefined) throw new ActionError(obstacle.code, obstacle.message);
    const [only] = found;
    return describeCarry(given, found.length === 1 ? only?.seen : undefined, found.map(({ to }) => `postgres:${to}`));
  },
  execute: (context, given) => failingInWords(context.mask, () => carry(context, given)),
  probe: async (context, given) => probeCarry(context, given.to, { run: context.runId, step: context.step }),
};

async function inspectCarry(context: ActionContext, given: Input): Promise<readonly Fact[]> {
  const { facts, base, fact } = await foreseeCarry(context, orderOf(given));
  const readAt = new Date(context.now()).toISOString();
  const [from, to] = [splitPassword(given.from).short, splitPassword(given.to).short];
  const identity = (short: string, { system, name, oid }: typeof facts.from): Fact => ({ key: `postgres:${short}`, kind: 'identity', label: `database ${name}`, value: { system, database: name, oid }, readAt });
  return [
    identity(from, facts.from),
    identity(to, facts.to),
    ...(given.base === undefined || base === undefined ? [] : [{ key: `postgres-mark:${from}:${to}:${given.base}`, kind: 'identity' as const, label: `the mark "${given.base}"`, value: { from: base.from.horizon, to: base.to.horizon, at: base.at }, readAt }]),
    { key: `${carryKeyPrefix}${from}:${to}:${fact.asked}`, kind: 'measured', label: `what ${fact.from} has that ${fact.to} has not`, value: JSON.parse(JSON.stringify(fact)) as Fact['value'], readAt },
  ];
}

/** Overwriting a row that the old server changed itself, or deleting one, destroys; a newer version of a row that only the new server changed does not. */
function describeCarry(given: Input, seen: CarryFact | undefined, identities: readonly string[]): StepDescription {
  const destructive = given.tables.some(({ onConflict, onDelete }) => onDelete === 'delete' || (onConflict !== 'fail' && onConflict !== 'keep-old'));
  const unstopped = given.stopped === undefined ? ['what the new server writes after it was read: the runbook names no step that stops its writers (stopped:)'] : [];
  const lost = [...unstopped, ...(seen === undefined ? [] : carryLosses(seen))];
  const rows = (seen?.tables ?? []).reduce((sum, { counts }) => sum + (counts === undefined ? 1_000_000 : Object.values(counts).reduce((all, one) => all + one, 0)), 0);
  return {
    commands: [
      `${paste(['planb-carry', given.from, given.to])}   # in one transaction of ${seen?.to ?? 'the old database'}: the rows that differ by key${given.base === undefined ? '' : `, told by the mark "${given.base}"`}; without planb: COPY each table to a file, load it beside the old one, and merge by key`,
      ...(seen === undefined ? given.tables.map(({ table }) => `# ${table}`) : carryLines(seen)),
    ],
    effect: 'idempotent',
    destructive,
    // Rule 5 looks here for the database whose backup has to be proven.
    changes: destructive ? identities.map((key) => ({ key })) : [],
    ...(lost.length === 0 ? {} : { lost }),
    ...(seen === undefined ? {} : { estimateMs: Math.round(1_000 + rows / 40) }),
  };
}

async function carry(context: StepContext, given: Input): Promise<StepResult> {
  if (given.stopped !== undefined && context.receipts[given.stopped] === undefined) {
    return failed('writers-not-stopped', `step ${given.stopped} has not stopped the new server's writers: what they write after the carry would be lost without a word`);
  }
  return carryStep(context, orderOf(given));
}

function orderOf({ from, to, base, tables }: Input): CarryOrder {
  return { from, to, base, tables };
}

import { z } from 'zod';
import type { Fact, Json } from '../../src/plan/plan.js';
import type { Action, ActionContext, ProbeResult, StepContext, StepResult } from '../../src/ports/action.js';
import { ActionError } from './action-error.js';
import { migrationsOf, prismaInput, stepKey } from './prisma/cli-input.js';
import { endContainers, leftContainers } from './docker/one-off.js';
import { explainPrisma } from './prisma/explain-prisma.js';
import { readShipped } from './prisma/migration-source.js';
import { pastePrisma, runPrisma } from './prisma/prisma-cli.js';
import { readRows } from './prisma/read-rows.js';
import { failed, failingInWords } from './step-failure.js';

const input = z.strictObject({
  ...prismaInput,
  /** One migration, by its folder's name, blanks and all. */
  migration: z.string().min(1),
  as: z.enum(['rolled-back', 'applied']),
});
type Input = z.output<typeof input>;

const rowsFact = z.strictObject({ rows: z.array(z.strictObject({ id: z.string(), state: z.enum(['failed', 'applied', 'rolled-back']) })), shipped: z.boolean().nullable() });
type Rows = z.output<typeof rowsFact>;

/**
 * Marks one migration as rolled back or applied through Prisma's own command line. What Prisma would refuse (facts.md: P3008, P3011, P3012, P3017) is refused when the plan
 * is made, and again before the command runs.
 */
export const prismaResolveAction: Action<Input> = {
  name: 'prisma.resolve',
  summary: 'Marks one migration as rolled back or applied through Prisma\'s command line.',
  input,
  remote: true,
  defaultTimeoutMs: 5 * 60_000,
  inspect: async (context, given) => {
    const readAt = new Date(context.now()).toISOString();
    return [{ key: factKey(given), kind: 'identity', label: `rows of ${given.migration}`, value: await look(context, given), readAt }];
  },
  describe: (given, { facts }) => {
    const rows = planned(given, facts);
    const refusal = rows === undefined ? undefined : refusalOf(given, rows);
    if (refusal !== undefined) throw new ActionError(refusal.code, refusal.message);
    return { commands: [pastePrisma(given, argumentsOf(given))], effect: 'idempotent', destructive: false, changes: [{ key: factKey(given) }], estimateMs: 5_000 };
  },
  before: async (context, given) => ({ ...(await look(context, given)) }),
  execute: (context, given) => failingInWords(context.mask, () => resolve(context, given)),
  probe: async (context, given, undo): Promise<ProbeResult> => {
    if (!('cwd' in given.cli) && (await leftContainers(context)).length > 0) return { outcome: 'unclear', saw: 'its container still runs' };
    const rows = await look(context, given);
    const saw = sayRows(given, rows);
    if (isSettled(given, rows)) return { outcome: 'happened', receipt: receiptOf(given), saw };
    const before = rowsFact.safeParse(undo).data;
    return { outcome: before !== undefined && JSON.stringify(before.rows) === JSON.stringify(rows.rows) ? 'absent' : 'unclear', saw };
  },
};

const factKey = (given: Input): string => stepKey('rows', given, given.migration);
const argumentsOf = (given: Input): readonly string[] => ['migrate', 'resolve', `--${given.as}`, given.migration, '--schema', given.schemaFile];
const receiptOf = (given: Input): Readonly<Record<string, Json>> => ({ migration: given.migration, as: given.as });

async function look(context: ActionContext, given: Input): Promise<Rows> {
  const source = migrationsOf(given);
  const [rows, shipped] = await Promise.all([readRows(context, given), source === undefined ? undefined : readShipped(context, source)]);
  return { rows: rows.filter(({ name }) => name === given.migration).map(({ id, state }) => ({ id, state })), shipped: shipped === undefined ? null : shipped.has(given.migration) };
}

function planned(given: Input, facts: readonly Fact[]): Rows | undefined {
  const fact = facts.find(({ key }) => key === factKey(given));
  return fact === undefined ? undefined : rowsFact.parse(fact.value);
}

/** Nothing blocks any more and the last word about it is the wanted one. */
function isSettled(given: Input, { rows }: Rows): boolean {
  const states = rows.map(({ state }) => state);
  if (states.length === 0 || states.includes('failed')) return false;
  return given.as === 'applied' ? states.includes('applied') : !states.includes('applied');
}

function refusalOf({ as, migration }: Input, { rows, shipped }: Rows): { readonly code: string; readonly message: string } | undefined {
  const states = rows.map(({ state }) => state);
  if (as === 'applied') {
    if (states.includes('applied') && !states.includes('failed')) return { code: 'already-applied', message: `${migration} is recorded as applied already; Prisma refuses to mark it again (P3008)` };
    if (shipped === false) return { code: 'no-such-migration', message: `the release does not ship ${migration}, and Prisma marks only what it ships as applied (P3017)` };
    return undefined;
  }
  if (rows.length === 0) return { code: 'never-applied', message: `${migration} has no row: it was never applied, so there is nothing to mark rolled back (P3011)` };
  if (!states.includes('failed')) {
    return { code: 'not-failed', message: `${migration} is not in a failed state, and Prisma marks only failed migrations rolled back (P3012); whether its row has to go is what prisma.history finds out from its objects` };
  }
  return undefined;
}

async function resolve(context: StepContext, given: Input): Promise<StepResult> {
  // What a dead worker's attempt left running would act beside this one.
  if (!('cwd' in given.cli)) await endContainers(context, 'step');
  const rows = await look(context, given);
  if (isSettled(given, rows)) return { ok: true, receipt: receiptOf(given) };
  const wanted = planned(given, context.facts);
  if (wanted !== undefined && JSON.stringify(wanted.rows) !== JSON.stringify(rows.rows)) return failed('history-changed', `the rows of ${given.migration} changed since the plan was made (${sayRows(given, rows)}); plan again`);
  const refusal = refusalOf(given, rows);
  if (refusal !== undefined) return failed(refusal.code, refusal.message);
  const outcome = await runPrisma(context, given, argumentsOf(given));
  const after = await look(context, given);
  if (isSettled(given, after)) return { ok: true, receipt: receiptOf(given) };
  if (!outcome.ok) return explainPrisma(outcome);
  return failed('not-settled', `Prisma said it was done, and planb sees otherwise: ${sayRows(given, after)}; does DATABASE_URL of the CLI name another database?`);
}

function sayRows(given: Input, { rows }: Rows): string {
  return rows.length === 0 ? `${given.migration} has no row` : `${given.migration}: ${rows.map(({ state }) => state).join(', ')}`;
}

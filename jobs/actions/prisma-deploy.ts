import { z } from 'zod';
import type { Fact } from '../../src/plan/plan.js';
import type { Action, ActionContext, ProbeResult, StepContext, StepResult } from '../../src/ports/action.js';
import { sayLock } from '../../src/verdict/lock-facts.js';
import { historyKeyPrefix } from '../../src/verdict/migration-facts.js';
import { migrationsOf, prismaInput, schemaOf, stepKey } from './prisma/cli-input.js';
import { endContainers, leftContainers } from './docker/one-off.js';
import { explainPrisma } from './prisma/explain-prisma.js';
import { findRemovals } from './prisma/find-removals.js';
import type { LiveRow } from './prisma/history-table.js';
import { readLockHolders } from './prisma/migration-lock.js';
import { readShipped } from './prisma/migration-source.js';
import { pastePrisma, runPrisma } from './prisma/prisma-cli.js';
import { appliedNames, failedNames, readRows, withTargetDatabase } from './prisma/read-rows.js';
import { failed, failingInWords } from './step-failure.js';

const input = z.strictObject(prismaInput);
type Input = z.output<typeof input>;

/** What the release ships and the database lacks, as the plan saw it. */
const deployFact = z.strictObject({
  schema: z.string(),
  /** In the order in which Prisma applies them; null: nobody said where the shipped migrations can be read. */
  pending: z.array(z.string()).nullable(),
  failed: z.array(z.string()),
  /** What each shipped migration takes away, a sentence each; those that take nothing away are left out. */
  removals: z.record(z.string(), z.array(z.string())),
});
type DeployFact = z.output<typeof deployFact>;

/** Of a history fact, what another step of this plan will have made pending when this one begins. */
const settledRows = z.object({ schema: z.string(), migrations: z.array(z.object({ name: z.string(), treatment: z.string() })) });

/** Applies what a release ships and the database lacks, through Prisma's own command line; exactly the migrations that people saw in the plan. */
export const prismaDeployAction: Action<Input> = {
  name: 'prisma.deploy',
  summary: 'Applies the pending migrations of a release through Prisma\'s command line.',
  input,
  remote: true,
  defaultTimeoutMs: 30 * 60_000,
  inspect: async (context, given) => {
    const value = await look(context, given);
    // Measured: an earlier step of the same plan settles rows. What may be applied is frozen in the step's commands, and compared before they run.
    return [{ key: factKey(given), kind: 'measured', label: `pending migrations in ${value.schema}`, value, readAt: new Date(context.now()).toISOString() }];
  },
  describe: (given, { facts }) => {
    const allowed = allowedNames(given, facts);
    const fact = planned(given, facts);
    const lost = allowed === undefined ? [unreadable] : allowed.flatMap((name) => (fact?.removals[name] ?? []).map((what) => `${name} removes ${what}`));
    const applies = allowed === undefined ? 'applies whatever the release ships and the database lacks' : allowed.length === 0 ? 'nothing is pending' : `applies ${allowed.join(', ')}`;
    return { commands: [`${pastePrisma(given, argumentsOf(given))}   # ${applies}`], effect: 'idempotent', destructive: lost.length > 0, changes: [], lost, estimateMs: 10_000 };
  },
  execute: (context, given) => failingInWords(context.mask, () => deploy(context, given)),
  probe: async (context, given): Promise<ProbeResult> => {
    if (!('cwd' in given.cli) && (await leftContainers(context)).length > 0) return { outcome: 'unclear', saw: 'its container still runs' };
    const { pending, failed: blocked } = await look(context, given);
    if (blocked.length > 0) return { outcome: 'unclear', saw: `${blocked.join(', ')} began and did not finish` };
    if (pending === null) return { outcome: 'unclear', saw: 'nobody said which migrations the release ships' };
    if (pending.length === 0) return { outcome: 'happened', receipt: { applied: [...(allowedNames(given, context.facts) ?? [])] }, saw: 'every migration of the release is applied' };
    const wanted = allowedNames(given, context.facts) ?? [];
    return { outcome: wanted.every((name) => pending.includes(name)) ? 'absent' : 'unclear', saw: `still pending: ${pending.join(', ')}` };
  },
};

const factKey = (given: Input): string => stepKey('pending', given);
/** Rule 5 asks for a proven backup then. */
const unreadable = 'nobody can tell what the pending migrations remove; migrations: says where they can be read';
const argumentsOf = (given: Input): readonly string[] => ['migrate', 'deploy', '--schema', given.schemaFile];

async function look(context: ActionContext, given: Input): Promise<DeployFact> {
  const rows = await readRows(context, given);
  const schema = schemaOf(given);
  const source = migrationsOf(given);
  if (source === undefined) return { schema, pending: null, failed: [...failedNames(rows)], removals: {} };
  const shipped = await readShipped(context, source);
  const applied = appliedNames(rows);
  // Prisma sorts folders by their bytes.
  const names = [...shipped.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const removals = await Promise.all([...shipped.values()].map(async ({ name, sql }): Promise<[string, string[]]> => [name, [...(await findRemovals(sql))]]));
  return { schema, pending: names.filter((name) => !applied.has(name)), failed: [...failedNames(rows)], removals: Object.fromEntries(removals.filter(([, texts]) => texts.length > 0)) };
}

function planned(given: Input, facts: readonly Fact[]): DeployFact | undefined {
  const fact = facts.find(({ key }) => key === factKey(given));
  return fact === undefined ? undefined : deployFact.parse(fact.value);
}

/** What may be applied: what was pending, and what a history step of the same plan makes so or no longer so. Undefined: the shipped migrations are unknown. */
function allowedNames(given: Input, facts: readonly Fact[]): readonly string[] | undefined {
  const fact = planned(given, facts);
  const pending = fact?.pending;
  if (fact === undefined || pending === undefined || pending === null) return undefined;
  const settled = facts.filter(({ key }) => key.startsWith(historyKeyPrefix)).flatMap(({ value }) => {
    const history = settledRows.safeParse(value).data;
    return history?.schema === fact.schema ? history.migrations : [];
  });
  const again = settled.filter(({ treatment }) => treatment === 'delete-row').map(({ name }) => name);
  const done = new Set(settled.filter(({ treatment }) => treatment === 'mark-applied').map(({ name }) => name));
  return [...new Set([...pending, ...again])].filter((name) => !done.has(name)).sort();
}

async function deploy(context: StepContext, given: Input): Promise<StepResult> {
  // What a dead worker's attempt left running would hold the migration lock against this one.
  if (!('cwd' in given.cli)) await endContainers(context, 'step');
  const before = await readRows(context, given);
  const blocked = failedNames(before);
  if (blocked.length > 0) return failed('failed-migration', `${blocked.join(', ')} failed earlier and blocks every deploy (P3009); the runbook prisma-repair looks what it left and settles its row`);
  const { pending } = await look(context, given);
  const allowed = allowedNames(given, context.facts);
  const surprising = allowed === undefined ? [] : (pending ?? []).filter((name) => !allowed.includes(name));
  if (surprising.length > 0) return failed('pending-changed', `${surprising.join(', ')} would be applied too, which nobody approved; plan again`);
  if (pending?.length === 0) return { ok: true, receipt: { applied: [] } };
  const outcome = await runPrisma(context, given, argumentsOf(given));
  if (!outcome.ok) return nameHolders(context, given, explainPrisma(outcome));
  const after = await readRows(context, given);
  const missing = (pending ?? []).filter((name) => !appliedNames(after).has(name));
  if (missing.length > 0) return failed('not-applied', `Prisma said it was done, and ${missing.join(', ')} has no finished row; does DATABASE_URL of the CLI name another database?`);
  return { ok: true, receipt: { applied: newlyApplied(before, after), seconds: outcome.durationMs / 1_000 } };
}

function newlyApplied(before: readonly LiveRow[], after: readonly LiveRow[]): string[] {
  const earlier = appliedNames(before);
  return [...appliedNames(after)].filter((name) => !earlier.has(name)).sort();
}

/** Who keeps the migration lock, where that was the reason: Prisma does not say (facts.md, #26712). */
async function nameHolders(context: StepContext, given: Input, result: StepResult): Promise<StepResult> {
  if (result.ok || result.error.code !== 'migration-lock-held') return result;
  const holders = await withTargetDatabase(context, given.database, readLockHolders);
  return { ...result, error: { ...result.error, message: [result.error.message, ...holders.map(sayLock)].join('; ') } };
}

import type { RegisteredAction } from '../../../jobs/actions/define-action.js';
import { actions } from '../../../jobs/actions/registry.js';
import type { Fact, JsonObject } from '../../../src/plan/plan.js';
import type { ProbeResult, StepDescription, StepResult } from '../../../src/ports/action.js';
import { stepContext } from '../../integration/actions/step-context.js';
import { verdictOf } from '../../../src/verdict/judge.js';
import type { Verdict } from '../../../src/verdict/verdict.js';
import type { TestDatabase } from '../postgres.js';
import { type PrismaRelease, prismaProgram } from './release.js';

/** A step as people voted on it, and what may be done with it. */
export interface PlannedAction {
  readonly facts: readonly Fact[];
  readonly description: StepDescription;
  /** Intent, then effect, as the engine does it. */
  execute(): Promise<StepResult>;
  probe(): Promise<ProbeResult | undefined>;
  readonly runFolder: string;
}

/** Plans one action: looks, then describes. `facts`: what other steps of the plan found. Throws ActionError where there is no plan. */
export async function planAction(name: string, given: JsonObject, plan: { readonly facts?: readonly Fact[]; readonly environment?: string } = {}): Promise<PlannedAction> {
  const action: RegisteredAction | undefined = actions.get(name);
  if (action === undefined) throw new Error(`no action ${name}`);
  const { context, runFolder } = await stepContext();
  const input = action.input.parse(given);
  const facts = [...(plan.facts ?? []), ...((await action.inspect?.(context, input)) ?? [])];
  const description = action.describe(input, { facts, environment: plan.environment ?? 'production' });
  const executing = { ...context, facts };
  let undo: JsonObject | undefined;
  return {
    facts,
    description,
    runFolder,
    execute: async () => {
      undo = await action.before?.(executing, input);
      return action.execute(executing, input);
    },
    probe: async () => action.probe?.(executing, input, undo ?? (await action.before?.(executing, input))),
  };
}

/** Where the release's command line is, for `with:`. */
export function localCli(release: PrismaRelease): JsonObject {
  return { cli: { program: [...prismaProgram], cwd: release.folder } };
}

export type RowState = 'applied' | 'failed' | 'rolled-back';

/** Every row of the history: `name: state, state`. */
export async function historyOf(database: TestDatabase, table = '_prisma_migrations'): Promise<Readonly<Record<string, string>>> {
  const { rows } = await database.pool.query<{ name: string; states: string }>(
    `SELECT migration_name AS name, string_agg(CASE WHEN rolled_back_at IS NOT NULL THEN 'rolled-back' WHEN finished_at IS NOT NULL THEN 'applied' ELSE 'failed' END, ', ' ORDER BY started_at) AS states
       FROM ${table} GROUP BY 1`,
  );
  return Object.fromEntries(rows.map(({ name, states }) => [name, states]));
}

/** Plans the settling of the history, as a rollback from `current` to `target` does, or a repair where both are one release. */
export async function planHistory(database: TestDatabase, current: PrismaRelease, target: PrismaRelease, schema?: string): Promise<PlannedAction & { readonly verdict: Verdict }> {
  const { context } = await stepContext();
  const given = { database: database.url, current: { directory: current.directory }, target: { directory: target.directory }, ...(schema === undefined ? {} : { schema }) };
  const facts = (await actions.get('prisma.history')?.inspect?.(context, given)) ?? [];
  const verdict = verdictOf({ sameRelease: current === target, facts });
  // Where there is no plan, a test wants the verdict all the same.
  const refused = async (): Promise<never> => planAction('prisma.history', given).then(() => Promise.reject(new Error('there is a plan')));
  const step = verdict.kind === 'roll-forward' || verdict.kind === 'restore-backup' ? undefined : await planAction('prisma.history', given);
  return step === undefined ? { facts, description: { commands: [], effect: 'idempotent', destructive: false, changes: [] }, execute: refused, probe: refused, runFolder: '', verdict } : { ...step, verdict };
}

import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { abortAfter } from '../../abort-after.js';
import type { JsonObject } from '../../../src/plan/plan.js';
import type { ActionContext, StepContext, StepResult } from '../../../src/ports/action.js';
import type { DjangoDatabase, DjangoHistory, DjangoStep } from '../../../src/verdict/django-facts.js';
import { sayLoss } from '../../../src/verdict/django-losses.js';
import { awaitContainers, endContainers } from '../docker/one-off.js';
import { lastLine, lastLines } from '../run.js';
import { failed } from '../step-failure.js';
import { countTouched } from './count-touched.js';
import { hashKept, readRows, withDatabase } from './history-rows.js';
import { findManage, runManage } from './manage.js';
import { migrateArguments } from './preview.js';
import type { CurrentSource } from './source.js';

/** What of the action's input a reversal needs. */
export interface Where {
  readonly databases: Readonly<Record<string, string>>;
  readonly current: CurrentSource;
}

/**
 * Carries the plan's steps out, one app after another. django_migrations itself says how far it is: a step whose rows are gone is done, so an interrupted reversal goes on where it was.
 * Nothing else may have changed since the plan, before the first step and after each.
 */
export async function reverse(context: StepContext, where: Where, history: DjangoHistory): Promise<StepResult> {
  // Two migrations at once would harm each other.
  if (!('program' in where.current)) await awaitContainers(context, 'waiting for a migration that an earlier attempt started');
  const manage = await findManage(context, where.current);
  if (manage.runsIn !== history.runsIn || manage.command.join('\0') !== history.command.join('\0')) return failed('other-release', 'manage.py would run in another release than the plan saw; plan again');
  const before = await reversedSoFar(context, where, history);
  if (before.strange !== undefined) return failed('history-changed', before.strange);
  const arrived = before.done.length > 0 ? undefined : await findArrived(context, where, history);
  if (arrived !== undefined) return failed('data-arrived', `since the plan there is something to lose that nobody voted on: ${arrived}; plan again`);

  const all = history.databases.flatMap((database) => database.steps.map((step) => ({ database, step })));
  for (const [index, { database, step }] of all.entries()) {
    const name = nameStep(database, step);
    if (!(await hasRows(context, where, database, step))) continue;
    context.progress(`${index + 1} of ${all.length}: ${name}`);
    const started = context.now();
    const problem = await reverseStep(context, where, manage, database, step);
    const { done, left, strange } = await reversedSoFar(context, where, history);
    if (problem !== undefined) return { ...problem, error: { ...problem.error, message: `${name}: ${problem.error.message}; back so far: ${done.join(', ') || 'nothing'}; not yet: ${left.join(', ')}` } };
    if (strange !== undefined) return failed('history-changed', `after ${name}: ${strange}`);
    await note(context, { database: database.alias, app: step.app, to: step.to, unapplied: step.unapplies, seconds: (context.now() - started) / 1_000 });
  }
  return { ok: true, receipt: receiptOf(history) };
}

/** Ends what this step left running. A migration that is cut off is rolled back by PostgreSQL, since Django runs each in a transaction. */
export async function endReversal(context: StepContext, source: CurrentSource): Promise<void> {
  if (!('program' in source)) await endContainers(context, 'step');
}

type Problem = Extract<StepResult, { ok: false }>;

async function reverseStep(context: StepContext, where: Where, manage: Awaited<ReturnType<typeof findManage>>, database: DjangoDatabase, step: DjangoStep): Promise<Problem | undefined> {
  try {
    const outcome = await runManage(context, where.current, manage, migrateArguments(database.alias, step), { marked: true });
    context.signal.throwIfAborted();
    if (!outcome.ok) {
      const result = failed('migrate-failed', context.mask(lastLine(outcome.output) || outcome.summary), { tail: lastLines(outcome.output, 20) });
      if (!result.ok) return result;
    }
  } finally {
    // docker leaves its container when its client is ended.
    if (context.signal.aborted) await endReversal({ ...context, signal: abortAfter(30_000) }, where.current);
  }
  if (!(await hasRows(context, where, database, step))) return undefined;
  const result = failed('not-unapplied', 'migrate ended without an error, and its rows are still in django_migrations');
  return result.ok ? undefined : result;
}

/** How far the reversal is, in steps. `strange`: rows came or went that it has nothing to do with. */
export async function reversedSoFar(context: ActionContext, where: Where, history: DjangoHistory): Promise<{ readonly done: readonly string[]; readonly left: readonly string[]; readonly strange?: string }> {
  const done: string[] = [];
  const left: string[] = [];
  for (const database of history.databases) {
    const rows = await rowsOf(context, where, database);
    if (hashKept(rows, database.goes) !== database.keptSha256) return { done, left, strange: `django_migrations of ${database.alias} changed since the plan was made, beyond what planb was to unapply` };
    for (const step of database.steps) (step.rows.some((row) => rows.has(row)) ? left : done).push(nameStep(database, step));
  }
  return { done, left };
}

async function hasRows(context: ActionContext, where: Where, database: DjangoDatabase, step: DjangoStep): Promise<boolean> {
  const rows = await rowsOf(context, where, database);
  return step.rows.some((row) => rows.has(row));
}

function rowsOf(context: ActionContext, { databases }: Where, { alias }: DjangoDatabase): Promise<ReadonlySet<string>> {
  return withDatabase(context, databases[alias] ?? '', (database) => readRows(database, alias));
}

/** What was empty when people voted and is not any more. The writers are stopped by now. */
async function findArrived(context: ActionContext, { databases }: Where, { empty }: DjangoHistory): Promise<string | undefined> {
  for (const touched of empty) {
    const count = await withDatabase(context, databases[touched.database] ?? '', (database) => countTouched(database, touched));
    if (count !== undefined && count.rows > 0) return sayLoss(touched, count);
  }
  return undefined;
}

/** A line for each app as soon as it is back, flushed: the receipt comes only when all are. */
async function note(context: StepContext, line: JsonObject): Promise<void> {
  const file = await open(join(await context.runFolder(), 'django-reversed.jsonl'), 'a', 0o600);
  try {
    await file.writeFile(`${JSON.stringify({ at: new Date(context.now()).toISOString(), attempt: context.attemptId, ...line })}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

function nameStep({ alias }: DjangoDatabase, { app, to }: DjangoStep): string {
  return `${alias === 'default' ? '' : `${alias}: `}${app} to ${to}`;
}

export function receiptOf(history: DjangoHistory): JsonObject {
  return {
    apps: history.databases.flatMap(({ alias, steps }) => steps.map(({ app, to, unapplies }) => ({ database: alias, app, to, unapplied: unapplies }))),
    kept: Object.fromEntries(history.databases.map(({ alias, kept }) => [alias, kept])),
  };
}

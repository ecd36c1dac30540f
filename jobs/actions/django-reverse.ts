import { z } from 'zod';
import type { Fact } from '../../src/plan/plan.js';
import type { Action, ActionContext, StepContext } from '../../src/ports/action.js';
import { TargetDatabaseError } from '../../src/ports/target-database.js';
import { type DjangoHistory, djangoCountsPrefix, djangoHistoryPrefix, djangoLosses, djangoObstacles, readDjangoHistory } from '../../src/verdict/django-facts.js';
import { ActionError } from './action-error.js';
import { obtainImage } from './compose/local-images.js';
import { type Releases, findHistory } from './django/find-history.js';
import { findManage, findRunning } from './django/manage.js';
import { migrateArguments } from './django/preview.js';
import { type Readable, readRelease } from './django/read-release.js';
import { endReversal, receiptOf, reverse, reversedSoFar } from './django/reverse.js';
import { saveTouched } from './django/save-touched.js';
import { currentSource, environmentOf, nameOf, targetSource } from './django/source.js';
import { clusterFields, workloadName } from './kubernetes/cluster-input.js';
import { readAllPods } from './kubernetes/pods.js';
import { readWorkload } from './kubernetes/workload.js';
import { paste } from './paste.js';
import { failed, failingInWords } from './step-failure.js';

const input = z.strictObject({
  /** URLs by the aliases of the settings: each database has its own django_migrations. */
  databases: z.record(z.string().min(1), z.string().min(1)).refine((databases) => Object.keys(databases).length > 0, 'at least one database'),
  current: currentSource,
  target: targetSource,
  /** Services that apply migrations when they start, or write: none of them may run. */
  stopped: z.array(z.string().min(1)).default([]),
  /** The same in a cluster: none of these may have a pod. */
  scaledDown: z.strictObject({ ...clusterFields, workloads: z.array(workloadName).min(1) }).optional(),
}).refine(({ current, stopped }) => 'service' in current || stopped.length === 0, { path: ['stopped'], message: 'needs current: { project, service }' });
type Input = z.output<typeof input>;

/**
 * Unapplies Django migrations that the older release does not know: by full names from the running release's graph, in that release, dependents first. What Django's own preview says was
 * compared when the plan was made; nothing begins where any of it cannot be reversed. Nothing to do where the plan found no newer migration.
 */
export const djangoReverseAction: Action<Input> = {
  name: 'django.reverse',
  summary: 'Unapplies Django migrations that the older release does not know, by full names, in the running release.',
  input,
  remote: true,
  defaultTimeoutMs: 30 * 60_000,
  inspect: async (context, given) => {
    const releases = await readReleases(context, given);
    const { history, counts } = await findHistory(context, releases, given.databases);
    const readAt = new Date(context.now()).toISOString();
    const label = `Django migrations of ${nameOf(given.current)}`;
    return [
      { key: factKey(given), kind: 'identity', label, value: history, readAt },
      { key: factKey(given).replace(djangoHistoryPrefix, djangoCountsPrefix), kind: 'measured', label: 'rows that unapplying Django migrations concerns', value: counts, readAt },
    ];
  },
  describe: (given, { facts, verdict }) => {
    const history = plannedHistory(given, facts);
    const obstacles = history === undefined || history.migrations.length === 0 ? [] : djangoObstacles(history);
    if (obstacles.length > 0) throw new ActionError('irreversible', obstacles.join('; '));
    const lost = history === undefined ? [] : lossesOf(given, history, facts);
    const commands = history === undefined ? [] : commandsOf(given, history);
    // The verdict weighed what is lost against what people asked for; a runbook that reverses unasked is refused, not carried out.
    if (commands.length > 0 && verdict !== undefined && verdict !== 'reverse-migrations') {
      throw new ActionError('not-the-verdict', `the verdict is ${verdict}, so no migration is reversed; give the step "if: verdict.kind == 'reverse-migrations'"`);
    }
    return {
      commands: commands.length === 0 ? ['# no newer migration is applied'] : commands,
      effect: 'idempotent',
      destructive: lost.length > 0,
      changes: commands.length === 0 ? [] : [{ key: factKey(given) }],
      lost,
      estimateMs: 2_000 + commands.length * 5_000,
    };
  },
  before: async (context, given) => {
    const history = plannedHistory(given, context.facts);
    await refuseWhileRunning(context, given);
    const saved: string[] = [];
    for (const { alias } of history?.databases ?? []) {
      const touched = [...(history?.filled ?? []), ...(history?.empty ?? [])].filter(({ database }) => database === alias);
      saved.push(...(await saveTouched(context, alias, given.databases[alias] ?? '', touched)));
    }
    return { saved };
  },
  execute: (context, given) => failingInWords(context.mask, async () => {
    const history = plannedHistory(given, context.facts);
    if (history === undefined) return failed('no-facts', 'the plan holds no Django history; plan again');
    await refuseWhileRunning(context, given);
    return reverse(context, given, history);
  }),
  probe: async (context, given) => {
    const history = plannedHistory(given, context.facts);
    if (history === undefined) return { outcome: 'unclear', saw: 'the plan holds no Django history' };
    try {
      const { done, left, strange } = await reversedSoFar(context, given, history);
      if (strange !== undefined) return { outcome: 'unclear', saw: strange };
      if (left.length === 0) return { outcome: 'happened', receipt: receiptOf(history), saw: 'every newer migration is unapplied' };
      if (done.length === 0) return { outcome: 'absent', saw: 'the migrations are as the plan saw them' };
      return { outcome: 'unclear', saw: `${done.join(', ')} ${done.length === 1 ? 'is' : 'are'} back, ${left.join(', ')} not yet; trying again goes on there` };
    } catch (error) {
      if (error instanceof ActionError || error instanceof TargetDatabaseError) return { outcome: 'unclear', saw: context.mask(error.message) };
      throw error;
    }
  },
  cleanup: (context, given) => endReversal(context, given.current),
};

const factKey = ({ current, target }: Pick<Input, 'current' | 'target'>): string => `${djangoHistoryPrefix}${nameOf(current)}:${nameOf(target)}`;

function plannedHistory(given: Input, facts: readonly Fact[]): DjangoHistory | undefined {
  const fact = facts.find(({ key }) => key === factKey(given));
  return fact === undefined ? undefined : readDjangoHistory(fact, facts);
}

async function readReleases(context: ActionContext, { current, target }: Input): Promise<Releases> {
  const names = { current: nameOf(current), target: nameOf(target) };
  const manage = await findManage(context, current);
  const older: Readable = 'image' in target ? { ...target, imageId: (await obtainImage(context, target.image)).id } : target;
  const [now, before] = await Promise.all([readRelease(context, manage.readable, names.current), readRelease(context, older, names.target)]);
  return { current: now, target: before, names, source: current, manage };
}

function commandsOf({ current }: Input, { databases, command }: DjangoHistory): readonly string[] {
  const folder = 'program' in current ? `cd ${paste([current.cwd])} && ` : '';
  const env = 'service' in current ? {} : environmentOf(current);
  return databases.flatMap(({ alias, steps }) => steps.map((step) => `${folder}${paste([...command, ...migrateArguments(alias, step)], env)}   # unapplies ${step.unapplies.join(', ')}`));
}

function lossesOf(given: Input, history: DjangoHistory, facts: readonly Fact[]): readonly string[] {
  return [...djangoLosses(factKey(given), history, facts), ...history.migrations.flatMap(({ id, uncounted }) => uncounted.map((text) => `${id}: ${text}`))];
}

/** Whatever starts the running release applies its migrations again (facts.md), so nothing of it may be up. */
async function refuseWhileRunning(context: StepContext, { current, stopped, scaledDown }: Input): Promise<void> {
  const running = 'service' in current ? [...(await findRunning(context, current, [...new Set([current.service, ...stopped])]))] : [];
  for (const name of scaledDown?.workloads ?? []) {
    if (scaledDown !== undefined && (await readAllPods(context, scaledDown, (await readWorkload(context, scaledDown, name)).labels)).length > 0) running.push(name);
  }
  if (running.length === 0) return;
  throw new ActionError('still-running', `${running.join(' and ')} still ${running.length === 1 ? 'runs' : 'run'}; every start of the newer release applies its migrations again, so ${running.length === 1 ? 'it has' : 'they have'} to be stopped first`);
}


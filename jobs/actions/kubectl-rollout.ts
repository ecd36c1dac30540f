import { z } from 'zod';
import type { Fact, JsonObject } from '../../src/plan/plan.js';
import type { Action, ActionContext, PlanSoFar, ProbeResult, StepContext, StepDescription, StepResult } from '../../src/ports/action.js';
import { ActionError } from './action-error.js';
import { durationInput } from './duration-input.js';
import { awaitRollout, rolloutReceipt } from './kubernetes/await-rollout.js';
import { clusterFields, kubectlCommand, workloadName } from './kubernetes/cluster-input.js';
import { kubectl } from './kubernetes/cluster-programs.js';
import { explainFailure } from './kubernetes/explain-failure.js';
import { readAllPods, sayPod } from './kubernetes/pods.js';
import { type PlannedRollout, chooseFormer, plannedRolloutSchema, rolloutCommands } from './kubernetes/planned-rollout.js';
import { replacedFolder, savePodLogs } from './kubernetes/save-release.js';
import { type Workload, type WorkloadRevision, readWorkload, readWorkloadRevisions, rolloutState } from './kubernetes/workload.js';
import { paste } from './paste.js';
import { lastLines } from './run.js';
import { failed, failingInWords } from './step-failure.js';

const input = z
  .strictObject({
    workload: workloadName,
    ...clusterFields,
    do: z.enum(['restart', 'undo', 'scale', 'status']),
    /** With `undo`; default: the revision before the current one. */
    toRevision: z.number().int().positive().optional(),
    /** With `scale`: how many, or `former`: as many as there were before it was scaled to 0. */
    replicas: z.union([z.number().int().nonnegative(), z.literal('former')]).optional(),
    within: durationInput.default(300_000),
  })
  .refine((given) => given.toRevision === undefined || given.do === 'undo', { path: ['toRevision'], message: 'toRevision goes with do: undo' })
  .refine((given) => (given.replicas !== undefined) === (given.do === 'scale'), { path: ['replicas'], message: 'do: scale needs replicas, and nothing else has them' });
type Input = z.output<typeof input>;

/** Restarts, takes back, scales or watches a deployment or statefulset, and waits until it is ready or cannot become so. */
export const kubectlRolloutAction: Action<Input> = {
  name: 'kubectl.rollout',
  summary: 'Restarts, undoes, scales or watches a Kubernetes deployment or statefulset until its pods are ready.',
  input,
  defaultTimeoutMs: 10 * 60_000,
  inspect: inspectWorkload,
  describe: describeRollout,
  before: async (context, given) => {
    if (given.do === 'status') return {};
    const workload = await readWorkload(context, given, given.workload);
    const folder = await replacedFolder(context);
    await savePodLogs(context, given, workload.labels, folder);
    return { generation: workload.generation, replicas: workload.replicas, revision: workload.revision, restartedAt: workload.restartedAt ?? null, saved: folder };
  },
  execute: (context, given) => failingInWords(context.mask, () => carryOut(context, given)),
  probe: async (context, given, undo) => {
    try {
      return await probeRollout(context, given, undo);
    } catch (error) {
      if (error instanceof ActionError) return { outcome: 'unclear', saw: context.mask(error.message) };
      throw error;
    }
  },
};

const runsKey = ({ namespace, workload }: Input): string => `kubectl:${namespace}/${workload}`;
const plannedKey = (given: Input): string => `kubectl-rollout:${given.namespace}/${given.workload}:${given.do}:${given.toRevision ?? given.replicas ?? ''}`;

function plannedOf(given: Input, facts: readonly Fact[]): PlannedRollout | undefined {
  const fact = facts.find(({ key }) => key === plannedKey(given));
  return fact === undefined ? undefined : plannedRolloutSchema.parse(fact.value);
}

/** Throws ActionError, also `no-such-revision` and `no-former-replicas`. */
async function inspectWorkload(context: ActionContext, given: Input): Promise<readonly Fact[]> {
  const workload = await readWorkload(context, given, given.workload);
  const readAt = new Date(context.now()).toISOString();
  const target = given.do === 'undo' ? await findTarget(context, given, workload) : undefined;
  const replicas = given.replicas === 'former' ? chooseFormer(workload) : given.replicas;
  const planned = {
    replicasNow: workload.replicas, says: rolloutState(workload).says, pods: (await readAllPods(context, given, workload.labels)).map(sayPod),
    ...(replicas === undefined ? {} : { replicas }), ...(target === undefined ? {} : { target: { number: target.number, name: target.name, images: { ...target.images } } }),
  } satisfies PlannedRollout;
  return [
    { key: runsKey(given), kind: 'identity', label: `images of ${given.workload}`, value: { ...workload.images }, readAt },
    { key: plannedKey(given), kind: 'measured', label: `rollout of ${given.workload}`, value: planned, readAt },
  ];
}

/** Throws ActionError `no-such-revision`. */
async function findTarget(context: ActionContext, given: Input, workload: Workload): Promise<WorkloadRevision> {
  const revisions = await readWorkloadRevisions(context, given, workload);
  const found = given.toRevision === undefined ? revisions.filter(({ current }) => !current).at(-1) : revisions.find(({ number }) => number === given.toRevision);
  if (found !== undefined) return found;
  const there = revisions.map(({ number, images }) => `${number} (${Object.values(images).join(', ')})`).join(', ') || 'none';
  throw new ActionError('no-such-revision', `${given.workload} has no revision ${given.toRevision ?? 'before the current one'}; Kubernetes keeps ${there}`);
}

function describeRollout(given: Input, { facts }: PlanSoFar): StepDescription {
  const planned = plannedOf(given, facts);
  const commands = rolloutCommands(given, planned).map((args) => paste(kubectlCommand(given, args)));
  const waits = paste(kubectlCommand(given, ['rollout', 'status', given.workload, `--timeout=${Math.ceil(given.within / 1_000)}s`]));
  if (given.do === 'status') return { commands: [waits], effect: 'read', destructive: false, changes: [] };
  const { target } = planned ?? {};
  return {
    commands: [...commands, waits, ...(target === undefined ? [] : [`# revision ${target.number}: ${Object.values(target.images).join(', ')}`])],
    effect: 'idempotent',
    destructive: false,
    ...(planned?.replicas === 0 || given.replicas === 0 ? { stopsWriters: true } : {}),
    changes: given.do === 'undo' ? [{ key: runsKey(given), ...(target === undefined ? {} : { to: target.images }) }] : [],
    estimateMs: 30_000,
  };
}

async function carryOut(context: StepContext, given: Input): Promise<StepResult> {
  const planned = plannedOf(given, context.facts);
  if (planned === undefined) return failed('no-facts', 'the plan does not say what is to be done; plan again');
  const workload = await readWorkload(context, given, given.workload);
  if (workload.paused && given.do !== 'scale') return failed('paused', `${given.workload} is paused, so nothing would be rolled out: kubectl rollout resume ${given.workload}`);
  for (const args of await commandsNow(context, given, planned, workload)) {
    const outcome = await kubectl(context, given, args, { loud: true });
    if (outcome.ok) continue;
    const { code, message, retryable } = explainFailure('kubectl', outcome);
    return failed(code, context.mask(message), { retryable, tail: lastLines(outcome.output, 20) });
  }
  const rollout = await awaitRollout(context, given, given.workload, given.within);
  if (!rollout.ok) return failed(rollout.code, context.mask(rollout.message), rollout.tail === '' ? {} : { tail: context.mask(rollout.tail) });
  return { ok: true, receipt: { ...rolloutReceipt(rollout), ...(given.do === 'scale' ? { before: planned.replicasNow } : {}) } };
}

/** The number of a revision moves when somebody rolls back to it, its name does not. Throws ActionError. */
async function commandsNow(context: StepContext, given: Input, planned: PlannedRollout, workload: Workload): Promise<readonly (readonly string[])[]> {
  if (planned.target === undefined) return rolloutCommands(given, planned);
  const { name, number } = planned.target;
  const found = (await readWorkloadRevisions(context, given, workload)).find((revision) => revision.name === name);
  if (found === undefined) throw new ActionError('no-such-revision', `Kubernetes has no revision ${number} (${name}) of ${given.workload} any more; plan again`);
  return found.current ? [] : rolloutCommands(given, { ...planned, target: { ...planned.target, number: found.number } });
}

const undoSchema = z.object({ generation: z.number(), restartedAt: z.string().nullable() });

/** Generation and revision tell what was ordered, the rollout whether it is over. */
async function probeRollout(context: StepContext, given: Input, undo: JsonObject | undefined): Promise<ProbeResult> {
  const before = undoSchema.safeParse(undo).data;
  const planned = plannedOf(given, context.facts);
  if (before === undefined || planned === undefined) return { outcome: 'unclear', saw: 'nothing tells what was there before' };
  const workload = await readWorkload(context, given, given.workload);
  const { done, says } = rolloutState(workload);
  const saw = `${given.workload}: generation ${workload.generation} (${before.generation} before), revision ${workload.revision}, ${says}`;
  const ordered = await isOrdered(context, given, planned, workload, before.restartedAt);
  const pods = await readAllPods(context, given, workload.labels);
  if (ordered && done && (workload.replicas > 0 || pods.length === 0)) return { outcome: 'happened', receipt: rolloutReceipt({ ok: true, workload, pods: pods.map(sayPod) }), saw };
  return { outcome: !ordered && workload.generation === before.generation ? 'absent' : 'unclear', saw };
}

async function isOrdered(context: StepContext, given: Input, planned: PlannedRollout, workload: Workload, restartedAt: string | null): Promise<boolean> {
  if (given.do === 'restart') return workload.restartedAt !== undefined && workload.restartedAt !== restartedAt;
  if (given.do === 'scale') return workload.replicas === planned.replicas;
  return (await readWorkloadRevisions(context, given, workload)).some(({ name, current }) => current && name === planned.target?.name);
}

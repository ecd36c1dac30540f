import { z } from 'zod';
import type { Fact, JsonObject, Release } from '../../src/plan/plan.js';
import type { Action, ActionContext, PlanSoFar, ProbeResult, StepContext, StepDescription, StepResult } from '../../src/ports/action.js';
import { newestFirst } from '../../src/plan/order-releases.js';
import { ActionError } from './action-error.js';
import { isMoving, parseImage } from './compose/image-reference.js';
import { durationInput } from './duration-input.js';
import { type ReadRevision, chooseRevision, mainContainer, releaseName } from './kubernetes/choose-revision.js';
import { clusterFields, helmCommand, helmRelease } from './kubernetes/cluster-input.js';
import { isPending, lastOf, readHistory, wasDeployed } from './kubernetes/helm-history.js';
import { imagesOf } from './kubernetes/manifest.js';
import { readPods, sayPod } from './kubernetes/pods.js';
import { readReleaseHooks, readRevision, readRevisions } from './kubernetes/read-release.js';
import { probeRollback, rollBack } from './kubernetes/roll-back.js';
import { type PlannedRollback, plannedRollbackSchema, rollbackArguments } from './kubernetes/planned-rollback.js';
import { saveRelease } from './kubernetes/save-release.js';
import { sayHooks, sayPending } from './kubernetes/say-rollback.js';
import { paste } from './paste.js';
import { failed, failingInWords } from './step-failure.js';

const input = z
  .strictObject({
    release: helmRelease,
    ...clusterFields,
    /** The revision to go back to, by number or by what it runs: image tag, app version or chart version. Without both: the last one that was deployed before. */
    revision: z.number().int().positive().optional(),
    to: z.string().min(1).optional(),
    /** Whose image is called the release, where a release has several. */
    deployment: z.string().min(1).optional(),
    container: z.string().min(1).optional(),
    wait: z.boolean().default(true),
    within: durationInput.default(300_000),
    /** A pending release is taken for somebody's running Helm until it is this old. */
    stuckAfter: durationInput.default(600_000),
    /** Variables that the revision must give its main container; Helm puts a revision back as it was, so they cannot be added. Case does not matter. */
    environment: z.record(z.string(), z.string()).default({}),
  })
  .refine((given) => given.revision === undefined || given.to === undefined, { path: ['to'], message: 'give revision or to, not both' });
type Input = z.output<typeof input>;

/** Puts a revision of a Helm release back by `helm rollback`, never twice: the history says whether it happened. */
export const helmRollbackAction: Action<Input> = {
  name: 'helm.rollback',
  summary: 'Puts a revision of a Helm release back, found by number, image tag or app version, and waits until it is ready.',
  input,
  defaultTimeoutMs: 15 * 60_000,
  inspect: inspectRelease,
  releases: async (context, given) => {
    const revisions = (await readRevisions(context, given)).filter(wasDeployed).reverse();
    const named = new Map<string, Release>();
    for (const revision of revisions) {
      const release = releaseOf(revision, given);
      if (!named.has(release.name)) named.set(release.name, release);
    }
    return newestFirst([...named.values()]);
  },
  running: async (context, given) => {
    const last = lastOf(await readHistory(context, given, given.release));
    return last.status.startsWith('uninstall') ? undefined : releaseOf(await readRevision(context, given, last), given);
  },
  describe: describeRollback,
  before: async (context, given) => {
    const planned = plannedOf(given, context.facts);
    const last = lastOf(await readHistory(context, given, given.release));
    const { workloads } = await readRevision(context, given, last);
    return { base: last.revision, planned: planned?.revision ?? null, saved: await saveRelease(context, given, given.release, workloads) };
  },
  execute: (context, given) => failingInWords(context.mask, () => carryOut(context, given)),
  probe: async (context, given): Promise<ProbeResult> => {
    const planned = plannedOf(given, context.facts);
    if (planned === undefined) return { outcome: 'unclear', saw: 'the plan does not say what was to be rolled back' };
    try {
      return await probeRollback(context, given, planned);
    } catch (error) {
      if (error instanceof ActionError) return { outcome: 'unclear', saw: context.mask(error.message) };
      throw error;
    }
  },
};

const keyOf = (part: string, { namespace, release }: Input): string => `helm-${part}:${namespace}/${release}`;
/** With what was asked for: two steps may go to two revisions. */
const plannedKey = (given: Input): string => `${keyOf('rollback', given)}:${given.revision ?? given.to ?? 'last'}`;

function plannedOf(given: Input, facts: readonly Fact[]): PlannedRollback | undefined {
  const fact = facts.find(({ key }) => key === plannedKey(given));
  return fact === undefined ? undefined : plannedRollbackSchema.parse(fact.value);
}

function releaseOf(revision: ReadRevision, given: Input): Release {
  const name = releaseName(revision, given);
  const { digest, tag } = parseImage(mainContainer(revision, given)?.image ?? '');
  return { name, ...(digest === undefined ? {} : { digest }), ...(digest === undefined && tag !== undefined && isMoving(tag) ? { moving: true } : {}) };
}

function runsOf({ chart, appVersion, workloads }: ReadRevision): JsonObject {
  return { chart, appVersion, images: imagesOf(workloads) };
}

async function inspectRelease(context: ActionContext, given: Input): Promise<readonly Fact[]> {
  const revisions = await readRevisions(context, given);
  const last = revisions.at(-1) ?? revisions[0];
  // What is too far back to have been read with the rest is read by itself.
  const chosen = chooseRevision(given.release, revisions, given);
  const target = chosen.workloads.length > 0 ? chosen : await readRevision(context, given, chosen);
  const [hooks, pods] = await Promise.all([readReleaseHooks(context, given, target.revision), Promise.all(last.workloads.map(({ labels }) => readPods(context, given, labels)))]);
  const main = mainContainer(target, given);
  const ageMs = context.now() - Date.parse(last.updated);
  const planned: PlannedRollback = {
    revision: target.revision, name: releaseName(target, given), chart: target.chart, appVersion: target.appVersion, status: target.status, description: target.description, images: imagesOf(target.workloads),
    base: last.revision, from: releaseName(last, given), notes: [...sayHooks(hooks, Object.values(imagesOf(target.workloads)))],
    pending: isPending(last) ? { says: sayPending(given.release, last), young: ageMs < given.stuckAfter } : null,
    wrongEnvironment: Object.entries(given.environment).flatMap(([name, value]) => (main?.env[name]?.toLowerCase() === value.toLowerCase() ? [] : [`${name}=${value}`])),
  };
  const readAt = new Date(context.now()).toISOString();
  return [
    { key: keyOf('revision', given), kind: 'identity', label: `revision of ${given.release}`, value: { revision: last.revision, status: last.status }, readAt },
    { key: keyOf('runs', given), kind: 'identity', label: `chart and images of ${given.release}`, value: runsOf(last), readAt },
    { key: keyOf('pods', given), kind: 'measured', label: `pods of ${given.release}`, value: pods.flat().map(sayPod), readAt },
    { key: plannedKey(given), kind: 'measured', label: 'how it is put back', value: planned, readAt },
  ];
}

/** Throws ActionError `operation-in-progress` or `wrong-environment`. */
function describeRollback(given: Input, { facts }: PlanSoFar): StepDescription {
  const planned = plannedOf(given, facts);
  if (planned?.pending?.young === true) throw new ActionError('operation-in-progress', `${planned.pending.says}. Wait for its end; if you know that it is dead, set stuckAfter: 0s`, { retryable: true });
  if (planned !== undefined && planned.wrongEnvironment.length > 0) {
    throw new ActionError('wrong-environment', `revision ${planned.revision} of ${given.release} (${planned.name}) runs without ${planned.wrongEnvironment.join(', ')}, and helm rollback puts a revision back as it was; deploy ${planned.name} by helm upgrade with that variable instead`);
  }
  const command = paste(helmCommand(given, rollbackArguments(given, planned?.revision)));
  return {
    commands: planned === undefined ? [command] : [command, ...sayTarget(planned).map((line) => `# ${line}`)],
    effect: 'once',
    destructive: false,
    changes: [{ key: keyOf('revision', given) }, { key: keyOf('runs', given), ...(planned === undefined ? {} : { to: { chart: planned.chart, appVersion: planned.appVersion, images: planned.images } }) }],
    estimateMs: 60_000,
    todo: planned === undefined || planned.from === planned.name ? [] : [`whoever deploys ${given.release} next (a pipeline, Argo CD, Flux) brings ${planned.from} back: change it to ${planned.name} where its values are kept`],
  };
}

function sayTarget(planned: PlannedRollback): readonly string[] {
  return [
    `revision ${planned.revision}: ${planned.chart}, app ${planned.appVersion || 'unnamed'}, ${Object.values(planned.images).join(', ') || 'no workload'}`,
    ...(planned.revision === planned.base && planned.status === 'deployed' ? ['it is deployed already, so nothing is done'] : []),
    ...(planned.status === 'failed' ? [`it failed when it was deployed: ${planned.description}`] : []),
    ...planned.notes,
    ...(planned.pending === null ? [] : [planned.pending.says]),
  ];
}

async function carryOut(context: StepContext, given: Input): Promise<StepResult> {
  const planned = plannedOf(given, context.facts);
  if (planned === undefined) return failed('no-facts', 'the plan does not say which revision is put back; plan again');
  return rollBack(context, given, planned);
}

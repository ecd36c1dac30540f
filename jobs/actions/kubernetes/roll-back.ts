import type { JsonObject } from '../../../src/plan/plan.js';
import type { ActionContext, ProbeResult, StepContext, StepResult } from '../../../src/ports/action.js';
import type { ProgramOutcome } from '../../../src/ports/program.js';
import { ActionError } from '../action-error.js';
import { sayDuration } from '../duration-input.js';
import { lastLines } from '../run.js';
import { failed } from '../step-failure.js';
import { helm } from './cluster-programs.js';
import { explainFailure } from './explain-failure.js';
import { type Revision, type RollbackState, judgeRollback, lastOf, readHistory } from './helm-history.js';
import { type PlannedRollback, rollbackArguments } from './planned-rollback.js';
import { type Pod, findTrouble, isReady, lastLogLines, readPods, sayPod } from './pods.js';
import { type HelmRelease, readRevision } from './read-release.js';

interface Rollback extends HelmRelease {
  readonly wait: boolean;
  readonly within: number;
}

/** Beyond its own limit Helm needs a moment to store that it gave up. */
const helmGraceMs = 30_000;
const pollMs = 1_000;
const progressMs = 2_000;

/**
 * Rolls back once: what an attempt before this one did is found in the history first, and what became of this one too, since a connection that breaks says nothing.
 * Throws ActionError.
 */
export async function rollBack(context: StepContext, given: Rollback, planned: PlannedRollback): Promise<StepResult> {
  const history = await readHistory(context, given, given.release);
  const before = judgeRollback(history, planned.base, planned);
  if (before.kind === 'done') return { ok: true, receipt: await receiptOf(context, given, planned, before.revision, 'it had been rolled back already') };
  if (before.kind === 'other') return failed('history-changed', `${sayRevision(given.release, before.revision)} came after the plan was made; plan again`);
  const last = lastOf(history);
  if (before.kind === 'untouched' && planned.revision === planned.base && last.status === 'deployed') return { ok: true, receipt: await receiptOf(context, given, planned, last, 'it was deployed already') };
  if (!history.some(({ revision, chart, appVersion }) => revision === planned.revision && chart === planned.chart && appVersion === planned.appVersion)) {
    return failed('no-such-revision', `Helm has no revision ${planned.revision} of ${given.release} any more; plan again`);
  }

  const rollback = helm(context, given, rollbackArguments(given, planned.revision), { loud: true, timeoutMs: given.within + helmGraceMs });
  await tellProgress(context, given, planned, rollback.then(() => undefined, () => undefined));
  const outcome = await rollback;
  const state = await findOutcome(context, given, planned, outcome);
  if (state.kind === 'done') return { ok: true, receipt: await receiptOf(context, given, planned, state.revision, outcome.ok ? undefined : 'Helm lost the cluster, and the history says that it was done') };
  return sayFailure(context, given, planned, outcome, state);
}

/** Helm says nothing while it waits, and that may be minutes: shows the pods meanwhile. Returns when Helm has ended. */
async function tellProgress(context: StepContext, given: Rollback, planned: PlannedRollback, ended: Promise<undefined>): Promise<void> {
  for (;;) {
    const over = await Promise.race([ended.then(() => true), context.pause(progressMs).then(() => false, () => true)]);
    if (over) return ended;
    const pods = await readPodsOf(context, given, planned);
    const trouble = findTrouble(pods);
    if (pods.length > 0) context.progress(trouble?.says ?? `${pods.filter(isReady).length} of ${pods.length} pods ready`);
  }
}

/** What the history says, asked until the cluster answers, as long as the step may take. */
async function findOutcome(context: StepContext, given: Rollback, planned: PlannedRollback, outcome: ProgramOutcome): Promise<RollbackState> {
  const started = context.now();
  for (;;) {
    try {
      return judgeRollback(await readHistory(context, given, given.release), planned.base, planned);
    } catch (error) {
      if (!(error instanceof ActionError)) throw error;
      if (!error.retryable || context.now() - started >= given.within) {
        throw new ActionError('outcome-unknown', `${error.message}, so nobody knows whether revision ${planned.revision} was put back (helm said: ${explainFailure('helm', outcome).message}); Retry looks at the history first`, { retryable: true, cause: error });
      }
      context.progress(`${error.message}; asking again what became of the rollback`);
      await context.pause(pollMs);
    }
  }
}

async function sayFailure(context: StepContext, given: Rollback, planned: PlannedRollback, outcome: ProgramOutcome, state: RollbackState): Promise<StepResult> {
  const cause = explainFailure('helm', outcome);
  const tail = lastLines(outcome.output, 20);
  switch (state.kind) {
    case 'interrupted':
      return failed('interrupted', `${sayRevision(given.release, state.revision)} stays so: Helm ended in the middle (${cause.message}), and some of it may be applied. Retry rolls back to revision ${planned.revision} once more`, { retryable: cause.retryable, tail });
    case 'failed': {
      const trouble = await sayTrouble(context, given, planned);
      const late = cause.code === 'not-ready' ? `not ready within ${sayDuration(given.within)}` : cause.message;
      return failed(cause.code, `revision ${planned.revision} was put back as revision ${state.revision.revision}, ${late}${trouble.says === '' ? '' : `: ${trouble.says}`}`, { retryable: cause.retryable, tail: context.mask(trouble.tail || tail) });
    }
    case 'other':
      return failed('history-changed', `${sayRevision(given.release, state.revision)} came at the same time; plan again`);
    default:
      return failed(cause.code, `nothing was rolled back: ${cause.message}`, { retryable: cause.retryable, tail });
  }
}

/** Why a release does not become ready, as its pods tell; nothing where they cannot be asked. */
async function sayTrouble(context: StepContext, given: Rollback, planned: PlannedRollback): Promise<{ readonly says: string; readonly tail: string }> {
  const pods = await readPodsOf(context, given, planned);
  const trouble = findTrouble(pods);
  if (trouble === undefined) return { says: pods.filter((pod) => !isReady(pod)).map(sayPod).slice(0, 3).join('; '), tail: '' };
  const log = await lastLogLines(context, given, trouble.pod, trouble.container, trouble.restarts);
  const line = log.split('\n').at(-1) ?? '';
  return { says: `${trouble.says}${line === '' ? '' : `, last line: ${line.slice(0, 200)}`}`, tail: log };
}

/** None where they cannot be asked: what pods look like decides nothing here. */
async function readPodsOf(context: ActionContext, given: Rollback, planned: PlannedRollback): Promise<readonly Pod[]> {
  try {
    const { workloads } = await readRevision(context, given, planned);
    return (await Promise.all(workloads.map(({ labels }) => readPods(context, given, labels)))).flat();
  } catch (error) {
    if (error instanceof ActionError) return [];
    throw error;
  }
}

async function receiptOf(context: ActionContext, given: Rollback, planned: PlannedRollback, revision: Revision, found: string | undefined): Promise<JsonObject> {
  const pods = await readPodsOf(context, given, planned);
  return {
    release: given.release, revision: revision.revision, backTo: planned.revision, before: planned.base, chart: revision.chart, appVersion: revision.appVersion, images: planned.images,
    pods: pods.map((pod) => ({ name: pod.metadata.name, images: pod.status.containerStatuses.map(({ imageID, image }) => imageID || image), state: sayPod(pod) })),
    ...(found === undefined ? {} : { found }),
  };
}

/** What became of a rollback that nobody carries out any more. Throws ActionError where the history cannot be read. */
export async function probeRollback(context: StepContext, given: Rollback, planned: PlannedRollback): Promise<ProbeResult> {
  const state = judgeRollback(await readHistory(context, given, given.release), planned.base, planned);
  switch (state.kind) {
    case 'done':
      return { outcome: 'happened', receipt: await receiptOf(context, given, planned, state.revision, 'the history'), saw: sayRevision(given.release, state.revision) };
    case 'untouched':
      return { outcome: 'absent', saw: `revision ${planned.base} is still the last one of ${given.release}: no rollback began` };
    case 'interrupted':
      return { outcome: 'unclear', saw: `${sayRevision(given.release, state.revision)}: the rollback began and did not end. Retry runs helm rollback a second time, to the same revision` };
    case 'failed':
      return { outcome: 'unclear', saw: `${sayRevision(given.release, state.revision)} (${state.revision.description}): it was put back and did not become ready. Retry runs helm rollback a second time` };
    case 'other':
      return { outcome: 'unclear', saw: `${sayRevision(given.release, state.revision)} was deployed by somebody else` };
  }
}

function sayRevision(release: string, { revision, status, description }: Revision): string {
  return `revision ${revision} of ${release} ("${description}") is ${status}`;
}

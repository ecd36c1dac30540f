import type { JsonObject } from '../../../src/plan/plan.js';
import type { StepContext } from '../../../src/ports/action.js';
import { sayDuration } from '../duration-input.js';
import type { Cluster } from './cluster-input.js';
import { type Pod, findTrouble, isReady, lastLogLines, readAllPods, sayPod } from './pods.js';
import { type Workload, readWorkload, readWorkloadRevisions, rolloutState } from './workload.js';

const pollMs = 1_000;

export type Rollout = { readonly ok: true; readonly workload: Workload; readonly pods: readonly string[] } | { readonly ok: false; readonly code: string; readonly message: string; readonly tail: string };

/**
 * Waits as `kubectl rollout status` does, and ends early where waiting does not help: a new pod whose image cannot be had or that crashes again and again, with its last log lines.
 * Throws ActionError.
 */
export async function awaitRollout(context: StepContext, cluster: Cluster, name: string, withinMs: number): Promise<Rollout> {
  const started = context.now();
  for (;;) {
    const workload = await readWorkload(context, cluster, name);
    const { done, says, failed } = rolloutState(workload);
    const all = await readAllPods(context, cluster, workload.labels);
    const pods = workload.replicas === 0 ? all : all.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    // With 0 replicas it is over only when the last process is gone. Pods that are being ended are in no status any more.
    if (done && (workload.replicas > 0 || pods.length === 0)) return { ok: true, workload, pods: pods.map(sayPod) };
    const trouble = workload.replicas === 0 || findTrouble(pods) === undefined ? undefined : findTrouble(await newPods(context, cluster, workload, pods));
    const late = context.now() - started >= withinMs;
    if (trouble !== undefined) {
      const tail = await lastLogLines(context, cluster, trouble.pod, trouble.container, trouble.restarts);
      const line = tail.split('\n').at(-1) ?? '';
      return { ok: false, code: 'not-healthy', message: `${trouble.says}${line === '' ? '' : `, last line: ${line.slice(0, 200)}`}`, tail };
    }
    if (failed !== undefined) return { ok: false, code: 'not-healthy', message: failed, tail: says };
    if (late) {
      const left = (workload.replicas === 0 ? pods.map(({ metadata }) => `${metadata.name} is still being ended`) : pods.filter((pod) => !isReady(pod)).map(sayPod)).slice(0, 3);
      return { ok: false, code: 'not-ready', message: [`${name} not ${workload.replicas === 0 ? 'gone' : 'ready'} within ${sayDuration(withinMs)}: ${says}`, ...left].join('; '), tail: '' };
    }
    context.progress(says);
    await context.pause(pollMs);
  }
}

/** Pods of the revision that is rolled out: old ones may be in trouble, too, and often that is why somebody rolls back. */
async function newPods(context: StepContext, cluster: Cluster, workload: Workload, pods: readonly Pod[]): Promise<readonly Pod[]> {
  const current = (await readWorkloadRevisions(context, cluster, workload)).find((revision) => revision.current);
  // A replica set is called <deployment>-<pod-template-hash>, a controller revision as its pods' label says.
  return pods.filter(({ metadata: { labels } }) => {
    const hash = labels['pod-template-hash'];
    return current !== undefined && (hash === undefined ? labels['controller-revision-hash'] === current.name : current.name.endsWith(`-${hash}`));
  });
}

export function rolloutReceipt({ workload, pods }: Extract<Rollout, { ok: true }>): JsonObject {
  return { workload: workload.name, generation: workload.generation, revision: workload.revision, replicas: workload.replicas, images: { ...workload.images }, pods: [...pods] };
}

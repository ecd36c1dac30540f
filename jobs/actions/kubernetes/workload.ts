import { z } from 'zod';
import type { ActionContext } from '../../../src/ports/action.js';
import type { Cluster } from './cluster-input.js';
import { getObject } from './cluster-programs.js';

/** Where planb keeps how many replicas a workload had before it was scaled to 0: also for a run that does not know of the one that did it. */
export const formerReplicasKey = 'planb.replicas-before';
const restartedKey = 'kubectl.kubernetes.io/restartedAt';
const revisionKey = 'deployment.kubernetes.io/revision';

const strings = z.record(z.string(), z.string()).default({});
const templateSchema = z.object({ metadata: z.object({ annotations: strings }).default({ annotations: {} }), spec: z.object({ containers: z.array(z.object({ name: z.string(), image: z.string().default('') })) }) });
const workloadSchema = z.object({
  kind: z.string(),
  metadata: z.object({ name: z.string(), uid: z.string(), generation: z.number().default(0), annotations: strings }),
  spec: z.object({ replicas: z.number().default(1), paused: z.boolean().default(false), selector: z.object({ matchLabels: strings }).default({ matchLabels: {} }), template: templateSchema }),
  status: z
    .object({
      observedGeneration: z.number().default(0), replicas: z.number().default(0), updatedReplicas: z.number().default(0), readyReplicas: z.number().default(0), availableReplicas: z.number().default(0), updateRevision: z.string().optional(),
      conditions: z.array(z.object({ type: z.string(), status: z.string().default(''), reason: z.string().default(''), message: z.string().default('') })).default([]),
    })
    .default({ observedGeneration: 0, replicas: 0, updatedReplicas: 0, readyReplicas: 0, availableReplicas: 0, conditions: [] }),
});

/** A deployment or statefulset, as it is now. */
export interface Workload {
  /** `deployment/litellm`. */
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly replicas: number;
  readonly formerReplicas?: number;
  readonly paused: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** By container. */
  readonly images: Readonly<Record<string, string>>;
  readonly restartedAt?: string;
  /** Of a deployment, by its annotation; of a statefulset the name of its update revision. */
  readonly revision: string;
  readonly status: z.output<typeof workloadSchema>['status'];
}

/** Throws ActionError. */
export async function readWorkload(context: ActionContext, cluster: Cluster, name: string): Promise<Workload> {
  const { metadata, spec, status } = await getObject(context, cluster, [name], workloadSchema);
  const former = Number(metadata.annotations[formerReplicasKey]);
  const restartedAt = spec.template.metadata.annotations[restartedKey];
  return {
    name, uid: metadata.uid, generation: metadata.generation, replicas: spec.replicas, paused: spec.paused, labels: spec.selector.matchLabels, status,
    images: Object.fromEntries(spec.template.spec.containers.map((container) => [container.name, container.image])),
    revision: metadata.annotations[revisionKey] ?? status.updateRevision ?? '',
    ...(Number.isInteger(former) && former > 0 ? { formerReplicas: former } : {}), ...(restartedAt === undefined ? {} : { restartedAt }),
  };
}

/** An earlier state of a workload that its controller still knows. `name` stays when its number changes. */
export interface WorkloadRevision {
  readonly number: number;
  readonly name: string;
  readonly images: Readonly<Record<string, string>>;
  readonly current: boolean;
}

const owners = z.array(z.object({ uid: z.string() })).default([]);
const replicaSets = z.object({ items: z.array(z.object({ metadata: z.object({ name: z.string(), annotations: strings, ownerReferences: owners }), spec: z.object({ template: templateSchema }) })) });
const controllerRevisions = z.object({ items: z.array(z.object({ metadata: z.object({ name: z.string(), ownerReferences: owners }), revision: z.number(), data: z.object({ spec: z.object({ template: templateSchema }) }) })) });

/** Oldest first. Throws ActionError. */
export async function readWorkloadRevisions(context: ActionContext, cluster: Cluster, workload: Workload): Promise<readonly WorkloadRevision[]> {
  const selector = Object.entries(workload.labels).map(([key, value]) => `${key}=${value}`).join(',');
  const isOwn = ({ metadata }: { readonly metadata: { readonly ownerReferences: readonly { readonly uid: string }[] } }): boolean => metadata.ownerReferences.some(({ uid }) => uid === workload.uid);
  const imagesOf = (template: z.output<typeof templateSchema>): Readonly<Record<string, string>> => Object.fromEntries(template.spec.containers.map(({ name, image }) => [name, image]));
  const found = workload.name.startsWith('deployment/')
    ? (await getObject(context, cluster, ['replicasets', '--selector', selector], replicaSets)).items.filter(isOwn).map(({ metadata, spec }) => {
        const revision = metadata.annotations[revisionKey] ?? '0';
        return { number: Number(revision), name: metadata.name, images: imagesOf(spec.template), current: revision === workload.revision };
      })
    : (await getObject(context, cluster, ['controllerrevisions', '--selector', selector], controllerRevisions)).items.filter(isOwn).map(({ metadata, revision, data }) => ({ number: revision, name: metadata.name, images: imagesOf(data.spec.template), current: metadata.name === workload.revision }));
  return found.sort((a, b) => a.number - b.number);
}

/** How far a rollout is, by the rules of `kubectl rollout status`. */
export function rolloutState({ generation, replicas, status, name }: Workload): { readonly done: boolean; readonly says: string; readonly failed?: string } {
  if (status.observedGeneration < generation) return { done: false, says: 'waiting until the controller has seen it' };
  const late = status.conditions.find(({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded');
  if (late !== undefined) return { done: false, says: late.message, failed: `${name} exceeded its progress deadline` };
  if (status.updatedReplicas < replicas) return { done: false, says: `${status.updatedReplicas} of ${replicas} replicas updated` };
  if (status.replicas > replicas) return { done: false, says: `${status.replicas - replicas} old ${status.replicas - replicas === 1 ? 'pod' : 'pods'} left` };
  // Statefulsets of old clusters do not count the available ones.
  const there = name.startsWith('deployment/') ? status.availableReplicas : status.readyReplicas;
  return there < replicas ? { done: false, says: `${there} of ${replicas} replicas ready` } : { done: true, says: `${there} of ${replicas} replicas ready` };
}

import { z } from 'zod';
import { shorten } from '../../../src/board/clean.js';
import type { ActionContext } from '../../../src/ports/action.js';
import type { Cluster } from './cluster-input.js';
import { getObject, kubectl } from './cluster-programs.js';

const waiting = z.object({ reason: z.string().default(''), message: z.string().default('') });
const containerStatus = z.object({
  name: z.string(), image: z.string().default(''), imageID: z.string().default(''), ready: z.boolean().default(false), restartCount: z.number().default(0),
  state: z.object({ waiting: waiting.optional(), terminated: z.object({ exitCode: z.number(), reason: z.string().default('') }).optional() }).default({}),
});
const podSchema = z.object({
  metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).default({}), deletionTimestamp: z.string().optional() }),
  status: z.object({ phase: z.string().default(''), containerStatuses: z.array(containerStatus).default([]), initContainerStatuses: z.array(containerStatus).default([]) }).default({ phase: '', containerStatuses: [], initContainerStatuses: [] }),
});
export type Pod = z.output<typeof podSchema>;

/** The pods with all these labels, those that are being ended left out. Throws ActionError. */
export async function readPods(context: ActionContext, cluster: Cluster, labels: Readonly<Record<string, string>>): Promise<readonly Pod[]> {
  return (await readAllPods(context, cluster, labels)).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** Those that are being ended, too: they may still write. Throws ActionError. */
export async function readAllPods(context: ActionContext, cluster: Cluster, labels: Readonly<Record<string, string>>): Promise<readonly Pod[]> {
  const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(',');
  if (selector === '') return [];
  const { items } = await getObject(context, cluster, ['pods', '--selector', selector], z.object({ items: z.array(podSchema) }));
  return items;
}

export function isReady({ status }: Pod): boolean {
  return status.containerStatuses.length > 0 && status.containerStatuses.every(({ ready }) => ready);
}

/** A pod in words: `shop-7f9c-abcde ready`, `… 0/1 ready, CrashLoopBackOff, 4 restarts`. */
export function sayPod(pod: Pod): string {
  if (isReady(pod)) return `${pod.metadata.name} ready`;
  const trouble = findTrouble([pod]);
  if (trouble !== undefined) return trouble.says;
  const all = pod.status.containerStatuses;
  return `${pod.metadata.name} ${all.length === 0 ? pod.status.phase || 'not started' : `${all.filter(({ ready }) => ready).length}/${all.length} ready`}`;
}

/** A container that will not get well by waiting. */
export interface Trouble {
  readonly pod: string;
  readonly container: string;
  /** As Kubernetes calls it. */
  readonly reason: string;
  readonly restarts: number;
  readonly says: string;
}

const neverStarts = new Set(['ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull', 'CreateContainerConfigError', 'CreateContainerError', 'RunContainerError']);
/** One crash is ordinary where a service starts before its database answers. */
const crashesBeforeTrouble = 2;

/** The first container that waiting does not help: its image cannot be had, or it crashes again and again. */
export function findTrouble(pods: readonly Pod[]): Trouble | undefined {
  for (const { metadata, status } of pods) {
    for (const { name, image, restartCount, state } of [...status.initContainerStatuses, ...status.containerStatuses]) {
      const reason = state.waiting?.reason ?? '';
      const crashing = reason === 'CrashLoopBackOff' && restartCount >= crashesBeforeTrouble;
      if (!crashing && !neverStarts.has(reason)) continue;
      const more = crashing ? `, ${restartCount} restarts` : ` (${image}${state.waiting?.message ? `: ${shorten(state.waiting.message, 120)}` : ''})`;
      return { pod: metadata.name, container: name, reason, restarts: restartCount, says: `${metadata.name} ${name}: ${reason}${more}` };
    }
  }
  return undefined;
}

/** The last lines of a container, of the crashed one before it where there is one; empty where there are none to be had. */
export async function lastLogLines(context: ActionContext, cluster: Cluster, pod: string, container: string, restarts: number, lines = 20): Promise<string> {
  const args = ['logs', pod, '--container', container, `--tail=${lines}`];
  if (restarts > 0) {
    const crashed = await kubectl(context, cluster, [...args, '--previous']);
    if (crashed.ok && crashed.stdout.trim() !== '') return crashed.stdout.trimEnd();
  }
  const outcome = await kubectl(context, cluster, args);
  return outcome.ok ? outcome.stdout.trimEnd() : '';
}

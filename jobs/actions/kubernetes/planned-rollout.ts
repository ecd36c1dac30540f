import { z } from 'zod';
import { ActionError } from '../action-error.js';
import { type Workload, formerReplicasKey } from './workload.js';

/** What a plan froze of a rollout. */
export const plannedRolloutSchema = z.object({
  replicasNow: z.number(),
  says: z.string(),
  pods: z.array(z.string()),
  replicas: z.number().optional(),
  target: z.object({ number: z.number(), name: z.string(), images: z.record(z.string(), z.string()) }).optional(),
});
export type PlannedRollout = z.output<typeof plannedRolloutSchema>;

/** As many replicas as run now, since the plan is made before an earlier step stops them; else those that planb noted when it stopped them. Throws ActionError `no-former-replicas`. */
export function chooseFormer({ name, replicas, formerReplicas }: Workload): number {
  if (replicas > 0) return replicas;
  if (formerReplicas !== undefined) return formerReplicas;
  throw new ActionError('no-former-replicas', `${name} has 0 replicas, and nothing says how many it had; give replicas as a number`);
}

export interface RolloutInput {
  readonly workload: string;
  readonly do: 'restart' | 'undo' | 'scale' | 'status';
  readonly replicas?: number | 'former' | undefined;
  readonly toRevision?: number | undefined;
}

/** The arguments of each kubectl that changes something. */
export function rolloutCommands(given: RolloutInput, planned: PlannedRollout | undefined): readonly (readonly string[])[] {
  switch (given.do) {
    case 'restart':
      return [['rollout', 'restart', given.workload]];
    case 'undo': {
      const number = planned?.target?.number ?? given.toRevision;
      return [['rollout', 'undo', given.workload, ...(number === undefined ? [] : [`--to-revision=${number}`])]];
    }
    case 'scale': {
      const replicas = planned?.replicas ?? given.replicas ?? 0;
      const scale = ['scale', given.workload, `--replicas=${replicas}`];
      if (given.replicas === 'former') return [scale, ['annotate', given.workload, `${formerReplicasKey}-`]];
      // Noted before it is lost.
      return replicas === 0 && planned !== undefined && planned.replicasNow > 0 ? [['annotate', given.workload, '--overwrite', `${formerReplicasKey}=${planned.replicasNow}`], scale] : [scale];
    }
    case 'status':
      return [];
  }
}

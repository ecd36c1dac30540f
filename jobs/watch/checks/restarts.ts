import { z } from 'zod';
import type { ActionContext } from '../../../src/ports/action.js';
import type { Reading, RuleState } from '../../../src/watch/judge-rule.js';
import type { WatchCheck } from '../../../src/watch/policy.js';
import { listContainers } from '../../actions/docker/containers.js';
import { sayDuration } from '../../actions/duration-input.js';

const memory = z.object({ samples: z.array(z.object({ at: z.number(), counts: z.record(z.string(), z.number()) })) });
type Sample = z.output<typeof memory>['samples'][number];

/** How often Docker restarted the services' containers within the time: the count of each now, against the count that it had then. */
export async function lookAtRestarts(context: ActionContext, { project, services, moreThan, within }: Extract<WatchCheck, { kind: 'restarts' }>, before: RuleState): Promise<Reading> {
  const containers = await listContainers(context, project, services);
  if (containers.length === 0) return { result: 'unread', saw: `no container of ${services.join(', ')}` };
  const now = context.now();
  const parsed = memory.safeParse(before.memory);
  const samples = parsed.success ? parsed.data.samples : [];
  const counts = Object.fromEntries(containers.map(({ id, restarts }) => [id, restarts]));
  // The newest sample that is old enough, and what came after it.
  const start = Math.max(0, samples.findLastIndex(({ at }) => at <= now - within));
  const kept: readonly Sample[] = [...samples.slice(start), { at: now, counts }];
  const base = kept[0]?.counts ?? {};
  const loops = containers.map(({ id, service, restarts }) => ({ service, times: restarts - (base[id] ?? (samples.length === 0 ? restarts : 0)) }));
  const worst = loops.reduce((a, b) => (b.times > a.times ? b : a));
  return {
    result: worst.times > moreThan ? 'bad' : 'good', memory: { samples: kept },
    saw: worst.times <= 0 ? 'no restart' : `${worst.service} restarted ${worst.times} ${worst.times === 1 ? 'time' : 'times'} within ${sayDuration(within)}`,
  };
}

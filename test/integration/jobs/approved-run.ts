import { onTestFinished } from 'vitest';

import { createQueue } from '../../../adapters/redis/queue.js';
import { loadRun } from '../../../jobs/record.js';
import { Relay } from '../../../jobs/relay.js';
import { startWorker } from '../../../jobs/worker.js';
import type { ChatCommand } from '../../../src/command/command.js';
import type { World } from '../../../src/ports/world.js';
import type { RunEvent } from '../../../src/run/events.js';
import { eventually } from '../../support/eventually.js';
import { createRedis } from '../../support/redis.js';
import { planningParts } from '../planning/planning-parts.js';

const people = { alice: 'U01ALICE', bob: 'U02BOB' } as const;

export interface ApprovedRun {
  readonly run: string;
  events(): Promise<readonly RunEvent[]>;
  say(person: keyof typeof people, command: ChatCommand): Promise<string>;
}

/** A run of the runbook by the real engine and the real actions, asked for and approved by two. */
export async function approvedRun(given: { readonly runbook: string; readonly env: Readonly<Record<string, string>>; readonly world?: (real: World) => Partial<World> }): Promise<ApprovedRun> {
  const redis = await createRedis();
  const { parts } = await planningParts({ runbook: given.runbook, env: given.env });
  const queue = createQueue({ url: redis.url, prefix: redis.prefix, onError: () => undefined });
  const relay = new Relay(parts.store, queue, parts.log);
  const worker = await startWorker({ ...parts, queue, world: { ...parts.world, ...given.world?.(parts.world) }, nudgeRelay: () => { relay.nudge(); } });
  relay.start();
  onTestFinished(async () => {
    await worker.stop(0);
    await relay.stop();
    await queue.close();
  });

  let said = 0;
  const say = async (person: keyof typeof people, command: ChatCommand): Promise<string> => {
    const id = `slack:${String((said += 1))}`;
    await parts.store.acceptDelivery({ id, actor: { platform: 'slack', userId: people[person], displayName: person }, place: { platform: 'slack', channel: 'C0123456' }, command });
    relay.nudge();
    return (await eventually(() => parts.store.deliveryOutcome(id))).outcome;
  };
  const run = (await say('alice', { kind: 'request', run: 'rollback', target: 'shop' })).replace('run ', '');
  await eventually(async () => {
    const { phase, outcome } = (await loadRun(parts, run)).state;
    if (phase === 'ended') throw new Error(`ended ${outcome ?? ''}: ${JSON.stringify((await parts.store.load(run)).events.at(-1))}`);
    return phase === 'voting';
  });
  for (const person of ['alice', 'bob'] as const) await say(person, { kind: 'vote', run, choice: 'approve' });
  return { run, say, events: async () => (await parts.store.load(run)).events };
}

/** Where in the record; -1: it is not there. */
export function about(events: readonly RunEvent[], type: RunEvent['type'], step: string): number {
  return events.findIndex((event) => event.type === type && 'step' in event && event.step === step);
}

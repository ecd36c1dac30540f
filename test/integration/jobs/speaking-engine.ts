import { onTestFinished } from 'vitest';

import { createQueue } from '../../../adapters/redis/queue.js';
import type { Parts } from '../../../jobs/parts.js';
import { Relay } from '../../../jobs/relay.js';
import { startWorker } from '../../../jobs/worker.js';
import type { ChatCommand } from '../../../src/command/command.js';
import type { World } from '../../../src/ports/world.js';
import { eventually } from '../../support/eventually.js';
import { createRedis } from '../../support/redis.js';

const people = { alice: 'U01ALICE', bob: 'U02BOB' } as const;

/** Says something in Slack's channel as one of two people, and gives what came of it once it is handled. */
export type Say = (person: keyof typeof people, command: ChatCommand) => Promise<string>;

/** A worker and a relay on the parts, until the test ends. `world` replaces some of theirs. */
export async function speakingEngine(parts: Omit<Parts, 'queue' | 'nudgeRelay'>, world: Partial<World> = {}): Promise<Say> {
  const redis = await createRedis();
  const queue = createQueue({ url: redis.url, prefix: redis.prefix, onError: () => undefined });
  const relay = new Relay(parts.store, queue, parts.log);
  const worker = await startWorker({ ...parts, queue, world: { ...parts.world, ...world }, nudgeRelay: () => { relay.nudge(); } });
  relay.start();
  onTestFinished(async () => {
    await worker.stop(0);
    await relay.stop();
    await queue.close();
  });
  let said = 0;
  return async (person, command) => {
    const id = `slack:${String((said += 1))}`;
    await parts.store.acceptDelivery({ id, actor: { platform: 'slack', userId: people[person], displayName: person }, place: { platform: 'slack', channel: 'C0123456' }, command });
    relay.nudge();
    return (await eventually(() => parts.store.deliveryOutcome(id))).outcome;
  };
}

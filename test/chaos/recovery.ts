import { setTimeout as delay } from 'node:timers/promises';
import type { ChaosWorld, Progress } from './world/chaos-world.js';

const lookMs = 20;

/** Milliseconds from now until something goes on, counted from `before`; undefined: everything was over before anything had to. */
export async function untilProgress(world: ChaosWorld, before: Progress, of: 'bot' | 'worker' | 'any', isOver: () => boolean): Promise<number | undefined> {
  const from = performance.now();
  while (!isOver()) {
    const { work, chat } = await world.progress();
    if ((of !== 'bot' && work > before.work) || (of !== 'worker' && chat > before.chat)) return performance.now() - from;
    await delay(lookMs);
  }
  return undefined;
}

import { loadRun } from '../../../jobs/record.js';
import type { World } from '../../../src/ports/world.js';
import type { RunEvent } from '../../../src/run/events.js';
import { eventually } from '../../support/eventually.js';
import { planningParts } from '../planning/planning-parts.js';
import { type Say, speakingEngine } from './speaking-engine.js';

export interface ApprovedRun {
  readonly run: string;
  events(): Promise<readonly RunEvent[]>;
  readonly say: Say;
}

/** A run of the runbook by the real engine and the real actions, asked for and approved by two. */
export async function approvedRun(given: { readonly runbook: string; readonly env: Readonly<Record<string, string>>; readonly world?: (real: World) => Partial<World> }): Promise<ApprovedRun> {
  const { parts } = await planningParts({ runbook: given.runbook, env: given.env });
  const say = await speakingEngine(parts, given.world?.(parts.world));
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

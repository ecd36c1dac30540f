import { readFile } from 'node:fs/promises';
import { loadRun } from '../../../jobs/record.js';
import type { RunKind, Scope } from '../../../src/command/command.js';
import type { JsonObject } from '../../../src/plan/plan.js';
import type { RunState } from '../../../src/run/state.js';
import { planningParts } from '../../integration/planning/planning-parts.js';
import { type Say, speakingEngine } from '../../integration/jobs/speaking-engine.js';
import { eventually } from '../../support/eventually.js';

interface Asked {
  readonly kind: RunKind;
  readonly to?: string;
  readonly scope?: Scope;
  readonly params?: Readonly<Record<string, string>>;
}

/** A built-in runbook with the real engine, the real actions and the machine's Docker Engine. */
export interface BuiltInRun {
  /** Asks, and returns the run with its plan on the table. Throws with planb's sentence where there is none. */
  plan(asked: Asked): Promise<RunState>;
  /** Two people approve; people's lines are answered with Done; returns the run at its end, or at a question. */
  carryOut(run: string): Promise<RunState>;
  /** The rollback that a stopped upgrade asked for by itself, with its plan on the table. */
  wayBackOf(upgrade: string): Promise<RunState>;
  readonly say: Say;
}

/** `given`: the target's `with`. `others`: further built-in runbooks of the target, by kind. */
export async function builtIn(name: string, given: JsonObject, env: Readonly<Record<string, string>> = {}, others: Readonly<Record<string, string>> = {}): Promise<BuiltInRun> {
  const text = await readFile(new URL(`../../../runbooks/${name}.yaml`, import.meta.url), 'utf8');
  const kind = /^kind: (\w+)$/m.exec(text)?.[1] ?? '';
  const runbooks = { preflight: 'preflight', verify: 'verify', ...(['rollback', 'preflight', 'verify'].includes(kind) ? {} : { [kind]: './runbook.yaml' }), ...others };
  const { parts } = await planningParts({ runbook: text, target: `with: ${JSON.stringify(given)}, runbooks: ${JSON.stringify(runbooks)}`, env });
  const say = await speakingEngine(parts);
  const state = async (run: string): Promise<RunState> => (await loadRun(parts, run)).state;
  const until = (run: string, holds: (now: RunState) => boolean): Promise<RunState> => eventually(async () => {
    const now = await state(run);
    if (!holds(now)) throw new Error(`still ${now.phase}: ${now.steps.map(({ id, status, error }) => `${id} ${status} ${error?.message ?? ''}`).join(', ')}`);
    return now;
  }, 300_000);

  const planned = async (outcome: string): Promise<RunState> => {
    const id = outcome.replace('run ', '');
    const now = await until(id, ({ phase }) => phase !== 'planning');
    if (now.plan === undefined) throw new Error(`no plan: ${JSON.stringify((await parts.store.load(id)).events.at(-1))}`);
    return now;
  };

  return {
    say,
    plan: async ({ kind: run, ...asked }) => planned(await say('alice', { kind: 'request', run, target: 'shop', ...asked })),
    wayBackOf: async (upgrade) => planned((await eventually(() => parts.store.deliveryOutcome(`planb:way-back:${upgrade}`))).outcome),
    carryOut: async (run) => {
      for (const person of ['alice', 'bob'] as const) await say(person, { kind: 'vote', run, choice: 'approve' });
      for (;;) {
        const now = await until(run, ({ phase, steps }) => phase === 'ended' || steps.some(({ status }) => status === 'failed' || status === 'awaiting' || status === 'unknown'));
        if (!now.steps.some(({ status }) => status === 'awaiting')) return now;
        await say('bob', { kind: 'answer', run, answer: 'done' });
      }
    },
  };
}

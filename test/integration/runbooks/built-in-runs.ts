import { readFileSync } from 'node:fs';
import { parseRunbook } from '../../../src/runbook/parse-runbook.js';
import type { Runbook } from '../../../src/runbook/runbook.js';
import { hereAction } from '../../../src/run/presence.js';
import type { RunState } from '../../../src/run/state.js';
import { startPlanb, type Planb } from '../jobs/planb.js';
import { pretendingActions } from './pretending-actions.js';
import type { Situation } from './situations.js';

export function textOf(runbook: string): string {
  return readFileSync(new URL(`../../../runbooks/${runbook}.yaml`, import.meta.url), 'utf8');
}

export function parsed(runbook: string): Runbook {
  const found = parseRunbook(textOf(runbook), `${runbook}.yaml`);
  if (!found.ok) throw new Error(JSON.stringify(found.problems));
  return found.runbook;
}

/** A built-in runbook on a real engine, in one situation; each run is asked for, approved by two, and its people's lines are answered with Done until `until` holds. */
export class BuiltInRuns {
  readonly planb: Planb;
  readonly #runbook: Runbook;
  readonly #situation: Situation;

  private constructor(planb: Planb, runbook: Runbook, situation: Situation) {
    this.planb = planb;
    this.#runbook = runbook;
    this.#situation = situation;
  }

  static async start(name: string, situation: Situation): Promise<BuiltInRuns> {
    const { planb } = await startPlanb('', { whole: { text: textOf(name), with: situation.with, actions: (target) => pretendingActions(target, situation.findings ?? {}) } });
    return new BuiltInRuns(planb, parsed(name), situation);
  }

  /** Asks for a run and returns it with its plan on the table. */
  async plan(): Promise<RunState> {
    const { scope, params } = this.#situation;
    const isReleased = Object.values(this.#runbook.params).some(({ type }) => type === 'release');
    const ask = (): Promise<string> => this.planb.say('alice', { kind: 'request', run: this.#runbook.kind, runbook: 'test', target: 'shop', ...(isReleased ? { to: '1.0.0' } : {}), ...(scope === undefined ? {} : { scope }), ...(params === undefined ? {} : { params }) });
    let outcome = await ask();
    // A stopped upgrade asks for the way back by itself, which may come first.
    for (; outcome === 'refused: target-locked'; outcome = await ask()) await this.#endOther();
    const state = await this.planb.until(outcome.replace('run ', ''), ({ phase }) => phase !== 'planning');
    if (state.plan === undefined) throw new Error(`no plan: ${JSON.stringify(state)}`);
    return state;
  }

  async #endOther(): Promise<void> {
    const other = (await this.planb.store.lockOf('shop'))?.run;
    if (other === undefined) return;
    await this.planb.answer('bob', other, 'stop');
    await this.planb.until(other, ({ phase }) => phase === 'ended');
  }

  async approve(run: string): Promise<void> {
    await this.planb.vote('alice', run);
    await this.planb.vote('bob', run);
  }

  /** Answers the lines of people with Done, `except` one, until the run is as wanted. */
  async carry(run: string, except: string | undefined, holds: (state: RunState) => boolean): Promise<RunState> {
    for (;;) {
      const waiting = (state: RunState) => state.steps.find(({ id, status }) => id !== except && status === 'awaiting');
      const state = await this.planb.until(run, (now) => holds(now) || waiting(now) !== undefined);
      if (holds(state)) return state;
      const asked = waiting(state)?.id ?? '';
      if (state.plan?.steps.find(({ id }) => id === asked)?.uses === hereAction) await this.gather(run, asked);
      else await this.planb.answer('carol', run, 'done');
    }
  }

  /** Two people are at hand. */
  async gather(run: string, step: string): Promise<void> {
    await this.planb.answer('alice', run, 'here');
    await this.planb.answer('bob', run, 'here');
    await this.planb.untilStep(run, step, 'succeeded');
  }
}

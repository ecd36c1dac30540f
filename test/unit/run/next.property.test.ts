import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Plan } from '../../../src/plan/plan.js';
import type { RunCommand } from '../../../src/run/command.js';
import { nextMove, type Move } from '../../../src/run/next.js';
import type { StepState } from '../../../src/run/state.js';
import { openQuestions, wakeAt } from '../../../src/run/waiting.js';
import { minute, owner, t0 } from './sample.js';
import { people, plans, Watched } from './random-runs.js';

/** A stream of small random numbers, the same for the same seed. */
type Dice = (sides: number) => number;

/**
 * An owner that does what nextMove says, people who answer as they like, steps that end as they like, workers that die. After `patience` rounds the people have
 * had enough and stop the run.
 */
class Owner {
  readonly run = new Watched();
  readonly #plan: Plan;
  readonly #dice: Dice;
  readonly #inHand = new Set<string>();
  #now = t0;

  constructor(plan: Plan, dice: Dice) {
    this.#plan = plan;
    this.#dice = dice;
    this.#say({ type: 'RequestRun', now: t0, target: 'shop', title: 'Shop', kind: 'rollback', runbook: 'shop', params: {}, requester: 'alice', place: { platform: 'cli', channel: '' } });
  }

  /** How many rounds it took. Throws when there is a move that changes nothing, or a wait for nothing. */
  carry(patience: number): number {
    for (let round = 0; ; round += 1) {
      if (this.run.state.phase === 'ended') return round;
      if (round > patience + 60) throw new Error(`still ${this.run.state.phase} after ${round} rounds`);
      if (this.#dice(12) === 0) this.#inHand.clear();
      const move = nextMove(this.run.state, this.#now, this.#inHand, people);
      if (move.do === 'wait') this.#wait(round > patience);
      else if (move.do === 'cancel') for (const { id } of move.steps) this.#end(id, true);
      else this.#make(move);
    }
  }

  #make(move: Exclude<Move, { do: 'wait' | 'cancel' }>): void {
    const now = this.#now;
    const { digest = '' } = this.run.state;
    const drift = this.#dice(6) === 0 ? [{ key: 'k', label: 'k', planned: 'a', now: 'b' }] : [];
    switch (move.do) {
      case 'plan': return this.#must({ type: 'PostPlan', now, plan: this.#plan });
      case 'expire': return this.#must({ type: 'ExpirePlan', now });
      case 'start': return this.#must({ type: 'StartRun', now, digest, voters: people, differences: drift });
      case 'finish': return this.#must({ type: 'FinishRun', now });
      case 'remind': return this.#must({ type: 'RemindPeople', now, waitingFor: move.waitingFor });
      case 'settle':
        for (const { id } of move.steps) this.#end(id, false);
        return;
      case 'begin':
        for (const planned of move.steps) {
          if (planned.uses === 'manual') this.#must({ type: 'AwaitPerson', now, step: planned.id, instructions: 'do it' });
          else if (planned.destructive && drift.length > 0) this.#must({ type: 'ReportDrift', now, differences: drift });
          else {
            this.#must({ type: 'BeginStep', now, step: planned.id, token: 1, owner });
            if (this.run.state.steps.find(({ id }) => id === planned.id)?.status === 'running') this.#inHand.add(planned.id);
          }
        }
    }
  }

  /** Time passes, a step ends, or a person says something. */
  #wait(hadEnough: boolean): void {
    const { state } = this.run;
    const running = state.steps.filter(({ status }) => status === 'running');
    const at = wakeAt(state, this.#now);
    expect(openQuestions(state).length + running.length + state.steps.filter(({ status }) => status === 'retrying').length, 'waits for something').toBeGreaterThan(0);
    const [first] = running;
    if (first !== undefined && this.#dice(3) > 0) return this.#end(first.id, false);
    if (hadEnough && running.length === 0) return this.#say({ type: 'StopRun', now: this.#now, person: 'bob', voters: people });
    if (at !== undefined && this.#dice(3) === 0) {
      this.#now = Math.max(at, this.#now);
      return;
    }
    this.#now += this.#dice(2) * minute;
    this.#speak();
  }

  #speak(): void {
    const person = people[this.#dice(people.length)] ?? '';
    const by = { now: this.#now, person, voters: people };
    if (this.run.state.phase === 'voting') return this.#say({ type: 'CastVote', ...by, choice: this.#dice(20) === 0 ? 'reject' : 'approve', via: 'slack' });
    const question = openQuestions(this.run.state).at(this.#dice(2) - 1);
    const attempt = this.run.state.steps.find(({ id }) => id === question?.step)?.attempt;
    if (question?.step === undefined || attempt === undefined) return;
    const answer = (['retry', 'retry', 'skip', 'done', 'failed'] as const)[this.#dice(5)] ?? 'retry';
    this.#say({ type: 'AnswerStep', ...by, answer, step: question.step, attempt });
  }

  #end(id: string, cancelled: boolean): void {
    const step = this.run.state.steps.find((one): one is StepState => one.id === id);
    this.#inHand.delete(id);
    if (step?.status !== 'running') return;
    const of = { now: this.#now, step: id, attempt: step.attempt };
    const isVoid = this.run.state.phase === 'ending' || this.run.state.phase === 'planning';
    const roll = this.#dice(10);
    if (cancelled || (isVoid && roll > 2)) return this.#must({ type: 'CancelStep', ...of, note: 'void' });
    if (roll < 6) return this.#must({ type: 'SucceedStep', ...of, receipt: { proven: this.#plan.steps.find((one) => one.id === id)?.uses === 'backup' } });
    if (roll < 8) return this.#must({ type: 'FailStep', ...of, error: { code: 'x', message: 'x' }, retryable: roll === 7 });
    if (roll === 8) return this.#must({ type: 'LoseStep', ...of, saw: 'nothing' });
    this.#must({ type: 'InterruptStep', ...of, note: 'killed', again: this.#dice(3) > 0 });
  }

  /** What nextMove asks for is never refused and never for nothing: else its owner would ask again at once, for ever. */
  #must(command: RunCommand): void {
    expect(this.run.apply(command, people), `${command.type} in ${this.run.state.phase}`).toBeGreaterThan(0);
  }

  #say(command: RunCommand): void {
    this.run.apply(command, people);
  }
}

function diceOf(numbers: readonly number[]): Dice {
  let at = 0;
  return (sides) => {
    at += 1;
    return (numbers[at % numbers.length] ?? 0) % sides;
  };
}

it('an owner that follows nextMove always comes to an end or waits for people', () => {
  const outcomes = new Map<string, number>();
  fc.assert(fc.property(plans, fc.array(fc.nat(9_999), { minLength: 211, maxLength: 211 }), (plan, numbers) => {
    const carried = new Owner(plan, diceOf(numbers));
    carried.carry(150);
    const { outcome } = carried.run.state;
    outcomes.set(String(outcome), (outcomes.get(String(outcome)) ?? 0) + 1);
  }), { numRuns: 400 });
  for (const outcome of ['verified', 'finished-not-verified', 'rejected', 'stopped']) expect(outcomes.get(outcome) ?? 0, `${outcome} of ${JSON.stringify([...outcomes])}`).toBeGreaterThan(0);
});

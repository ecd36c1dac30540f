import fc from 'fast-check';
import { expect } from 'vitest';
import type { JsonObject, Plan, PlannedStep } from '../../../src/plan/plan.js';
import type { RunCommand } from '../../../src/run/command.js';
import { consequencesOf } from '../../../src/run/consequences.js';
import { decide } from '../../../src/run/decide.js';
import type { RunEvent } from '../../../src/run/events.js';
import { evolve, replay } from '../../../src/run/evolve.js';
import { nextMove } from '../../../src/run/next.js';
import { emptyRun, isSettled, type RunState } from '../../../src/run/state.js';
import { planOf, policy, step } from './sample.js';

export const people = ['alice', 'bob', 'carol', 'dave'];
const ids = ['a', 'b', 'c', 'd', 'e'];

/** Random graphs of up to five steps: each needs some of those before it. */
const anyStep = fc.record({
  needs: fc.subarray(ids, { maxLength: 2 }), prepare: fc.boolean(), destructive: fc.boolean(), stopsWriters: fc.boolean(), check: fc.boolean(), continueOnError: fc.boolean(),
  effect: fc.constantFrom('read' as const, 'idempotent' as const, 'once' as const), uses: fc.constantFrom('backup', 'backup', 'run', 'manual'), retry: fc.integer({ min: 0, max: 2 }),
});
/** Half of the plans begin as one that destroys must: what writes is stopped, then a backup is taken; few would come as far otherwise. */
const openings = fc.tuple(anyStep, anyStep).map(([stop, backup]) => [
  { ...stop, needs: [], prepare: false, destructive: false, stopsWriters: true, uses: 'run' as const },
  { ...backup, needs: ['a'], destructive: false, stopsWriters: false, uses: 'backup' as const },
]);
type AnyStep = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;
const stepLists: fc.Arbitrary<readonly AnyStep[]> = fc.oneof(
  fc.array(anyStep, { minLength: 1, maxLength: ids.length }),
  fc.tuple(openings, fc.array(anyStep, { minLength: 1, maxLength: ids.length - 2 })).map(([opening, rest]) => [...opening, ...rest.map((one) => ({ ...one, stopsWriters: false }))]),
);

/** Random graphs of up to five steps: each needs some of those before it. */
export const plans: fc.Arbitrary<Plan> = fc.record({ steps: stepLists, people: fc.integer({ min: 1, max: 3 }), requesterCounts: fc.boolean() }).map(({ steps, people: needed, requesterCounts }) => planOf(
  steps.map(({ retry, needs, ...rest }, index): PlannedStep =>
    step(ids[index] ?? '', { ...rest, needs: needs.filter((need) => ids.indexOf(need) < index), retry: { max: retry, delayMs: 5_000 } })),
  { policy: { ...policy, people: needed, requesterCounts } },
));

/**
 * A run under observation. It judges every accepted command by the events alone, with rules of its own: what it believes about votes, steps and proofs is never
 * read from the state that is being tested.
 */
export class Watched {
  state: RunState = emptyRun('7KQ');
  readonly events: RunEvent[] = [];
  #plan: Plan | undefined;
  #digest = '';
  #startable = false;
  #votes = new Map<string, { readonly choice: string; readonly expiresAt: number }>();
  readonly #running = new Map<string, number>();
  /** What the record says about backups, in its own words. */
  readonly #begunAt = new Map<string, number>();
  readonly #succeededAt = new Map<string, number>();
  readonly #receipts = new Map<string, JsonObject>();
  #waived = new Set<string>();
  #ended = false;
  readonly #reminded = new Map<string, number>();

  /** Applies a command; returns how many events it had, or -1 when it was refused. */
  apply(command: RunCommand, voters: readonly string[]): number {
    const decision = decide(command, this.state);
    if (!decision.ok) return -1;
    for (const event of decision.value) this.#judge(event, voters);
    this.events.push(...decision.value);
    this.state = decision.value.reduce(evolve, this.state);
    expect(replay('7KQ', this.events)).toEqual(this.state);
    if (decision.value.length > 0) this.#followUp(decision.value, command.now, voters);
    if (this.state.phase === 'ended') this.#judgeEnd();
    return decision.value.length;
  }

  #judge(event: RunEvent, voters: readonly string[]): void {
    if (this.#ended) expect(event.type).toBe('NoteAdded');
    switch (event.type) {
      case 'PlanPosted':
        expect([...this.#running]).toEqual([]);
        this.#plan = event.plan;
        this.#waived = new Set();
        this.#digest = event.digest;
        this.#votes = new Map();
        this.#startable = false;
        return;
      case 'DriftFound':
        this.#startable = false;
        return;
      case 'VoteCast':
        expect(event.digest).toBe(this.#digest);
        this.#votes.set(event.person, event);
        return;
      case 'RunStarted': {
        const { people: needed, requesterCounts } = this.#plan?.policy ?? policy;
        const counted = [...this.#votes].filter(([person, { choice, expiresAt }]) =>
          choice === 'approve' && expiresAt > event.at && voters.includes(person) && (requesterCounts || person !== 'alice'));
        expect(event.digest).toBe(this.#digest);
        const onlyPrepares = (this.#plan?.steps ?? []).every((one) => one.prepare && !one.destructive && !one.stopsWriters && one.effect !== 'once');
        if (!onlyPrepares || this.#plan?.steps.length === 0) expect(counted.length).toBeGreaterThanOrEqual(needed);
        expect(event.approvers.map(({ person }) => person).sort()).toEqual(counted.map(([person]) => person).sort());
        this.#startable = true;
        return;
      }
      case 'StepStarted':
      case 'PersonAwaited':
        this.#judgeBeginning(event);
        return;
      case 'StepSucceeded':
        this.#receipts.set(event.step, event.receipt);
        this.#succeededAt.set(event.step, event.at);
        this.#end(event);
        return;
      case 'StepFailed':
      case 'StepOutcomeUnknown':
      case 'StepCancelled':
        this.#end(event);
        return;
      case 'AnswerGiven':
        if (event.answer === 'done') this.#succeededAt.set(event.step, event.at);
        if (event.answer !== 'waive') return;
        expect(new Set(event.people).size).toBeGreaterThanOrEqual(2);
        this.#waived.add(event.step);
        return;
      case 'PeopleReminded':
        expect(event.nth).toBe(this.#reminded.get(event.waitingFor) ?? 0);
        expect(event.nth).toBeLessThan(3);
        this.#reminded.set(event.waitingFor, event.nth + 1);
        return;
      case 'RunEnded':
        expect([...this.#running]).toEqual([]);
        this.#ended = true;
        return;
      default:
    }
  }

  #judgeBeginning(event: Extract<RunEvent, { type: 'StepStarted' | 'PersonAwaited' }>): void {
    const planned = this.#plan?.steps.find((one) => one.id === event.step);
    const onlyPrepares = planned?.prepare === true && !planned.destructive && planned.effect !== 'once';
    expect(this.#startable || onlyPrepares).toBe(true);
    const besides = [...this.#running.keys()].map((id) => this.#plan?.steps.find((one) => one.id === id));
    if (planned?.destructive === true) {
      expect(this.#mayDestroy(event.step, event.at)).toBe(true);
      expect(besides).toEqual([]);
    }
    expect(besides.some((one) => one?.destructive === true)).toBe(false);
    if (event.type !== 'StepStarted') return;
    this.#running.set(event.step, event.attempt);
    this.#begunAt.set(event.step, event.at);
  }

  /** Rule 5: a proven dump that nothing came after, or one that cannot be proven and that two people let pass. */
  #mayDestroy(id: string, now: number): boolean {
    const stops = (this.#plan?.steps ?? []).filter(({ stopsWriters }) => stopsWriters === true).map((one) => this.#succeededAt.get(one.id) ?? Infinity);
    const stopped = stops.length === 0 ? Infinity : Math.max(...stops);
    return [...this.#receipts].some(([step, receipt]) => {
      const counted = [...this.#receipts].some(([other, one]) =>
        one['exported'] === true && textOf(one['lossSince']) <= textOf(receipt['takenAt']) && (this.#begunAt.get(other) ?? 0) >= (this.#succeededAt.get(step) ?? now));
      const whole = (this.#begunAt.get(step) ?? now) >= stopped || counted;
      return whole && (receipt['proven'] === true || (receipt['provable'] === false && this.#waived.has(id)));
    });
  }

  #end({ step: id, attempt }: { readonly step: string; readonly attempt: number }): void {
    expect(this.#running.get(id)).toBe(attempt);
    this.#running.delete(id);
  }

  /** Nothing is slept through: what is to be done or will be due is written down. */
  #followUp(events: readonly RunEvent[], now: number, voters: readonly string[]): void {
    const { due, wakeAt, lock } = consequencesOf(events, this.state, now, voters);
    const move = nextMove(this.state, now, new Set(this.state.steps.filter(({ status }) => status === 'running').map(({ id }) => id)), voters);
    expect(due).toBe(move.do !== 'wait');
    if (due) expect(wakeAt).toBeLessThanOrEqual(now);
    for (const { status, retryAt } of this.state.steps) {
      if (this.state.phase === 'running' && status === 'running') expect(wakeAt).toBeLessThanOrEqual(now);
      if (this.state.phase === 'running' && status === 'retrying') expect(wakeAt).toBeLessThanOrEqual(Math.max(retryAt ?? 0, now));
    }
    if (this.state.phase === 'voting') expect(wakeAt).toBeDefined();
    expect(lock === 'release').toBe(this.state.phase === 'ended' && events.some(({ type }) => type === 'RunEnded'));
  }

  #judgeEnd(): void {
    expect(this.state.steps.every(isSettled)).toBe(true);
    expect(new Set(this.state.steps.map(({ id }) => id)).size).toBe(this.state.steps.length);
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

import { factsFor } from '../src/plan/fact-keys.js';
import type { PlannedStep } from '../src/plan/plan.js';
import type { FactDifference, StepOwner } from '../src/run/events.js';
import { nextMove, type Move } from '../src/run/next.js';
import { stepState, type RunState, type StepState } from '../src/run/state.js';
import { wakeAt } from '../src/run/waiting.js';
import { actionOf, executeStep, prepareUndo, type AttemptOutcome } from './execute-step.js';
import { observeTarget } from './observe.js';
import { makePlan } from './planning/make-plan.js';
import { breakersOf, votersOf, type Parts } from './parts.js';
import { differencesNow, FactsUnreadable } from './read-facts.js';
import { beginsUnprepared } from './follow-on.js';
import { refreshHealth } from './refresh-health.js';
import type { FollowOn, RunRecord } from './run-record.js';
import { cleanUp, settleStep } from './settle-step.js';

/** Interruptions of one step after which planb asks instead of trying again by itself. */
const maxInterruptions = 5;
const unreadableMs = 2_000;
/** What a stopping worker gets to record how its steps ended. */
const handOverMs = 10_000;
/** Node fires a timer for longer than this at once. */
const longestTimerMs = 2 ** 31 - 1;

interface Attempt {
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/** Begins a look at what runs and how it answers, for the board; the run goes on meanwhile, since a service that is down may take seconds to say so. */
export type LookAtService = (state: RunState, mayHaveChanged: boolean) => void;

/**
 * Owns one run for as long as there is something to do: asks the record for the next move, makes it, records what came of it. Everything it knows is on
 * record, so another worker can go on from any point.
 */
export class RunCarrier {
  readonly #parts: Parts;
  readonly #record: RunRecord;
  readonly #inHand = new Map<string, Attempt>();
  /** Attempts that this owner has acted on, by `keyOf`. What is on record under its token and not among them, nobody has acted on. */
  readonly #begun = new Set<string>();
  /** Steps whose beginning is under way: nobody else may begin them meanwhile. */
  readonly #beginning = new Set<string>();
  readonly #lost: AbortController;
  readonly #lookAtService: LookAtService;
  #wake: (() => void) | undefined;
  #woken = false;
  #leaving = false;
  /** Nobody waits for what would be begun now. */
  #ended = false;
  #failure: unknown;

  constructor(parts: Parts, record: RunRecord, lost: AbortController, lookAtService: LookAtService) {
    this.#parts = parts;
    this.#record = record;
    this.#lost = lost;
    this.#lookAtService = lookAtService;
  }

  get version(): number {
    return this.#record.version;
  }

  get token(): number {
    return this.#record.token;
  }

  /** The lease was lost, or this worker is leaving: nothing more is begun. */
  get isOver(): boolean {
    return this.#leaving || this.#lost.signal.aborted;
  }

  /** Something was appended by others, or its time has come: look again. */
  nudge(): void {
    this.#woken = true;
    this.#wake?.();
  }

  /** The lease is gone: whatever runs is ended, nothing is recorded any more. */
  abandon(): void {
    this.#lost.abort();
    for (const attempt of this.#inHand.values()) attempt.stop.abort();
    this.nudge();
  }

  /** Begins nothing new. Steps in hand may finish until `patienceMs` is over; then they are ended and handed over. */
  leave(patienceMs: number): void {
    this.#leaving = true;
    const timer = setTimeout(() => { for (const attempt of this.#inHand.values()) attempt.stop.abort(); }, patienceMs);
    timer.unref();
    // With PostgreSQL away nothing can be recorded; what is on record then is settled by whoever comes next.
    setTimeout(() => { this.abandon(); }, patienceMs + handOverMs).unref();
    this.nudge();
  }

  /** Returns when nothing is left to do. Throws Fenced or StoreError; steps in hand are ended then. */
  async carry(): Promise<void> {
    this.#ended = false;
    try {
      for (;;) {
        this.#throwFailure();
        if (this.#lost.signal.aborted) return;
        if (this.#woken) {
          this.#woken = false;
          await this.#record.reload();
        }
        const now = this.#record.now();
        const move = this.#nextMove(now);
        if (move.do === 'wait' || move.do === 'cancel') {
          if (move.do === 'cancel') for (const step of move.steps) this.#inHand.get(step.id)?.stop.abort();
          if (this.#inHand.size === 0) return;
          // By the instant at which it was decided to wait: what fell due since then must not be slept through, and what was due before waits for something else.
          await this.#pause(this.#leaving ? undefined : wakeAt(this.#record.state, now));
        } else {
          await this.#make(move);
        }
      }
    } finally {
      this.#ended = true;
      for (const attempt of this.#inHand.values()) attempt.stop.abort();
      await Promise.allSettled([...this.#inHand.values()].map((attempt) => attempt.done));
    }
  }

  /** While leaving, only what is in hand is brought to an end. */
  #nextMove(now: number): Move {
    const move = nextMove(this.#record.state, now, new Set(this.#inHand.keys()), votersOf(this.#parts, this.#record.state), breakersOf(this.#parts, this.#record.state));
    return this.#leaving && move.do !== 'cancel' ? { do: 'wait' } : move;
  }

  async #make(move: Exclude<Move, { do: 'wait' | 'cancel' }>): Promise<void> {
    const { state } = this.#record;
    switch (move.do) {
      case 'plan':
        await this.#record.record(await makePlan(this.#parts, state, this.#record.now(), this.#lost.signal));
        return;
      case 'expire':
        await this.#record.record({ type: 'ExpirePlan' });
        return;
      case 'start':
        if (state.digest === undefined) return;
        await this.#start(state.digest);
        return;
      case 'begin':
        await this.#beginAll(move.steps);
        return;
      case 'settle':
        for (const step of move.steps) if (!this.#launchUntouched(step)) await this.#settle(step);
        return;
      case 'finish':
        await this.#finish();
        return;
      case 'remind':
        await this.#record.record({ type: 'RemindPeople', waitingFor: move.waitingFor });
        return;
      default:
        throw new Error(`unreachable: ${JSON.stringify(move satisfies never)}`);
    }
  }

  /** Before the last word: what runs now, whether it is held, and how the service answers, so that the final board tells the truth. */
  async #finish(): Promise<void> {
    const { state } = this.#record;
    const target = this.#parts.config.targets[state.target];
    if (state.startedAt !== undefined && target !== undefined) {
      await Promise.all([refreshHealth(this.#parts, state, this.#lost.signal), observeTarget(this.#parts, target, this.#lost.signal)]);
    }
    // Before the last event, since nobody looks at an ended run again: what was left by a rollback that ran to its end is not proposed as known good; a return to another server leaves no release.
    const ranToItsEnd = state.phase === 'running' && state.kind === 'rollback';
    if (ranToItsEnd && state.plan?.from !== undefined && state.plan.to !== undefined) await this.#parts.store.markBad(state.target, state.plan.from.name);
    await this.#record.record({ type: 'FinishRun' });
  }

  /** Reads the identity facts again and lets the decision that starts the run judge everything anew. */
  async #start(digest: string): Promise<void> {
    const differences = await this.#differences();
    if (differences === undefined) return;
    await this.#record.record({ type: 'StartRun', digest, voters: votersOf(this.#parts, this.#record.state), breakers: breakersOf(this.#parts, this.#record.state), differences }, this.#followOn());
  }

  /** What becomes ready by an append begins in that append, where nothing stands before it. */
  #followOn(): FollowOn {
    return {
      commands: (after) => {
        if (this.isOver || this.#ended) return [];
        const move = nextMove(after, this.#record.now(), new Set(this.#inHand.keys()), votersOf(this.#parts, after), breakersOf(this.#parts, after));
        if (move.do !== 'begin') return [];
        const steps = move.steps.filter((step) => !this.#beginning.has(step.id) && beginsUnprepared(this.#parts, step));
        return steps.map((step) => ({ type: 'BeginStep', step: step.id, token: this.#record.token, owner: this.#owner() }));
      },
      appended: (after) => { for (const step of after.steps) if (step.status === 'running') this.#launchUntouched(step); },
    };
  }

  /**
   * Carries out an attempt whose intent this very owner has recorded and not acted on: just now, or the answer to the append was lost with PostgreSQL's
   * connection. False where it is another's, or in hand, or was.
   */
  #launchUntouched(step: StepState): boolean {
    const { state, token } = this.#record;
    const planned = state.plan?.steps.find((other) => other.id === step.id);
    if (planned === undefined || step.token !== token || this.#beginning.has(step.id) || this.#begun.has(keyOf(step))) return false;
    // Somebody may have ended the run meanwhile.
    const mayAct = state.phase === 'running' || (state.phase === 'voting' && planned.prepare);
    if (!mayAct || this.#ended || this.#lost.signal.aborted || !beginsUnprepared(this.#parts, planned)) return false;
    this.#launch(planned, step.attempt, new AbortController());
    return true;
  }

  #owner(): StepOwner {
    return { worker: this.#parts.worker, identity: this.#parts.world.identity };
  }

  /** Undefined while the live system cannot be read: the board says so, and a little later it is tried again. */
  async #differences(): Promise<readonly FactDifference[] | undefined> {
    const { state } = this.#record;
    try {
      return await differencesNow(this.#parts, state, this.#lost.signal);
    } catch (error) {
      if (!(error instanceof FactsUnreadable)) throw error;
      await this.#parts.store.saveProgress(state.id, '', `${error.message}; trying again`);
      await this.#pause(this.#record.now() + unreadableMs);
      return undefined;
    }
  }

  async #beginAll(steps: readonly PlannedStep[]): Promise<void> {
    for (const { id } of steps) this.#beginning.add(id);
    try {
      for (const step of steps) await this.#begin(step);
    } finally {
      for (const { id } of steps) this.#beginning.delete(id);
    }
  }

  async #begin(planned: PlannedStep): Promise<void> {
    const action = actionOf(this.#parts, planned);
    const instructions = action.awaits?.(planned.with, factsFor(planned, this.#record.state.plan?.facts ?? []));
    if (instructions !== undefined) {
      await this.#record.record({ type: 'AwaitPerson', step: planned.id, instructions });
      return;
    }
    if (planned.destructive) {
      const differences = await this.#differences();
      if (differences === undefined) return;
      if (differences.length > 0) {
        await this.#record.record({ type: 'ReportDrift', differences });
        return;
      }
    }
    const attempt = (stepState(this.#record.state, planned.id)?.attempt ?? 0) + 1;
    const stop = new AbortController();
    const undo = await prepareUndo(this.#parts, this.#record.state, planned, attempt, this.#lost.signal).catch((error: unknown) => ({ failed: this.#parts.world.mask(String(error)) }));
    const couldNotSave = undo !== undefined && typeof undo['failed'] === 'string' ? undo['failed'] : undefined;
    const refusal = await this.#record.record({ type: 'BeginStep', step: planned.id, token: this.#record.token, owner: this.#owner(), ...(undo === undefined ? {} : { undo }) });
    const begun = stepState(this.#record.state, planned.id);
    // Refused because votes, a stop or another append came first: the next look decides. Refused as started already under this very lease: the answer to the
    // append was lost with PostgreSQL's connection, the intent is on record, and nobody has acted on it.
    if (refusal !== undefined && refusal.code !== 'step-already-started') return;
    if (begun?.status !== 'running' || begun.attempt !== attempt || begun.token !== this.#record.token) return;
    if (couldNotSave !== undefined) {
      // Rule 9: what will be lost is saved first; what cannot be saved is not touched.
      await this.#record.record({ type: 'FailStep', step: planned.id, attempt, error: { code: 'not-saved', message: `What it replaces could not be saved: ${couldNotSave}` }, retryable: false });
      return;
    }
    this.#launch(planned, attempt, stop);
  }

  #launch(planned: PlannedStep, attempt: number, stop: AbortController): void {
    const state = this.#record.state;
    this.#begun.add(keyOf({ ...stepState(state, planned.id), id: planned.id, attempt }));
    const work = async (): Promise<void> => {
      const outcome = await executeStep(this.#parts, state, planned, attempt, stop.signal);
      if (this.#lost.signal.aborted) return;
      await this.#conclude(planned, attempt, outcome);
      if (!planned.prepare) this.#lookAtService(state, planned.effect !== 'read');
    };
    const done = work().catch((error: unknown) => { this.#failure ??= error; }).finally(() => {
      // Its outcome is on record by now, so the next attempt may have taken its place already.
      if (this.#inHand.get(planned.id)?.stop === stop) this.#inHand.delete(planned.id);
      this.#wake?.();
    });
    this.#inHand.set(planned.id, { stop, done });
  }

  async #conclude(planned: PlannedStep, attempt: number, outcome: AttemptOutcome): Promise<void> {
    const of = { step: planned.id, attempt };
    switch (outcome.kind) {
      case 'succeeded':
        await this.#record.record({ type: 'SucceedStep', ...of, receipt: outcome.receipt }, this.#followOn());
        return;
      case 'failed':
        await this.#record.record({ type: 'FailStep', ...of, error: outcome.error, retryable: outcome.retryable }, this.#followOn());
        return;
      case 'aborted': {
        const step = stepState(this.#record.state, planned.id);
        if (step !== undefined) await this.#settle(step);
        return;
      }
      default:
        throw new Error(`unreachable: ${JSON.stringify(outcome satisfies never)}`);
    }
  }

  async #settle(step: StepState): Promise<void> {
    const planned = this.#record.state.plan?.steps.find((other) => other.id === step.id);
    if (planned === undefined) throw new Error(`step ${step.id} is running but not in the plan`);
    const settled = await settleStep(this.#parts, this.#record.state, planned, step, this.#lost.signal);
    const of = { step: step.id, attempt: step.attempt };
    if (settled.kind === 'happened') await this.#record.record({ type: 'SucceedStep', ...of, receipt: settled.receipt, found: 'probe' });
    else if (settled.kind === 'unknown') await this.#record.record({ type: 'LoseStep', ...of, saw: settled.saw });
    else if (this.#record.state.phase === 'running' || (this.#record.state.phase === 'voting' && planned.prepare)) {
      await this.#record.record({ type: 'InterruptStep', ...of, note: settled.saw, again: step.attempt < maxInterruptions });
    } else {
      await cleanUp(this.#parts, this.#record.state, planned, step, this.#lost.signal);
      await this.#record.record({ type: 'CancelStep', ...of, note: settled.saw });
    }
  }

  /** Until a step in hand ends, somebody nudges, or the instant comes. */
  async #pause(at?: number): Promise<void> {
    if (this.#woken || this.#failure !== undefined) return;
    await new Promise<void>((resolve) => {
      const timer = at === undefined ? undefined : setTimeout(resolve, Math.min(Math.max(at - this.#record.now(), 0), longestTimerMs));
      this.#wake = () => { clearTimeout(timer); resolve(); };
    });
    this.#wake = undefined;
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure instanceof Error ? this.#failure : new Error('a step ended with something that is no error', { cause: this.#failure });
  }
}

/** One attempt: a later plan of the run may count a step's attempts anew. */
function keyOf({ id, attempt, startedAt }: Pick<StepState, 'id' | 'attempt' | 'startedAt'>): string {
  return `${id}/${attempt}/${startedAt ?? 0}`;
}

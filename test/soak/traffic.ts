import { setTimeout as delay } from 'node:timers/promises';
import { median } from '../../bench/line.js';
import type { RunState } from '../../src/run/state.js';
import type { ChaosWorld } from '../chaos/world/chaos-world.js';
import { Robot } from '../chaos/world/robot.js';
import { slackChat, telegramChat } from '../chaos/world/robot-chat.js';
import { eventually } from '../support/eventually.js';
import { type End, ends, type SoakTarget } from './soak-targets.js';

/** Whoever gives a run up leaves its target locked for the rest of the soak: people wait, however far behind the machine is. */
const patienceMs = 3_600_000;

/** What people wait for. */
export class Latencies {
  #plans: number[] = [];
  #starts: number[] = [];

  plan(ms: number): void {
    this.#plans.push(ms);
  }

  start(ms: number): void {
    this.#starts.push(ms);
  }

  /** Medians of what came since the last time. */
  take(): { readonly planMs: number | undefined; readonly startMs: number | undefined } {
    const [plans, starts] = [this.#plans, this.#starts];
    [this.#plans, this.#starts] = [[], []];
    const of = (values: readonly number[]): number | undefined => (values.length === 0 ? undefined : Math.round(median(values)));
    return { planMs: of(plans), startMs: of(starts) };
  }
}

/** Runs of all ends at a steady rate, each on a target that is free. */
export class Traffic {
  /** What did not end as it should have. */
  readonly problems: string[] = [];
  /** Ended runs by their end. */
  readonly played: Record<string, number> = {};
  /** Runs that were due while every target of their end was taken. */
  late = 0;
  readonly #world: ChaosWorld;
  readonly #free: SoakTarget[];
  readonly #latencies: Latencies;
  readonly #live = new Set<Promise<void>>();

  constructor(world: ChaosWorld, targets: readonly SoakTarget[], latencies: Latencies) {
    this.#world = world;
    this.#free = [...targets];
    this.#latencies = latencies;
  }

  /** Begins a run every so many milliseconds, each of the next end of `order`, until told otherwise. */
  async begin(order: readonly End[], everyMs: number, isOver: () => boolean): Promise<void> {
    const from = performance.now();
    for (let nth = 0; ; nth += 1) {
      await delay(Math.max(0, from + nth * everyMs - performance.now()));
      if (isOver()) return;
      this.beginOne(order[nth % order.length] ?? 'verified');
    }
  }

  /** Begins a run that is to end so, where a target of that end is free. */
  beginOne(end: End): void {
    const nth = this.#free.findIndex((target) => target.end === end);
    const [target] = nth < 0 ? [] : this.#free.splice(nth, 1);
    if (target === undefined) {
      this.late += 1;
      return;
    }
    const run = this.#play(target).catch((error: unknown) => { this.problems.push(`${target.id}: ${error instanceof Error ? error.message : String(error)}`); });
    const ended = run.then(() => { this.#live.delete(ended); this.#free.push(target); });
    this.#live.add(ended);
  }

  /** Resolves when no run is under way. */
  async ended(): Promise<void> {
    await Promise.all(this.#live);
  }

  async #play(target: SoakTarget): Promise<void> {
    const world = this.#world;
    const chat = target.group === undefined ? slackChat(world.workspace, target.channel) : telegramChat(world.workspace, target.group);
    const robot = new Robot(world, target, { votes: target.end === 'rejected' ? 'reject' : target.end === 'expired' ? 'nobody' : 'approve', chat, patienceMs });
    const asked = performance.now();
    const run = await robot.request();
    await eventually(() => chat.buttons(run, 'Approve').length > 0, patienceMs);
    this.#latencies.plan(performance.now() - asked);
    const state = await robot.carryThrough(run);
    if (state.startedAt !== undefined) this.#latencies.start(firstStartOf(state) - robot.lastVoteAt);
    this.played[target.end] = (this.played[target.end] ?? 0) + 1;
    if (state.outcome !== ends[target.end]) this.problems.push(`run ${run} ended ${String(state.outcome)} in place of ${ends[target.end]}: ${state.endReason ?? state.planningError?.message ?? ''}`);
  }
}

/** When the first step that waits for votes began. */
function firstStartOf({ steps }: RunState): number {
  return Math.min(...steps.filter(({ id }) => id !== 'backup').map(({ firstStartedAt }) => firstStartedAt ?? Infinity));
}

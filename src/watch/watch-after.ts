import type { Config } from '../config.js';
import type { WatchStart } from '../ports/watches.js';
import type { RunEvent } from '../run/events.js';
import type { RunState } from '../run/state.js';
import { watchedKinds } from './policy.js';

/**
 * What the end of a run means for watches: it may start its own, and it ends the one before. Undefined where it changes nothing. Stored in the append that ends the run, so
 * that there is exactly one.
 */
export function watchAfter(config: Config, events: readonly RunEvent[], { id, target, kind, outcome, plan }: RunState): WatchStart | undefined {
  const ended = events.some(({ type }) => type === 'RunEnded') && (outcome === 'verified' || outcome === 'finished-not-verified');
  const watched = watchedKinds.find((one) => one === kind);
  if (!ended || watched === undefined) return undefined;
  const policy = config.targets[target]?.watch;
  // Whatever its runbook is called: what a migration's watch looked at is left, and what it kept is the live system again.
  const returned = watched === 'rollback' && plan?.verdict.scenario !== undefined;
  const own = policy?.after.includes(watched) === true ? policy : undefined;
  // A rollback took back what was watched, whether it is watched itself or not.
  if (own === undefined && watched !== 'rollback') return undefined;
  return {
    run: id, target, kind: watched, returned,
    ...(own === undefined ? {} : { start: { forMs: own.forMs, rules: own.rules.map(({ name }) => name), ...(own.keepMs === undefined || watched !== 'migration' ? {} : { keepMs: own.keepMs }) } }),
  };
}

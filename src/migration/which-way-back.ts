import type { RunState } from '../run/state.js';

/** A target's runbook for the way back from a migration, under `runbooks:`. */
export const returnRunbook = 'return';

/**
 * Whether "take it back" means back to the old server: the last thing that people did to the target is a migration, and the old server is still kept. Whoever names a release means the release.
 * `runs`: of the target, newest first. Pure.
 */
export function isReturnMeant(runs: readonly RunState[], now: number, keepMs: number): boolean {
  const last = runs.find(({ kind, startedAt, phase }) => phase === 'ended' && startedAt !== undefined && (kind === 'migration' || kind === 'rollback' || kind === 'upgrade'));
  if (last === undefined) return false;
  // A return that did not come to its end has still to be made.
  if (last.kind === 'rollback') return last.plan?.verdict.scenario !== undefined && last.outcome === 'stopped' && isKept(last, now, keepMs);
  return last.kind === 'migration' && isKept(last, now, keepMs);
}

function isKept({ endedAt }: RunState, now: number, keepMs: number): boolean {
  return endedAt !== undefined && now - endedAt <= keepMs;
}

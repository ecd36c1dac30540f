import type { RunEvent } from '../src/run/events.js';
import type { RunState } from '../src/run/state.js';
import type { Parts } from './parts.js';

/** One structured line when a rollback begins to act, one when it has ended: what a playbook wants to find in the logs. The record itself is in `events`. */
export function logRollback(log: Parts['log'], events: readonly RunEvent[], { id, kind, target, plan, startedAt, outcome }: RunState): void {
  if (kind !== 'rollback' || startedAt === undefined) return;
  const of = { run: id, target, from: plan?.from?.name ?? null, to: plan?.to?.name ?? null };
  for (const { type } of events) {
    if (type === 'RunStarted') log.info({ event: 'rollback_start', ...of }, 'rollback started');
    if (type === 'RunEnded') log.info({ event: 'rollback_end', ...of, success: outcome === 'verified', outcome: outcome ?? null }, 'rollback ended');
  }
}

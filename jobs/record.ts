import type { AppendRequest, AppendResult, OutgoingMessage, RunHead, WakeUp } from '../src/ports/store.js';
import { backupsTaken } from '../src/run/backups-taken.js';
import { preflightsRecorded } from '../src/run/preflights-recorded.js';
import { consequencesOf } from '../src/run/consequences.js';
import type { RunEvent } from '../src/run/events.js';
import { evolve, replay } from '../src/run/evolve.js';
import type { RunState } from '../src/run/state.js';
import { announcements } from './announce.js';
import { boardAddresses } from './board-addresses.js';
import { breakersOf, votersOf, type Parts } from './parts.js';
import { logRollback } from './rollback-lines.js';
import { wayBackRequest } from './way-back-request.js';
import { watchAfter } from '../src/watch/watch-after.js';

/** A run as it is on record, and PostgreSQL's clock when it was read. */
export interface LoadedRun {
  readonly state: RunState;
  readonly head: RunHead;
  readonly now: number;
  /** This process's monotonic clock at that moment. */
  readonly readAt: number;
}

/** Throws StoreError. A run that does not exist has phase `new`. */
export async function loadRun(parts: Pick<Parts, 'store'>, id: string): Promise<LoadedRun> {
  const { events, head, now } = await parts.store.load(id);
  return { state: replay(id, events), head, now, readAt: performance.now() };
}

export interface AppendOptions {
  readonly token?: number;
  readonly delivery?: { readonly id: string; readonly outcome: string };
  readonly messages?: readonly OutgoingMessage[];
  /** The run's owner appends and goes on itself; anybody else wakes the owner, also when it goes on with the run itself: should it die before, nobody has to notice. */
  readonly wakeOwner: boolean;
}

/** Appends decided events with everything that follows from them, in one transaction. On `appended` the run is returned as it is now, and whether its owner has something to do. */
export async function appendEvents(parts: Parts, run: LoadedRun, events: readonly RunEvent[], options: AppendOptions): Promise<AppendResult & { readonly run?: LoadedRun; readonly due?: boolean }> {
  const after = events.reduce(evolve, run.state);
  const voters = votersOf(parts, after);
  const { urgent, lock, wakeAt, due } = consequencesOf(events, after, run.now, voters, breakersOf(parts, after));
  const boards = boardAddresses(parts.config, after);
  const wake: readonly WakeUp[] = options.wakeOwner && due ? [{ queue: 'work', do: 'run', id: after.id }] : [];
  const messages = [...(options.messages ?? []), ...announcements(parts.config, events, run.state, after, boards, voters)];
  const backups = backupsTaken(events, after);
  const preflights = preflightsRecorded(events, after);
  const watch = watchAfter(parts.config, events, after);
  const wayBack = wayBackRequest(parts.config, events, after);
  const request: AppendRequest = {
    run: after.id, expected: run.head, events, urgent, wake, boards, messages,
    summary: { target: after.target, kind: after.kind, phase: after.phase, title: after.title, ...(after.outcome === undefined ? {} : { outcome: after.outcome }), ...(wakeAt === undefined ? {} : { wakeAt }) },
    ...(options.token === undefined ? {} : { token: options.token }),
    ...(options.delivery === undefined ? {} : { delivery: options.delivery }),
    ...(lock === undefined ? {} : { lock }),
    ...(backups.length === 0 ? {} : { backups }),
    ...(preflights.length === 0 ? {} : { preflights }),
    ...(wayBack === undefined ? {} : { asks: [wayBack] }),
    ...(watch === undefined ? {} : { watch }),
  };
  const result = await parts.store.append(request);
  if (result.status !== 'appended') return result;
  logRollback(parts.log, events, after);
  // Progress may wait for the relay's next round, as its edits may: a round for each step would cost more than the step's own append.
  if (urgent || wake.length > 0 || messages.length > 0 || wayBack !== undefined) parts.nudgeRelay();
  return { ...result, run: { ...run, state: after, head: result.head }, due };
}

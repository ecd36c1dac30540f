import { membersOf, rosterOf } from '../src/approval/roster.js';
import type { Config } from '../src/config.js';
import type { PersonId } from '../src/person.js';
import type { Log } from '../src/ports/log.js';
import type { Queue } from '../src/ports/queue.js';
import type { Store } from '../src/ports/store.js';
import type { World } from '../src/ports/world.js';
import type { RunState } from '../src/run/state.js';
import type { RegisteredAction } from './actions/define-action.js';

/** What a worker works with. */
export interface Parts {
  /** This worker process's name, unique for ever. */
  readonly worker: string;
  readonly store: Store;
  readonly queue: Queue;
  readonly config: Config;
  readonly actions: ReadonlyMap<string, RegisteredAction>;
  readonly world: World;
  readonly log: Log;
  /** Carries wake-ups that were just stored to the queue without waiting for the next round. */
  readonly nudgeRelay: () => void;
}

/** Who may vote on the run's plan and answer its questions, by the groups of this moment. */
export function votersOf(parts: Pick<Parts, 'config'>, state: RunState): readonly PersonId[] {
  const names = state.plan?.policy.from ?? parts.config.targets[state.target]?.approval.from ?? [];
  return membersOf(rosterOf(parts.config), names);
}

/** Who may start the run's plan alone, by the groups of this moment. */
export function breakersOf(parts: Pick<Parts, 'config'>, state: RunState): readonly PersonId[] {
  return membersOf(rosterOf(parts.config), state.plan?.policy.breakGlass ?? []);
}

import type { RunKind } from '../command/command.js';
import type { Actor, PersonId, Place } from '../person.js';
import type { RaisedBy, RunOutcome } from '../run/events.js';
import type { HealthReading, MessageView } from './view.js';

/** What replies need beside their input. */
export interface ReplyView extends MessageView {
  /** What comes before a command's words: "/rollback" in chat, as configured. */
  readonly command: string;
}

/** One line of `targets`. */
export interface TargetSummary {
  readonly id: string;
  readonly title: string;
  readonly environment: string;
  /** Names of releases, as observed last. */
  readonly running?: string;
  readonly lastGood?: string;
  readonly health?: HealthReading;
  /** Id of the run that holds the lock. */
  readonly liveRun?: string;
  /** The line of the user's file that still names the bad release. */
  readonly held?: string;
}

/** One line of `history`. Instants are milliseconds since the epoch. */
export interface HistoryEntry {
  readonly run: string;
  readonly target: string;
  readonly kind: RunKind;
  readonly from?: string;
  readonly to?: string;
  readonly requestedAt: number;
  readonly endedAt?: number;
  /** Absent while the run is live. */
  readonly outcome?: RunOutcome;
  readonly requester: PersonId;
  readonly approvers: readonly PersonId[];
  readonly reason?: string;
  /** Set where planb asked by itself, in the requester's name. */
  readonly raisedBy?: Pick<RaisedBy, 'source' | 'name'>;
}

/** Who asked `whoami`, where, and what planb.yaml makes of it. */
export interface Identity {
  readonly actor: Actor;
  readonly place: Place;
  readonly person?: PersonId;
  readonly groups: readonly string[];
}

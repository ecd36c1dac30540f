import type { Locale } from '../config.js';
import type { PersonId } from '../person.js';
import type { ButtonAction } from './model.js';

/** The latest reading of a target's service. Instants are milliseconds since the epoch. */
export interface HealthReading {
  readonly state: 'up' | 'down' | 'unclear';
  /** Since when it has been so, as far as planb saw. */
  readonly since?: number;
  /** A few words: "503", "connection refused". */
  readonly detail?: string;
  readonly readAt: number;
  /** The release that was seen running at that time. */
  readonly running?: string;
}

/** From the first bad reading to the first good one; `until` absent while it lasts. */
export interface Outage {
  readonly from: number;
  readonly until?: number;
}

/** What a pressed button means, stored under its opaque id. */
export interface ButtonMeaning {
  readonly digest?: string;
  readonly step?: string;
  readonly attempt?: number;
}

/** What every message needs beside the run: the language, the time, the names. `now` is milliseconds since the epoch by PostgreSQL's clock. */
export interface MessageView {
  readonly locale: Locale;
  readonly now: number;
  /** The name of a person, for sentences. */
  readonly people: (id: PersonId) => string;
}

/** What a board shows beside the run itself: readings that move, names, and the ids of its buttons. */
export interface BoardView extends MessageView {
  /** The people whom the plan's policy names, by the groups of this moment: they may vote and answer. Empty while no plan is known. */
  readonly voters: readonly PersonId[];
  /** Who may start the plan alone, at this moment. */
  readonly breakers?: readonly PersonId[];
  readonly health?: HealthReading;
  readonly outage?: Outage;
  /** Step id → transient progress line ("42 % of 1.1 GB"). */
  readonly progress?: Readonly<Record<string, string>>;
  /** How far planning is ("pulling repo/app:1.0.0: 3 of 7 layers"); later, why the live system cannot be read. */
  readonly planningProgress?: string;
  /** The line of the user's own file that still names the bad release, where the target is held. */
  readonly held?: string;
  /** What planb asks for by itself once the run is stopped: the return to the old server, or the release that ran before. */
  readonly afterStop?: 'return' | 'release';
  /** A channel that is only told: the board has no buttons. */
  readonly readOnly?: boolean;
  /** An opaque id of at most 40 ASCII characters; the caller stores what it means. */
  readonly buttonId: (action: ButtonAction, meaning: ButtonMeaning) => string;
}

/** What Details needs: names and times only. */
export type DetailsView = Pick<BoardView, 'locale' | 'now' | 'people' | 'voters' | 'health' | 'held'> & {
  /** How far the record goes: its last event, and the hash (hex) that covers all. */
  readonly head?: { readonly version: number; readonly hash: string };
};

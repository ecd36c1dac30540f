import type { Locale } from '../config.js';
import type { PersonId } from '../person.js';
import type { SeenOutage } from '../ports/preflights.js';
import type { RunEvent } from '../run/events.js';
import type { RunState } from '../run/state.js';

/** Everything that a report is made of. Instants are milliseconds since the epoch. */
export interface ReportInput {
  readonly state: RunState;
  /** The run's record, whole. */
  readonly events: readonly RunEvent[];
  readonly locale: Locale;
  readonly now: number;
  /** The name of a person, for sentences. */
  readonly people: (id: PersonId) => string;
  /** When planb first saw the release that the run leaves; absent: it never saw it running. */
  readonly liveSince?: number;
  /** Outages that overlap the time from the release's going live to the run's end, in order. */
  readonly outages: readonly SeenOutage[];
  /** How far the record goes: its last event, and the hash (hex) that covers it and all before. */
  readonly head?: { readonly version: number; readonly hash: string };
  /** The head's signature (base64), and the short name of the key that made it. */
  readonly signed?: { readonly key: string; readonly signature: string };
  /** What of the target's own files still names the release. */
  readonly held?: string;
}

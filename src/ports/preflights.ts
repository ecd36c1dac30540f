import type { PastMigration } from '../migration/past.js';
import type { Release } from '../plan/plan.js';

/** How a health address answered when all was well. */
export interface HealthBaseline {
  /** Masked. */
  readonly url: string;
  /** A few words: `200`. */
  readonly saw: string;
  /** Of the median answer, milliseconds. */
  readonly ms: number;
}

/** What a preflight found running and healthy: the last known good release of its target. Instants are milliseconds since the epoch. */
export interface PreflightRecord {
  readonly target: string;
  readonly run: string;
  readonly step: string;
  readonly release: Release;
  /** The git commit that the release was built from, where something says so. */
  readonly commit?: string;
  readonly health: readonly HealthBaseline[];
  readonly recordedAt: number;
}

/** An outage that planb saw: from the first bad reading to the first good one; without `until` it lasts. */
export interface SeenOutage {
  readonly from: number;
  readonly until?: number;
  /** What the first bad reading saw. */
  readonly saw: string;
}

/** What planb's own database remembers of a target for plans, checks and reports. */
export interface PreflightStore {
  /** The newest first. What runs record is stored with their receipts (`AppendRequest.preflights`). */
  preflightsOf(target: string, limit: number): Promise<readonly PreflightRecord[]>;
  /** Outages that had not ended at `from` and began before `until`, in order. */
  outagesOf(target: string, from: number, until: number): Promise<readonly SeenOutage[]>;
}

/** What an action knows of its target's preflights. */
export interface TargetRecords {
  /** Undefined: there was none. */
  readonly lastPreflight: () => Promise<PreflightRecord | undefined>;
  /** The releases that planb may need again, of this and every other target: last known good ones, and those that live plans leave or go to. */
  readonly neededReleases: () => Promise<readonly Release[]>;
  /** What the target's runs say about its move to another server. */
  readonly migrations: () => Promise<PastMigration>;
}

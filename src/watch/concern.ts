import { createHash } from 'node:crypto';
import type { ConcernLevel } from './policy.js';

/** Something that may be a reason to go back: a rule of a watch that holds, or an alert that fires; and its end. */
export interface Concern {
  /** Names one bad period: the same in what opens and what ends it. */
  readonly key: string;
  readonly source: 'rule' | 'alert';
  readonly status: 'holds' | 'over' | 'unread';
  /** The rule's name, or the alert's. */
  readonly name: string;
  readonly level: ConcernLevel;
  readonly target: string;
  /** The run whose watch it is. */
  readonly watch?: string;
  /** Milliseconds since the epoch: when it became bad, and when this was said. */
  readonly since: number;
  readonly at: number;
  /** What was seen, masked, a few words with numbers. */
  readonly saw: string;
  /** How long it had to last. */
  readonly lasting?: number;
}

/** One period is told once, whoever tells it: the delivery's id. */
export function concernDelivery({ key, status }: Pick<Concern, 'key' | 'status'>): string {
  return `planb:concern:${status}:${key}`;
}

export function ruleKey(watch: string, rule: string, since: number): string {
  return createHash('sha256').update(JSON.stringify([watch, rule, since])).digest('hex').slice(0, 24);
}

/** An alert of Alertmanager as planb keeps it. */
export interface Alert {
  readonly key: string;
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly startsAt: number;
}

/** One alert has one key, however often Alertmanager repeats it; one that fires anew begins at another instant. */
export function alertKey(groupKey: string, fingerprint: string, startsAt: string): string {
  return createHash('sha256').update(JSON.stringify([groupKey, fingerprint, startsAt])).digest('hex').slice(0, 24);
}

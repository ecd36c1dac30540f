import type { Json } from '../plan/plan.js';

/** What one look at a rule saw. `unread`: it could not be told, for example since Prometheus did not answer. `saw` is masked. */
export interface Reading {
  readonly result: 'good' | 'bad' | 'unread';
  readonly saw: string;
  /** What the next look has to know of this one: counts, a baseline. Absent: as before. */
  readonly memory?: { readonly [key: string]: Json };
}

/** What is kept of a rule between two looks. Instants are milliseconds since the epoch by PostgreSQL's clock. */
export interface RuleState {
  readonly readAt?: number;
  readonly saw?: string;
  /** Since when every look that could tell was bad; absent: it is good. */
  readonly badSince?: number;
  /** It was said that it holds, for this bad period. */
  readonly saidAt?: number;
  readonly unreadSince?: number;
  readonly unreadSaid?: boolean;
  /** Bad periods that lasted long enough to be said, and all others. */
  readonly held: number;
  readonly brief: number;
  readonly longestMs: number;
  readonly memory?: { readonly [key: string]: Json };
}

export const newRule: RuleState = { held: 0, brief: 0, longestMs: 0 };

/** `holds`: it was bad for as long as the rule says, said once a bad period. `over`: a period that was said has ended. `unread`: nobody can tell for so long. */
export type RuleTurn =
  | { readonly kind: 'holds'; readonly since: number; readonly saw: string }
  | { readonly kind: 'over'; readonly since: number; readonly saw: string }
  | { readonly kind: 'unread'; readonly since: number; readonly saw: string };

/** A watch that sees nothing has to say so, however short the rule's own patience is. */
const leastUnreadMs = 10 * 60_000;

/**
 * The state after one more look, and what has to be said because of it. Pure. A look that could not tell neither ends a bad period nor makes one long enough: only a
 * look that saw it bad says that it holds.
 */
export function judgeRule(lastingMs: number, before: RuleState, reading: Reading, at: number): { readonly state: RuleState; readonly turn?: RuleTurn } {
  const { unreadSince, unreadSaid, ...known } = before;
  const seen: RuleState = { ...known, readAt: at, saw: reading.saw, ...(reading.memory === undefined ? {} : { memory: reading.memory }) };
  switch (reading.result) {
    case 'unread': {
      const since = unreadSince ?? at;
      const say = unreadSaid !== true && at - since >= Math.max(lastingMs, leastUnreadMs);
      const state: RuleState = { ...seen, unreadSince: since, ...(unreadSaid === true || say ? { unreadSaid: true } : {}) };
      return say ? { state, turn: { kind: 'unread', since, saw: reading.saw } } : { state };
    }
    case 'bad': {
      // A clock that went back would make it wait for as long as that was.
      const since = before.saidAt === undefined ? Math.min(before.badSince ?? at, at) : (before.badSince ?? at);
      const bad: RuleState = { ...seen, badSince: since, longestMs: Math.max(before.longestMs, at - since) };
      if (before.saidAt !== undefined || at - since < lastingMs) return { state: bad };
      return { state: { ...bad, saidAt: at, held: before.held + 1 }, turn: { kind: 'holds', since, saw: reading.saw } };
    }
    case 'good': {
      const { badSince, saidAt, ...rest } = seen;
      if (badSince === undefined) return { state: rest };
      const ended: RuleState = { ...rest, longestMs: Math.max(before.longestMs, at - badSince) };
      return saidAt === undefined ? { state: { ...ended, brief: before.brief + 1 } } : { state: ended, turn: { kind: 'over', since: badSince, saw: reading.saw } };
    }
    default:
      return reading.result satisfies never;
  }
}

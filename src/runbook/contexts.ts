import type { Channel, Target } from '../config.js';
import type { Fact, JsonObject } from '../plan/plan.js';
import type { Verdict } from '../verdict/verdict.js';

/** What expressions read as `target`: its `with`, and what it is called. Secrets stay references. */
export function targetContext(target: Target): JsonObject {
  return { ...target.with, id: target.id, title: target.title, environment: target.environment };
}

/** What expressions read as `channel`; a platform that the channel is not on is null. */
export function channelContext(channel: Channel): JsonObject {
  const { id, locale, slack, telegram } = channel;
  return { id, locale, slack: slack ?? null, telegram: telegram === undefined ? { channel: null, thread: null } : { channel: telegram.channel, thread: telegram.thread ?? null } };
}

/** What expressions read as `facts['…']`. */
export function factsContext(facts: readonly Fact[]): JsonObject {
  return Object.fromEntries(facts.map(({ key, value }) => [key, value]));
}

/** What expressions read as `verdict`. */
export function verdictContext(verdict: Verdict): JsonObject {
  return { kind: verdict.kind, reasons: verdict.reasons.map(({ text }) => text), lost: verdict.lost };
}

import type { Scope } from '../command/command.js';
import type { Channel, Target } from '../config.js';
import type { Fact, JsonObject } from '../plan/plan.js';
import type { Verdict } from '../verdict/verdict.js';
import type { Runbook } from './runbook.js';
import { fillSettings } from './target-settings.js';

/** What expressions read as `target`: its `with` as the runbook declares it, and what it is called. Secrets stay references. */
export function targetContext(target: Target, { settings }: Pick<Runbook, 'settings'>): JsonObject {
  return { ...fillSettings(settings, target.with), id: target.id, title: target.title, environment: target.environment };
}

/** What expressions read as `channel`; a platform that the channel is not on is null. */
export function channelContext(channel: Channel): JsonObject {
  const { id, locale, slack, telegram } = channel;
  return { id, locale, slack: slack ?? null, telegram: telegram === undefined ? { channel: null, thread: null } : { channel: telegram.channel, thread: telegram.thread ?? null } };
}

/** What expressions read as `run`. */
export function runContext({ id, scope }: { readonly id: string; readonly scope?: Scope }, from: string | undefined): JsonObject {
  return { id, scope: scope ?? null, from: from ?? null };
}

/** What expressions read as `facts['…']`. */
export function factsContext(facts: readonly Fact[]): JsonObject {
  return Object.fromEntries(facts.map(({ key, value }) => [key, value]));
}

/** What expressions read as `verdict`. */
export function verdictContext(verdict: Verdict): JsonObject {
  return { kind: verdict.kind, reasons: verdict.reasons.map(({ text }) => text), lost: verdict.lost, scenario: verdict.scenario?.kind ?? null, data: verdict.scenario?.data ?? null, reachable: verdict.scenario?.reachable ?? null, since: verdict.scenario?.since ?? null, moment: momentOf(verdict) };
}

/** `since` as people read it: "2026-11-20 14:54 UTC". */
function momentOf({ scenario }: Verdict): string | null {
  return scenario?.since === undefined ? null : `${scenario.since.slice(0, 16).replace('T', ' ')} UTC`;
}

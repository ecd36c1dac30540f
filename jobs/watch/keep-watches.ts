import type { ClaimedRule, WatchRecord } from '../../src/ports/watches.js';
import { ruleKey, type Concern } from '../../src/watch/concern.js';
import { judgeRule, type RuleState, type RuleTurn } from '../../src/watch/judge-rule.js';
import type { WatchPolicy, WatchRule } from '../../src/watch/policy.js';
import { keepOverNotice, summaryNotice } from '../../src/watch/say-concern.js';
import type { Parts } from '../parts.js';
import { pause } from '../sweep.js';
import { channelNotices } from './channel-notices.js';
import { concernSender } from './concern-delivery.js';
import { look, lookMs, patienceMs } from './look.js';

const roundMs = 1_000;
/** Looks of one worker at the same time. */
const most = 32;
/** Longer than any look: the claim of a worker that died runs out, and another looks. */
const leaseMs = lookMs + patienceMs + 10_000;
const batch = 20;
/** Between two looks at a rule that planb.yaml does not have at the moment. */
const absentMs = 60_000;
const absent = 'planb.yaml does not have it';
/** A target that is away from planb.yaml for so long was taken out of it; before that somebody is editing, or another machine's file is behind. */
const removedMs = 10 * 60_000;

/** Every worker's duty: takes rules whose time has come, one by one, and brings watches to their end. Runs until the signal aborts. */
export async function keepWatches(parts: Parts, signal: AbortSignal): Promise<void> {
  const looking = new Set<Promise<void>>();
  let failing = false;
  const failed = (error: unknown): void => {
    if (!failing && !signal.aborted) parts.log.warn({ error }, 'the watches could not be kept, it goes on trying');
    failing = true;
  };
  while (!signal.aborted) {
    try {
      const claims = looking.size < most ? await parts.store.claimRules(most - looking.size, leaseMs) : [];
      for (const claim of claims) {
        const one: Promise<void> = lookOnce(parts, claim, signal).catch(failed).finally(() => looking.delete(one));
        looking.add(one);
      }
      for (const watch of await parts.store.dueWatches(batch)) await goOn(parts, watch, watch.now);
      failing = false;
    } catch (error) {
      failed(error);
    }
    await pause(roundMs, signal);
  }
  await Promise.all(looking);
}

/** One look: its result, and whatever has to be said because of it, are stored together or not at all. */
async function lookOnce(parts: Parts, claim: ClaimedRule, signal: AbortSignal): Promise<void> {
  const policy = parts.config.targets[claim.target]?.watch;
  const rule = policy?.rules.find(({ name }) => name === claim.name);
  if (policy === undefined || rule === undefined) return leaveAbsent(parts, claim, policy);
  const from = performance.now();
  const reading = await look(parts, rule, claim, signal);
  // A look that this worker's end cut off saw nothing. Another worker takes it when the claim is over.
  if (signal.aborted) return;
  const tookMs = performance.now() - from;
  const { state, turn } = judgeRule(rule.lasting, claim.state, reading, claim.now + Math.round(tookMs));
  const concern = turn === undefined ? undefined : concernOf(claim, rule, turn, claim.now + Math.round(tookMs));
  const settled = await parts.store.settleRule(claim, {
    state, nextMs: Math.max(0, policy.everyMs - tookMs), deliveries: concern === undefined ? [] : [concernSender(concern)], messages: [],
  });
  if (settled && concern !== undefined) parts.nudgeRelay();
}

function concernOf({ run, target }: ClaimedRule, { name, level, lasting }: WatchRule, { kind, since, saw }: RuleTurn, at: number): Concern | undefined {
  // What was said once and quietly needs no second message.
  if (kind === 'over' && level === 'notice') return undefined;
  return { key: ruleKey(run, name, since), source: 'rule', status: kind, name, level, target, watch: run, since, at, saw, lasting };
}

/** Perhaps the rule has another name now, and must not be left alone for the rest of the watch. */
async function leaveAbsent(parts: Parts, claim: ClaimedRule, policy: WatchPolicy | undefined): Promise<void> {
  const { state: before, now } = claim;
  const since = before.saw === absent ? (before.unreadSince ?? now) : now;
  if (policy === undefined && now - since >= removedMs) return endRemoved(parts, claim);
  const state: RuleState = { ...before, unreadSince: since, unreadSaid: true, saw: absent };
  await parts.store.settleRule(claim, { state, nextMs: absentMs, deliveries: [], messages: [], ...(policy === undefined ? {} : { added: policy.rules.map(({ name }) => name) }) });
}

/** The target's watch was taken out of planb.yaml, or the target. */
async function endRemoved(parts: Parts, { run, now }: ClaimedRule): Promise<void> {
  const watch = await parts.store.watchOf(run);
  if (watch?.phase !== 'watching') return;
  // Where the target itself is gone, or has another name, there is no channel left to say it in.
  parts.log.warn({ run, target: watch.target }, 'a watch ends: planb.yaml no longer has it');
  await end(parts, watch, 'removed', now);
}

/** What a watch does by itself: it ends, and reminds of what was kept. */
async function goOn(parts: Parts, watch: WatchRecord, now: number): Promise<void> {
  if (watch.phase === 'watching') return end(parts, watch, 'time', now);
  const { run, target, version } = watch;
  const title = parts.config.targets[target]?.title ?? target;
  const messages = channelNotices(parts.config, target, `watch:${run}:kept`, (locale) => keepOverNotice(watch, title, `/${parts.config.command}`, locale));
  if (await parts.store.changeWatch(run, version, { phase: 'keeping' }, messages)) parts.nudgeRelay();
}

async function end(parts: Parts, watch: WatchRecord, ended: 'time' | 'removed', now: number): Promise<void> {
  const { run, target, version, keepUntil } = watch;
  const title = parts.config.targets[target]?.title ?? target;
  const messages = channelNotices(parts.config, target, `watch:${run}:ended`, (locale) => summaryNotice(watch, title, ended, now, locale), true);
  const change = keepUntil === undefined ? { phase: 'over' as const, ended } : { phase: 'keeping' as const, ended, nextAt: Math.max(keepUntil, now) };
  if (await parts.store.changeWatch(run, version, change, messages)) parts.nudgeRelay();
}

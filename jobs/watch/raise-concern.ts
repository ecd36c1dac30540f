import { membersOf, rosterOf } from '../../src/approval/roster.js';
import type { Scope } from '../../src/command/command.js';
import { localeOf, type Config, type Target } from '../../src/config.js';
import type { PersonId } from '../../src/person.js';
import type { BoardRecord, OutgoingMessage } from '../../src/ports/store.js';
import type { RunState } from '../../src/run/state.js';
import { concernDelivery, type Concern } from '../../src/watch/concern.js';
import { concernNotice, concernReason, moreNotice } from '../../src/watch/say-concern.js';
import { openRun, runbookFor } from '../deliveries/request-run.js';
import type { Handled, Sender } from '../deliveries/sender.js';
import type { Parts } from '../parts.js';
import { loadRun } from '../record.js';
import { newestRuns } from '../target-records.js';
import { channelNotices } from './channel-notices.js';

/** Messages of a channel go out in order, and questions wait behind what was said before them: of many reasons at the same time only so many are told one by one. */
const tellMost = 10;
const tellWithinMs = 10 * 60_000;

/** `later`: what it belongs to has not been handled yet; the sweep brings it again. */
export type Raised = Handled | 'later';

/**
 * A rule of a watch holds, or an alert fires. Critical: the way back is planned, once; where a run of the target is live, its thread is told instead. Anything else is one quiet line. Its end is one line where
 * its beginning was told.
 */
export async function raiseConcern(sender: Sender, concern: Concern): Promise<Raised> {
  const { parts } = sender;
  const target = parts.config.targets[concern.target];
  if (target === undefined) return { outcome: 'no such target', messages: [] };
  if (concern.status === 'over') return sayOver(parts, target, concern);
  if (concern.status === 'unread' || concern.level === 'notice') return tellChannel(parts, target, concern);
  const live = await parts.store.lockOf(target.id);
  if (live !== undefined) return tellRun(parts, target, concern, live.run);
  // What it is about has been taken back meanwhile, or let go.
  const ended = concern.watch === undefined ? undefined : (await parts.store.watchOf(concern.watch))?.ended;
  if (ended === 'replaced' || ended === 'done') return tellChannel(parts, target, concern, ': its watch was replaced');
  const watched = concern.watch === undefined ? undefined : (await loadRun(parts, concern.watch)).state;
  const requester = requesterFor(parts.config, target, watched);
  const runbook = await runbookFor(sender, target, { target: target.id, kind: 'rollback', params: {} });
  // Nobody may ask for it, so nobody is asked to vote on it either: that it holds is said all the same.
  if (requester === undefined || !runbook.ok) return tellChannel(parts, target, concern, ': no way back can be asked for');
  const before = watched?.kind === 'upgrade' ? watched.plan?.from?.name : undefined;
  const last = (await newestRuns(parts, target.id))[0];
  const handled = await openRun(sender, target, requester, {
    target: target.id, kind: runbook.value.kind, runbook: runbook.value.name, params: before === undefined ? {} : { to: before }, scope: scopeOf(parts.config, concern, watched),
    reason: concernReason(concern, localeOf(parts.config, target)), ...(concern.watch === undefined ? {} : { follows: concern.watch }),
    raisedBy: { source: concern.source, name: concern.name, since: concern.since, ...(concern.watch === undefined ? {} : { watch: concern.watch }), ...(last?.preapproved === undefined ? {} : { again: true }) },
  });
  if (handled !== 'locked') return handled;
  const by = await parts.store.lockOf(target.id);
  return by === undefined ? 'later' : tellRun(parts, target, concern, by.run);
}

/** In whose name it is asked: whoever asked for the run that is watched, while he may; else the first who may. */
function requesterFor(config: Config, target: Target, watched: RunState | undefined): PersonId | undefined {
  const requesters = membersOf(rosterOf(config), target.requesters);
  return requesters.find((person) => person === watched?.requester) ?? requesters[0];
}

function scopeOf(config: Config, { source, name, target }: Concern, watched: RunState | undefined): Scope {
  const rule = source === 'rule' ? config.targets[target]?.watch?.rules.find((one) => one.name === name) : undefined;
  if (rule?.check.kind === 'latency') return 'performance';
  return watched?.kind === 'migration' ? 'migration' : 'app';
}

async function tellRun(parts: Parts, target: Target, concern: Concern, run: string): Promise<Handled> {
  return few(parts, concern, `told run ${run}`, '', inThread(await parts.store.boardsOf(run), concern, target, run), target);
}

function tellChannel(parts: Parts, target: Target, concern: Concern, why = ''): Promise<Handled> {
  return few(parts, concern, `told the channel of ${target.id}`, why, inChannel(parts.config, target, concern), target);
}

/** The first ones as they are; of all others together one line that there are more. What was not told by itself, its end is not told either. */
async function few(parts: Parts, concern: Concern, outcome: string, why: string, messages: readonly OutgoingMessage[], { title }: Target): Promise<Handled> {
  const { told, since } = await parts.store.takeTelling(outcome, concernDelivery(concern), tellMost, tellWithinMs);
  if (told) return { outcome: `${outcome}${why}`, messages };
  return {
    outcome: `with others ${outcome}`,
    messages: messages.flatMap((message): readonly OutgoingMessage[] => (message.kind !== 'notice' ? [] : [{ ...message, key: `planb:concern:more:${outcome}:${String(since)}:${JSON.stringify(message.to)}`, notice: moreNotice(title, message.notice.locale) }])),
  };
}

async function sayOver(parts: Parts, target: Target, concern: Concern): Promise<Raised> {
  const begun = await parts.store.deliveryOutcome(concernDelivery({ key: concern.key, status: 'holds' }));
  if (begun === undefined) {
    // Either it is being handled, or nobody ever told of it.
    return (await parts.store.pendingDelivery(concernDelivery({ key: concern.key, status: 'holds' }))) === undefined ? { outcome: 'its beginning was not told', messages: [] } : 'later';
  }
  const run = /^(?:told )?run (\S+)$/.exec(begun.outcome)?.[1];
  if (run !== undefined) return { outcome: `told run ${run}`, messages: inThread(await parts.store.boardsOf(run), concern, target, run) };
  return begun.outcome.startsWith('told') ? { outcome: 'told', messages: inChannel(parts.config, target, concern) } : { outcome: 'its beginning was not told', messages: [] };
}

function inChannel(config: Config, { id, title }: Target, concern: Concern): readonly OutgoingMessage[] {
  return channelNotices(config, id, concernDelivery(concern), (locale) => concernNotice(concern, title, locale));
}

function inThread(boards: readonly BoardRecord[], concern: Concern, { title }: Target, run: string): readonly OutgoingMessage[] {
  return boards.map(({ id, platform, channel, thread, locale }) => ({
    kind: 'notice', key: `${concernDelivery(concern)}:${id}`, run, to: { platform, channel, ...(thread === undefined ? {} : { thread }) }, notice: concernNotice(concern, title, locale),
  }));
}

import { backupsReply } from '../../src/board/backups-reply.js';
import { helpReply, historyReply, targetsReply } from '../../src/board/list-replies.js';
import type { Line, Reply } from '../../src/board/model.js';
import type { HistoryEntry, TargetSummary } from '../../src/board/reply-input.js';
import { runStatusReply, statusReply, type LiveRun } from '../../src/board/status-reply.js';
import { whoamiReply } from '../../src/board/whoami-reply.js';
import { personOf, rosterOf } from '../../src/approval/roster.js';
import { lastKnownGood } from '../../src/plan/choose-release.js';
import type { RunState } from '../../src/run/state.js';
import { watchLine } from '../../src/watch/say-concern.js';
import { boardLink } from '../board-link.js';
import { boardView, healthReading } from '../board-view.js';
import type { Parts } from '../parts.js';
import { loadRun } from '../record.js';
import type { Handled, Sender } from './sender.js';

const listLength = 10;

export function whoami(sender: Sender): Handled {
  const { actor, place } = sender.delivery;
  const { config } = sender.parts;
  const person = personOf(rosterOf(config), actor);
  const groups = person.ok ? Object.entries(config.groups).filter(([, members]) => members.includes(person.value.id)).map(([name]) => name) : [];
  return sender.answer('whoami', whoamiReply({ actor, place, groups, ...(person.ok ? { person: person.value.id } : {}) }, sender.view()));
}

export function help(sender: Sender): Handled {
  return sender.answer('help', helpReply(sender.view()));
}

/** What is shown about systems is for the people of planb.yaml. */
async function forPeople(sender: Sender, outcome: string, reply: () => Promise<Reply>): Promise<Handled> {
  const person = sender.person();
  return person.ok ? sender.answer(outcome, await reply()) : sender.refusal(person.refusal);
}

export function targets(sender: Sender): Promise<Handled> {
  return forPeople(sender, 'targets', async () => targetsReply(await Promise.all(Object.keys(sender.parts.config.targets).map((id) => targetSummary(sender.parts, id))), sender.view()));
}

async function targetSummary({ config, store }: Parts, id: string): Promise<TargetSummary> {
  const target = config.targets[id];
  const [health, observed, lock, { [id]: held }] = await Promise.all([store.healthOf(id), store.observedReleases(id), store.lockOf(id), store.heldTargets()]);
  const running = observed[0];
  const good = lastKnownGood({ offered: [], observed, insecure: target?.insecure ?? [], ...(running === undefined ? {} : { running }) });
  return {
    id, title: target?.title ?? id, environment: target?.environment ?? '',
    ...(running === undefined ? {} : { running: running.name }), ...(good.ok ? { lastGood: good.value.name } : {}),
    ...(health === undefined ? {} : { health: healthReading(health, running?.name) }), ...(lock === undefined ? {} : { liveRun: lock.run }),
    ...(held === undefined ? {} : { held }),
  };
}

export function status(sender: Sender, run: string | undefined): Promise<Handled> {
  const { parts, delivery } = sender;
  return forPeople(sender, 'status', async () => {
    if (run !== undefined) return runStatusReply(await liveRun(sender, run));
    const live = await parts.store.runs({ live: true, limit: listLength });
    const held = Object.entries(await parts.store.heldTargets()).map(([target, line]) => ({ target, line }));
    return statusReply(await Promise.all(live.map(({ id }) => liveRun(sender, id))), held, { locale: sender.locale() }, await watchLines(sender));
  });

  async function liveRun(of: Sender, id: string): Promise<LiveRun> {
    const { state, now } = await loadRun(parts, id);
    const link = await boardLink(parts, id, delivery.place);
    return { state, view: await boardView(parts, state, of.locale(), now), ...(link === undefined ? {} : { link }) };
  }
}

async function watchLines(sender: Sender): Promise<readonly Line[]> {
  const { store, config } = sender.parts;
  return (await store.liveWatches()).map((watch) => watchLine(watch, config.targets[watch.target]?.title ?? watch.target, sender.now, sender.locale()));
}

export function history(sender: Sender, target: string | undefined): Promise<Handled> {
  return forPeople(sender, 'history', async () => {
    const runs = await sender.parts.store.runs({ limit: listLength, ...(target === undefined ? {} : { target }) });
    const entries = await Promise.all(runs.map(async ({ id }) => historyEntry((await loadRun(sender.parts, id)).state)));
    return historyReply(entries, sender.view(), target);
  });
}

function historyEntry(state: RunState): HistoryEntry {
  const { plan } = state;
  return {
    run: state.id, target: state.target, kind: state.kind, requestedAt: state.requestedAt, requester: state.requester, approvers: state.approvers.map(({ person }) => person),
    ...(plan?.from === undefined ? {} : { from: plan.from.name }), ...(plan?.to === undefined ? {} : { to: plan.to.name }),
    ...(state.endedAt === undefined ? {} : { endedAt: state.endedAt }), ...(state.outcome === undefined ? {} : { outcome: state.outcome }),
    ...(state.reason === undefined ? {} : { reason: state.reason }), ...(state.raisedBy === undefined ? {} : { raisedBy: state.raisedBy }),
  };
}

export function backups(sender: Sender, target: string): Promise<Handled> {
  return forPeople(sender, 'backups', async () => {
    return backupsReply(target, await sender.parts.store.listBackups(target), sender.view());
  });
}

import { returnedReleaseNotice } from '../src/board/notices.js';
import { membersOf, rosterOf } from '../src/approval/roster.js';
import type { Target } from '../src/config.js';
import type { Release } from '../src/plan/plan.js';
import { StoreError, type OutgoingMessage } from '../src/ports/store.js';
import type { Parts } from './parts.js';
import { heldLines } from './held.js';
import { inspectableSteps } from './planning/inspectable-steps.js';
import { readRunning } from './planning/read-releases.js';

/** Context of readings that belong to no run. */
const noRun = 'observe';

/**
 * Reads what a target runs and keeps it, so that a last known good release exists without anyone's preparation. A release that planb took back and that runs
 * again is announced: somebody's `docker compose up` has put it there.
 *
 * @returns whether it runs another release than when it was last seen
 */
export async function observeTarget(parts: Parts, target: Target, signal: AbortSignal): Promise<boolean> {
  try {
    const running = await readRunning(parts, target, await inspectableSteps(parts, target), noRun, signal);
    if (running === undefined) return false;
    const { changed, before } = await parts.store.observe(target.id, running);
    await readHeld(parts, target, signal);
    if (!changed) return false;
    parts.log.info({ target: target.id, release: running.name }, 'a target runs another release');
    const known = await parts.store.observedReleases(target.id);
    // A tag may name another image by now: the one that was taken back is meant.
    const isBad = known.some((release) => release.bad && release.name === running.name && release.digest === running.digest);
    if (isBad) await announceReturn(parts, target, running, before?.lastSeen ?? 0);
    return true;
  } catch (error) {
    if (!signal.aborted) parts.log.warn({ target: target.id, error }, 'what a target runs could not be read');
    return false;
  }
}

/** A hold that cannot be read stays as it is known: the news about what runs must not be lost with it. */
async function readHeld(parts: Parts, target: Target, signal: AbortSignal): Promise<void> {
  try {
    const lines = await heldLines(parts, target, signal);
    await parts.store.saveHeld(target.id, lines.length === 0 ? undefined : lines.join('; '));
  } catch (error) {
    if (signal.aborted || error instanceof StoreError) throw error;
    parts.log.warn({ target: target.id, error }, 'whether a target is held could not be read');
  }
}

/** `since`: when the release before was last seen, milliseconds since the epoch; the same return is told once, by however many workers it is seen. */
async function announceReturn(parts: Parts, target: Target, bad: Release, since: number): Promise<void> {
  const channel = parts.config.channels[target.channel];
  if (channel === undefined) return;
  const observed = await parts.store.observedReleases(target.id);
  const good = observed.find((release) => !release.bad && release.name !== bad.name);
  const at = await parts.store.now();
  const { [target.id]: held } = await parts.store.heldTargets();
  const mention = membersOf(rosterOf(parts.config), target.requesters);
  const notice = returnedReleaseNotice(
    { title: target.title, bad: bad.name, good: good?.name ?? '', at, mention, ...(held === undefined ? {} : { held }) },
    { locale: channel.locale, now: at, people: (id) => parts.config.people[id]?.name ?? id },
  );
  const key = `returned:${target.id}:${bad.name}:${bad.digest ?? ''}:${since}`;
  const messages: OutgoingMessage[] = [];
  if (channel.slack !== undefined) messages.push({ kind: 'notice', key: `${key}:slack`, to: { platform: 'slack', channel: channel.slack }, notice });
  if (channel.telegram !== undefined) messages.push({ kind: 'notice', key: `${key}:telegram`, to: { platform: 'telegram', ...channel.telegram }, notice });
  await parts.store.enqueueMessages(messages);
  parts.nudgeRelay();
}

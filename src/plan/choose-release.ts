import { nearestWord } from '../nearest-word.js';
import { accept, refuse, type Decision } from '../refusal.js';
import { isInsecure } from './insecure-releases.js';
import type { Release } from './plan.js';

/** What is known of the releases of a target. */
export interface ReleaseKnowledge {
  readonly running?: Release;
  /** What can be put back, newest first; empty: nobody could say. */
  readonly offered: readonly Release[];
  /** Only what is at hand is offered (images on the engine); another release may be had as well, which the action finds out. */
  readonly mayBeMore?: boolean;
  /** What planb saw running, last seen first; `bad`: planb took it back. */
  readonly observed: readonly (Release & { readonly bad: boolean })[];
  /** Releases that the target's owners know to be insecure: names, or ranges of versions. They are never proposed. */
  readonly insecure?: readonly string[];
  /** What preflights recorded as last known good, newest first. */
  readonly recorded?: readonly RecordedRelease[];
}

/** A release that a preflight found running and healthy; milliseconds since the epoch. */
export interface RecordedRelease extends Release {
  readonly recordedAt: number;
}

/** The release to go to: the one that was named, if it can be had, else the last known good. */
export function chooseRelease(named: string | undefined, known: ReleaseKnowledge): Decision<Release> {
  return named === undefined ? lastKnownGood(known) : namedRelease(named, known);
}

function namedRelease(named: string, { running, offered, mayBeMore }: ReleaseKnowledge): Decision<Release> {
  const found = offered.find((release) => release.name === named || release.digest === named);
  if (running !== undefined && (running.digest === named || isSame(found ?? { name: named }, running))) return refuse('release-is-running', { release: named });
  if (found !== undefined) return accept(found);
  // The action itself finds out whether it can be had.
  if (offered.length === 0 || mayBeMore === true) return accept({ name: named });
  const names = offered.map((release) => release.name);
  const nearest = nearestWord(named, names);
  return refuse('unknown-release', { release: named, releases: names.slice(0, 5).join(', '), ...(nearest === undefined ? {} : { nearest }) });
}

/** Why the plan goes there, where a preflight found that release good: "1.0.0 is the last known good release, recorded by the preflight of 12 May 10:02 UTC". */
export function sayRecorded(to: Release, { recorded = [] }: Pick<ReleaseKnowledge, 'recorded'>): string | undefined {
  const found = recorded.find((release) => isSame(release, to));
  return found === undefined ? undefined : `${to.name} is the last known good release, recorded by the preflight of ${sayDay(found.recordedAt)}`;
}

/** What people have to know who named a release that nobody would have proposed. */
export function sayInsecure(to: Release, { insecure = [] }: Pick<ReleaseKnowledge, 'insecure'>): string | undefined {
  return isInsecure(to.name, insecure) ? `${to.name} is listed as insecure in planb.yaml: nobody would propose it` : undefined;
}

/**
 * What the last preflight recorded; else what ran before the running one; never one that was taken back or is known to be insecure. Else the offer that follows the running one, which is older. A recorded tag that
 * names another image by now is not what was good.
 */
export function lastKnownGood({ running, offered, observed, recorded = [], insecure = [] }: ReleaseKnowledge): Decision<Release> {
  const bad = new Set(observed.filter((release) => release.bad).map((release) => release.name));
  const candidate = (release: Release): boolean => (running === undefined || release.name !== running.name) && !bad.has(release.name) && !isInsecure(release.name, insecure);
  const available = (release: Release): boolean => offered.length === 0 || offered.some((other) => other.name === release.name);
  const preflight = recorded.find(candidate);
  const offer = preflight === undefined ? undefined : offered.find((other) => isSame(other, preflight));
  if (preflight !== undefined && (offer !== undefined || offered.length === 0)) return accept(offer ?? release(preflight));
  const seen = observed.find((release) => candidate(release) && available(release));
  if (seen !== undefined) return accept(offered.find((release) => release.name === seen.name) ?? release(seen));
  const at = offered.findIndex((other) => other.name === running?.name);
  const older = (at === -1 ? [] : offered.slice(at + 1)).find((other) => candidate(other) && other.moving !== true);
  return older === undefined ? refuse('no-known-good-release', { releases: offered.map((other) => other.name).slice(0, 5).join(', ') }) : accept(older);
}

function release({ name, digest, moving }: Release): Release {
  return { name, ...(digest === undefined ? {} : { digest }), ...(moving === undefined ? {} : { moving }) };
}

function isSame(a: Release, b: Release): boolean {
  return a.name === b.name && (a.digest === undefined || b.digest === undefined || a.digest === b.digest);
}

const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'] as const;

function sayDay(at: number): string {
  const date = new Date(at);
  return `${date.getUTCDate()} ${months[date.getUTCMonth()] ?? ''} ${date.toISOString().slice(11, 16)} UTC`;
}

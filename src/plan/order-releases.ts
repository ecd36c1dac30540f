import semver from 'semver';
import type { Release } from './plan.js';

/**
 * Newest first, by the version in the name: `v1.2.3`, `main-v1.81.12-stable.1` and `1.74.9-stable.patch.1` are all understood. Names without a version follow in the
 * order in which they came.
 */
export function newestFirst(releases: readonly Release[]): readonly Release[] {
  const versions = releases.map((release) => ({ release, version: versionOf(release.name) }));
  const known = versions.flatMap(({ release, version }) => (version === undefined ? [] : [{ release, version }]));
  known.sort((a, b) => semver.rcompare(a.version.base, b.version.base) || b.version.rebuild - a.version.rebuild);
  return [...known.map(({ release }) => release), ...versions.flatMap(({ release, version }) => (version === undefined ? [release] : []))];
}

/** A release's version as its name says it. */
export interface ReleaseVersion {
  readonly base: semver.SemVer;
  /** The count behind `-stable.` or `.patch.`: a later build of the same version. */
  readonly rebuild: number;
}

/** Reads a name or a whole reference; undefined where no version is in it. */
export function versionOf(name: string): ReleaseVersion | undefined {
  const tag = name.slice(name.lastIndexOf('/') + 1);
  const found = /(?:^|[^0-9.])(\d+\.\d+\.\d+)(.*)$/.exec(tag.slice(tag.lastIndexOf(':') + 1));
  if (found?.[1] === undefined) return undefined;
  const suffix = found[2] ?? '';
  const rebuild = /(?:stable|patch)\.(?:patch\.)?(\d+)/.exec(suffix)?.[1];
  // "-rc.1" and the like come before the version itself; "-stable" is the version itself.
  const base = semver.parse(/^-stable/.test(suffix) || suffix.startsWith('.') ? found[1] : `${found[1]}${suffix}`) ?? semver.parse(found[1]);
  return base === null ? undefined : { base, rebuild: rebuild === undefined ? 0 : Number(rebuild) };
}

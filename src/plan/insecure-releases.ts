import semver from 'semver';
import { versionOf } from './order-releases.js';

/**
 * Whether a target's `insecure:` names the release: by its name, or by a range of versions ("<1.4.2"). A release whose name holds no version is in no range.
 */
export function isInsecure(release: string, insecure: readonly string[]): boolean {
  const version = versionOf(release)?.base;
  return insecure.some((entry) => entry === release || (isRange(entry) && version !== undefined && semver.satisfies(`${version.major}.${version.minor}.${version.patch}`, entry)));
}

/** A version alone is a release's name. */
export function isRange(entry: string): boolean {
  return /[<>=~^*|]/.test(entry) && semver.validRange(entry) !== null;
}

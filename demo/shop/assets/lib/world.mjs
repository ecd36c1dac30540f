/** Where this shop lives and what it was given: the folder above lib/, its `shop.json`, its releases. */
import { readdirSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A failure that is told in one line. `exitCode`: 1 failed, 2 used wrongly. */
export class ShopError extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.name = 'ShopError';
    this.exitCode = exitCode;
  }
}

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
export const paths = {
  current: join(root, 'current'),
  releases: join(root, 'releases'),
  log: join(root, 'log', 'shop.log'),
};

/** `{databaseUrl, port}`, written by whoever prepared the shop. */
export function readSettings() {
  try {
    return JSON.parse(readFileSync(join(root, 'shop.json'), 'utf8'));
  } catch (error) {
    throw new ShopError(`cannot read ${join(root, 'shop.json')}: ${error.message}`);
  }
}

function byVersion(left, right) {
  const [a, b] = [left, right].map((version) => version.split('.').map(Number));
  for (let part = 0; part < 3; part += 1) if (a[part] !== b[part]) return a[part] - b[part];
  return 0;
}

/** The versions that lie here, oldest first. */
export function listReleases() {
  return readdirSync(paths.releases).filter((name) => /^\d+\.\d+\.\d+$/.test(name)).sort(byVersion);
}

/** The folder of one release; an unknown one is refused with those there are. */
export function findRelease(version) {
  if (!version) throw new ShopError('which release? for example: release 1.0.0', 2);
  if (!listReleases().includes(version)) throw new ShopError(`no release ${version}; there are ${listReleases().join(', ')}`, 2);
  return join(paths.releases, version);
}

/** The version that `current` names, running or not; undefined without a link. */
export function linkedRelease() {
  try {
    return basename(readlinkSync(paths.current));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Points `current` at a release in one rename: a reader sees the old one or the new one, never none. */
export function linkRelease(version) {
  const next = `${paths.current}.${process.pid}`;
  rmSync(next, { force: true });
  symlinkSync(join('releases', version), next);
  renameSync(next, paths.current);
}

/** The last complete line that the shop logged after `offset` bytes, as `message`. */
export function lastLogMessage(offset) {
  const lines = readFileSync(paths.log).subarray(offset).toString('utf8').trim().split('\n');
  const last = lines.at(-1) ?? '';
  try {
    return JSON.parse(last).msg;
  } catch {
    return last || 'it logged nothing';
  }
}

export function logSize() {
  return statSync(paths.log, { throwIfNoEntry: false })?.size ?? 0;
}

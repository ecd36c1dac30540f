/** One `release` at a time. A lock whose owner died is taken over: a killed deployment must not block the next one. */
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { readStartTime } from './shop-process.mjs';
import { ShopError, paths } from './world.mjs';

/** The pid of the live `release` that holds the lock, or undefined. */
export function findLockOwner() {
  let owner;
  try {
    owner = JSON.parse(readFileSync(paths.lockFile, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
  return readStartTime(owner.pid) === owner.startTime ? owner.pid : undefined;
}

function takeLock() {
  mkdirSync(dirname(paths.lockFile), { recursive: true });
  const file = openSync(paths.lockFile, 'wx', 0o600);
  writeSync(file, JSON.stringify({ pid: process.pid, startTime: readStartTime(process.pid) }));
  closeSync(file);
}

/** Runs `work` under the lock; refuses while another live `release` holds it. */
export async function withReleaseLock(work) {
  try {
    takeLock();
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    const owner = findLockOwner();
    if (owner !== undefined) throw new ShopError(`another release is under way (process ${owner})`);
    rmSync(paths.lockFile, { force: true });
    takeLock();
  }
  try {
    return await work();
  } finally {
    rmSync(paths.lockFile, { force: true });
  }
}

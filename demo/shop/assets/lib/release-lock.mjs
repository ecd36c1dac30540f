/**
 * One `release` at a time. The lock is a socket in the abstract namespace: the kernel gives it to one process and takes it back when that
 * process dies, so a killed deployment blocks nobody and no stale file has to be judged.
 */
import { createHash } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { ShopError, root } from './world.mjs';

const ADDRESS = `\0planb-shop-${createHash('sha256').update(root).digest('hex').slice(0, 32)}`;
const ANSWER_MS = 1_000;

/** The pid of the live `release` that holds the lock, or undefined; `unknown` when it is there and does not answer. */
export function findLockOwner() {
  return new Promise((resolve, reject) => {
    const socket = connect(ADDRESS);
    let answer = '';
    socket.setTimeout(ANSWER_MS, () => socket.destroy());
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.once('error', (error) => (error.code === 'ECONNREFUSED' || error.code === 'ENOENT' ? resolve(undefined) : reject(error)));
    socket.once('close', () => resolve(answer === '' ? 'unknown' : answer));
  });
}

function takeLock() {
  const lock = createServer((socket) => socket.on('error', () => undefined).end(String(process.pid)));
  return new Promise((resolve, reject) => lock.once('error', reject).listen(ADDRESS, () => resolve(lock)));
}

/** Runs `work` under the lock; refuses while another live `release` holds it. */
export async function withReleaseLock(work) {
  let lock;
  try {
    lock = await takeLock();
  } catch (error) {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new ShopError(`another release is under way (process ${(await findLockOwner()) ?? 'unknown'})`);
  }
  try {
    return await work();
  } finally {
    lock.close();
  }
}

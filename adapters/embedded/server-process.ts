import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { open, rename, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { execa } from 'execa';

import { EmbeddedServiceError } from './embedded-error.js';
import { bootId, startTicksOf } from './proc-entry.js';
import type { ServerFolder, ServerRecord } from './server-folder.js';
import type { ServerCommand } from './server-kind.js';

/** Between two looks at something that has no event. */
const POLL_MS = 20;
/** The log is moved aside at a start when it has grown beyond this many bytes. */
const LOG_MAX_BYTES = 5_000_000;
/** Exit code of flock(1) when the server's lock is taken; no server uses it. */
const LOCK_TAKEN = 75;

/** A server that this process started. */
export interface ServerProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  /** What this start has logged so far, at most the last 2 kB. */
  logTail(): Promise<string>;
}

/**
 * Starts a server that holds the folder's lock while it lives and that the kernel stops when planb dies. Every prefix
 * replaces itself by the next program, so the pid is the server's own.
 */
export async function spawnServer(
  folder: ServerFolder,
  command: ServerCommand,
  deathSignal: NodeJS.Signals,
): Promise<ServerProcess> {
  if (((await stat(folder.log).catch(() => null))?.size ?? 0) > LOG_MAX_BYTES) await rename(folder.log, `${folder.log}.1`);
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW;
  const log = await open(folder.log, flags, 0o600);
  const logStart = (await log.stat()).size;
  const [program, ...args] = [
    ...['flock', '--exclusive', '--nonblock', '--no-fork', `--conflict-exit-code=${LOCK_TAKEN}`, folder.serverLock],
    ...folder.user.prefix,
    // Last: the kernel forgets the death signal when a process changes its user.
    ...['setpriv', `--pdeathsig=${deathSignal.slice(3)}`, '--'],
    ...command.argv,
  ];
  const child = spawn(program ?? '', args, {
    // In a session of its own: Ctrl-C in planb's terminal must reach planb, which then stops the server in order.
    detached: true,
    cwd: folder.path,
    stdio: ['pipe', log.fd, log.fd],
    env: { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8', TZ: 'UTC' },
  });
  const started = once(child, 'spawn').finally(() => log.close());
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(command.input ?? '');
  child.unref();
  await started;
  return { child, pid: child.pid ?? 0, logTail: () => readTail(folder.log, logStart) };
}

/** True when the process of `record` is the one that was recorded, in this boot. */
export async function isRunning(record: Pick<ServerRecord, 'pid' | 'startTicks' | 'bootId'>): Promise<boolean> {
  return record.bootId === (await bootId()) && (await startTicksOf(record.pid)) === record.startTicks;
}

/** Polls `condition` until it holds or the deadline (milliseconds since the epoch) passes. */
export async function holdsBefore(deadline: number, condition: () => Promise<boolean>): Promise<boolean> {
  while (!(await condition())) {
    if (Date.now() >= deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}

/** Ends a recorded server: first in order, at the deadline by force. Returns when the process is gone. */
export async function endServer(record: ServerRecord, stopSignal: NodeJS.Signals, timeoutMs: number): Promise<void> {
  const gone = async () => !(await isRunning(record));
  for (const signal of [stopSignal, 'SIGKILL'] as const) {
    if (await gone()) return;
    try {
      process.kill(record.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw stopFailed(record.pid, error);
    }
    if (await holdsBefore(Date.now() + timeoutMs, gone)) return;
  }
  throw stopFailed(record.pid, undefined);
}

/** True when no process holds the server's lock, not even a worker process that outlived its server. */
export async function isServerLockFree(folder: ServerFolder): Promise<boolean> {
  return (await execa('flock', ['--nonblock', folder.serverLock, 'true'], { reject: false })).exitCode === 0;
}

function stopFailed(pid: number, cause: unknown): EmbeddedServiceError {
  return new EmbeddedServiceError('embedded.stop_failed', `The server with pid ${pid} could not be ended.`, { cause });
}

async function readTail(path: string, from: number): Promise<string> {
  const file = await open(path, 'r').catch(() => null);
  if (file === null) return '';
  try {
    const { size } = await file.stat();
    const start = Math.max(from, size - 2_000);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(size - start, 0)), 0, Math.max(size - start, 0), start);
    return buffer.toString('utf8', 0, bytesRead).trim();
  } finally {
    await file.close();
  }
}

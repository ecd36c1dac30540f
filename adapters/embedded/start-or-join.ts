import { rmdir } from 'node:fs/promises';

import { EmbeddedServiceError } from './embedded-error.js';
import { bootId, startTicksOf } from './proc-entry.js';
import { openServerFolder, readRecord, serverPath, writeRecord, type ServerFolder, type ServerRecord } from './server-folder.js';
import type { ServerCommand, ServerKind } from './server-kind.js';
import { endServer, holdsBefore, isRunning, isServerLockFree, spawnServer, type ServerProcess } from './server-process.js';
import { withStartLock } from './start-lock.js';

/** A server that answers, and whether it is a child of this process. */
export interface RunningServer {
  readonly folder: ServerFolder;
  readonly record: ServerRecord;
  /** The child, or null for the server of another planb. */
  readonly process: ServerProcess | null;
}

/** How often a start moves to another address because some other program was faster. */
const ADDRESS_ATTEMPTS = 5;

/**
 * Joins the folder's server while the planb that started it lives; otherwise ends what a dead planb may have left
 * and starts a new one. Returns when the server answers.
 *
 * @throws EmbeddedServiceError
 */
export async function startOrJoin(kind: ServerKind, dataDir: string, timeoutMs: number): Promise<RunningServer> {
  const path = await serverPath(dataDir);
  return withStartLock(`${path}.lock`, timeoutMs, async () => {
    const deadline = Date.now() + timeoutMs;
    const folder = await openServerFolder(path);
    const record = await readRecord(folder);
    if (record !== null && (await isRunning(record))) {
      if (await isOwnerAlive(record)) return join(kind, folder, record, deadline);
      // The kernel is already ending it, unless it was started where there is no death signal.
      await endServer(record, kind.stopSignal, timeoutMs);
    }
    if (!(await holdsBefore(deadline, () => isServerLockFree(folder)))) {
      throw new EmbeddedServiceError('embedded.folder_busy', `A ${kind.name} that this planb does not know runs on ${folder.path}.`, {
        retryable: true,
      });
    }
    return start(kind, folder, record?.url ?? null, deadline);
  });
}

/** Ends a server of this planb, and removes what it keeps outside its folder. */
export async function stopOwned(kind: ServerKind, server: RunningServer, timeoutMs: number): Promise<void> {
  await endServer(server.record, kind.stopSignal, timeoutMs);
  const { path, sockets } = server.folder;
  if (sockets.startsWith(path)) return;
  await withStartLock(`${path}.lock`, timeoutMs, async () => {
    // Another planb may have taken over already: then the sockets are its own.
    const record = await readRecord(server.folder);
    if (record === null || !(await isRunning(record))) await rmdir(sockets).catch(() => undefined);
  });
}

async function join(kind: ServerKind, folder: ServerFolder, record: ServerRecord, deadline: number): Promise<RunningServer> {
  if (await holdsBefore(deadline, () => kind.answers(record.url))) return { folder, record, process: null };
  throw new EmbeddedServiceError(
    'embedded.start_failed',
    `The ${kind.name} of the planb with pid ${record.ownerPid} runs but does not answer; see ${folder.log}.`,
    { retryable: true },
  );
}

async function start(kind: ServerKind, folder: ServerFolder, previousUrl: string | null, deadline: number): Promise<RunningServer> {
  let lastUrl = previousUrl;
  for (let attempt = 1; ; attempt += 1) {
    const command = await kind.prepare(folder, lastUrl);
    const server = await spawnServer(folder, command, kind.stopSignal);
    const record = await recordOf(server, command);
    // Before the server is ready: a planb killed from here on leaves a server that the next one can prove to be its own.
    if (record !== null) await writeRecord(folder, record);
    const hasEnded = () => server.child.exitCode !== null || server.child.signalCode !== null;
    await holdsBefore(deadline, async () => hasEnded() || (await kind.answers(command.url)));
    if (record !== null && !hasEnded() && (await kind.answers(command.url))) return { folder, record, process: server };

    if (record !== null) await endServer(record, 'SIGKILL', 5_000);
    const tail = await server.logTail();
    if (attempt < ADDRESS_ATTEMPTS && kind.isAddressTaken(tail)) {
      lastUrl = null;
      continue;
    }
    const why = Date.now() >= deadline ? 'did not answer in time' : `ended with ${server.child.exitCode ?? server.child.signalCode}`;
    throw new EmbeddedServiceError('embedded.start_failed', `${kind.name} in ${folder.path} ${why}. Its log ends:\n${tail}`);
  }
}

/** Null when the server ended at once. */
async function recordOf(server: ServerProcess, command: ServerCommand): Promise<ServerRecord | null> {
  const startTicks = await startTicksOf(server.pid);
  if (startTicks === null) return null;
  return {
    url: command.url,
    pid: server.pid,
    startTicks,
    bootId: await bootId(),
    ownerPid: process.pid,
    ownerStartTicks: (await startTicksOf(process.pid)) ?? '',
  };
}

async function isOwnerAlive(record: ServerRecord): Promise<boolean> {
  return (await startTicksOf(record.ownerPid)) === record.ownerStartTicks;
}

import { chown, lstat, mkdir, readFile, realpath, rename, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

import { z } from 'zod';

import { EmbeddedServiceError } from './embedded-error.js';
import { chooseServerUser, type ServerUser } from './server-user.js';

/** The files of one embedded server: everything lies in one private folder. */
export interface ServerFolder {
  /** Absolute path without symbolic links. */
  readonly path: string;
  readonly user: ServerUser;
  /** The server's own data. */
  readonly data: string;
  /** For unix sockets; outside the folder when its path is too long for one. */
  readonly sockets: string;
  readonly log: string;
  /** Held by the server itself for as long as it lives. */
  readonly serverLock: string;
}

/** What the planb that started a server left for the next one: where the server listens and which process it is. */
export const ServerRecord = z.strictObject({
  url: z.string(),
  pid: z.int().positive(),
  /** Field 22 of /proc/PID/stat: with the boot id it tells this process from a later one with the same pid. */
  startTicks: z.string(),
  bootId: z.string(),
  /** The planb that started the server; the server ends with it. */
  ownerPid: z.int().positive(),
  ownerStartTicks: z.string(),
});
export type ServerRecord = z.infer<typeof ServerRecord>;

/** Longest socket file that PostgreSQL makes, and the limit of sockaddr_un's path (unix(7)). */
const SOCKET_NAME = '/.s.PGSQL.5432.lock';
const SOCKET_PATH_MAX = 107;

/** The folder's real path; its parents are made. Two names for one folder must give one lock and one socket. */
export async function serverPath(directory: string): Promise<string> {
  const parent = dirname(resolve(directory));
  await mkdir(parent, { recursive: true });
  return join(await realpath(parent), basename(resolve(directory)));
}

/** Makes the folder, mode 0700, owned by the server's user. Only under the start lock: it decides who that user is. */
export async function openServerFolder(directory: string): Promise<ServerFolder> {
  const path = await serverPath(directory);
  const user = await chooseServerUser(path);
  await makePrivate(path, user);
  return {
    path,
    user,
    data: join(path, 'data'),
    sockets: socketFolder(path),
    log: join(path, 'server.log'),
    serverLock: join(path, 'server.lock'),
  };
}

/** Creates `path` private to the server's user; an existing folder of anybody else is refused, never taken over. */
export async function makePrivate(path: string, user: ServerUser): Promise<void> {
  const created = await mkdir(path, { mode: 0o700 }).then(
    () => true,
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    },
  );
  if (created && user.owner !== null) await chown(path, user.owner.uid, user.owner.gid);
  if (created) return;
  const existing = await lstat(path);
  const owner = user.owner?.uid ?? process.getuid?.();
  if (!existing.isDirectory() || existing.uid !== owner || (existing.mode & 0o077) !== 0) {
    throw new EmbeddedServiceError(
      'embedded.folder_not_private',
      `${path} must be a folder that only uid ${owner} may enter (mode 0700): remove it or set PLANB_DATA.`,
    );
  }
}

export async function readRecord(folder: ServerFolder): Promise<ServerRecord | null> {
  const text = await readFile(recordPath(folder), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return ServerRecord.parse(JSON.parse(text));
  } catch {
    // A record cut short by a full disk or a crash says nothing; the server's own lock still tells whether it runs.
    return null;
  }
}

/** Replaces the record in one step, so that a reader never sees half of it. Mode 0600: the URL carries a password. */
export async function writeRecord(folder: ServerFolder, record: ServerRecord): Promise<void> {
  const next = `${recordPath(folder)}.${process.pid}`;
  await writeFile(next, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  await rename(next, recordPath(folder));
}

function recordPath(folder: ServerFolder): string {
  return join(folder.path, 'server.json');
}

/** The same folder always gets the same place for its sockets: a stale one is found and replaced, and the URL stays. */
export function socketFolder(path: string): string {
  const inside = join(path, 'run');
  // Commas, a leading @ and blanks mean something else to libpq and to shells that people paste the URL into.
  if (/^[\w./-]+$/.test(inside) && inside.length + SOCKET_NAME.length <= SOCKET_PATH_MAX) return inside;
  return join(tmpdir(), `planb-${createHash('sha256').update(path).digest('hex').slice(0, 16)}`);
}

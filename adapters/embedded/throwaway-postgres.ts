import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, realpath, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { execa } from 'execa';

import { type ThrowawayPostgres, ThrowawayPostgresError, type ThrowawayServer } from '../../src/ports/throwaway-postgres.js';
import { EmbeddedServiceError } from './embedded-error.js';
import { findPostgres, type PostgresBinaries } from './find-binaries.js';
import { startPostgres } from './postgres-server.js';
import { removeWithPlanb } from './remove-with-planb.js';
import { socketFolder } from './server-folder.js';

const PREFIX = 'planb-throwaway-';
/** A start takes at most a minute; a folder that is older and that no server locks belongs to nobody. */
const ABANDONED_MS = 10 * 60_000;

/** Speed alone counts: what is lost is made again. `minimal` lets COPY and CREATE INDEX leave the WAL out. */
const SETTINGS = [
  'wal_level=minimal',
  'max_wal_senders=0',
  'max_wal_size=256MB',
  'checkpoint_timeout=1h',
  'autovacuum=off',
  'maintenance_work_mem=128MB',
  'jit=off',
];

/** Throwaway servers of this machine's own binaries. `directories` replaces the places that are searched for them. */
export function createThrowawayPostgres(directories?: readonly string[]): ThrowawayPostgres {
  const fitting = async (leastMajor: number): Promise<PostgresBinaries | undefined> =>
    (await findPostgres(directories)).filter(({ major }) => major >= leastMajor).at(-1);
  return {
    find: async (leastMajor) => {
      const binaries = await fitting(leastMajor);
      return binaries === undefined ? undefined : { major: binaries.major, extensions: await extensionsOf(binaries) };
    },
    start: async ({ leastMajor, folder }) => {
      const binaries = await fitting(leastMajor);
      if (binaries === undefined) throw new ThrowawayPostgresError('no-server', `no server of PostgreSQL ${leastMajor} or newer is on this machine`);
      try {
        return await start(binaries, folder);
      } catch (error) {
        if (!(error instanceof EmbeddedServiceError)) throw error;
        throw new ThrowawayPostgresError('not-started', `the throwaway server did not start: ${error.message}`, { cause: error, retryable: error.retryable });
      }
    },
  };
}

async function start(binaries: PostgresBinaries, folder: string): Promise<ThrowawayServer> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await removeAbandoned(folder);
  const home = join(await realpath(folder), `${PREFIX}${randomUUID().slice(0, 8)}`);
  const dataDir = join(home, 'pg');
  await mkdir(home);
  // The account that the server runs as must be able to pass; what it keeps is private in a folder of its own.
  await chmod(home, 0o711);
  // Before there is anything to remove: planb may be killed at any moment.
  const remover = await removeWithPlanb(serverLockIn(home), [home, socketFolder(dataDir)]);
  try {
    const server = await startPostgres({ dataDir, durable: false, binaries: binaries.directory, settings: SETTINGS });
    return {
      url: server.url,
      major: binaries.major,
      stop: async () => {
        try {
          await server.stop();
        } finally {
          await remover.remove();
        }
      },
    };
  } catch (error) {
    await remover.remove();
    // A start that failed early has made no lock to wait for.
    await rm(home, { recursive: true, force: true });
    throw error;
  }
}

function serverLockIn(home: string): string {
  return join(home, 'pg', 'server.lock');
}

/** What a power cut left: nothing of planb was there to delete it. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const home = join(folder, name);
    if (!name.startsWith(PREFIX) || Date.now() - (await stat(home)).mtimeMs < ABANDONED_MS) continue;
    if ((await readdir(home)).length === 0) await rmdir(home);
    else await execa('flock', ['--exclusive', '--nonblock', serverLockIn(home), 'rm', '-rf', '--', home], { reject: false, stdio: 'ignore' });
  }
}

/** Read from the control files, as the server itself does. */
async function extensionsOf({ directory, major }: PostgresBinaries): Promise<ReadonlySet<string> | undefined> {
  const asked = await execa(join(directory, 'pg_config'), ['--sharedir'], { reject: false });
  const shares = asked.failed ? [`/usr/share/postgresql/${major}`, join(directory, '../share'), join(directory, '../share/postgresql')] : [asked.stdout.trim()];
  for (const share of shares) {
    const names = await readdir(join(share, 'extension')).catch(() => []);
    const extensions = names.filter((name) => name.endsWith('.control')).map((name) => name.slice(0, -'.control'.length));
    // plpgsql is part of every server: a folder without it is not this server's.
    if (extensions.includes('plpgsql')) return new Set(extensions);
  }
  return undefined;
}

import { randomUUID } from 'node:crypto';
import { chown, mkdir, readFile, readdir, readlink, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { execa } from 'execa';
import { Client } from 'pg';

import { choosePostgres } from './find-binaries.js';
import { EmbeddedServiceError } from './embedded-error.js';
import { runEmbedded } from './run-embedded.js';
import { makePrivate, type ServerFolder } from './server-folder.js';
import type { EmbeddedOptions, EmbeddedServer, ServerKind } from './server-kind.js';

/** The superuser and the database of an embedded PostgreSQL. */
const NAME = 'planb';
/** Begins the name of a data folder that initdb has not finished. */
const UNFINISHED = 'data.new-';

/** What a PostgreSQL server can be told besides. */
export interface PostgresOptions extends EmbeddedOptions {
  /** The folder of the server's programs. Default: those that fit the data, for new data the newest on the machine. */
  readonly binaries?: string;
  /** Further settings, `name=value`. */
  readonly settings?: readonly string[];
}

/**
 * Runs planb's own PostgreSQL in `options.dataDir`, or joins the one that another planb runs there. It listens only
 * on a unix socket in a folder of mode 0700, so it needs no password.
 *
 * @throws EmbeddedServiceError with one sentence for the operator
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedServer> {
  const durable = options.durable ?? true;
  const kind: ServerKind = {
    name: 'PostgreSQL',
    // Fast shutdown: open transactions are rolled back. SIGTERM would wait until the last client leaves.
    stopSignal: 'SIGINT',
    prepare: async (folder) => {
      const { directory } = await choosePostgres(await dataMajor(folder.data), folder.data, options.binaries === undefined ? undefined : [options.binaries]);
      if ((await dataMajor(folder.data)) === null) await makeData(directory, folder, durable);
      await makePrivate(folder.sockets, folder.user);
      await removeStaleLocks(folder);
      const settings = [
        'listen_addresses=',
        `unix_socket_directories=${quoteListItem(folder.sockets)}`,
        'unix_socket_permissions=0700',
        'port=5432',
        'max_connections=200',
        'log_min_messages=warning',
        `cluster_name=${NAME}`,
        ...(durable ? [] : ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off']),
        ...(options.settings ?? []),
      ];
      return {
        argv: [join(directory, 'postgres'), '-D', folder.data, ...settings.flatMap((setting) => ['-c', setting])],
        url: socketUrl(folder.sockets, NAME),
      };
    },
    answers: hasDatabase,
    // Sockets lie in a private folder: nobody else can take this address.
    isAddressTaken: () => false,
  };
  return runEmbedded(kind, options);
}

/** The same server with another database: a unix socket travels in the query, where both pg and libpq look for it. */
function socketUrl(sockets: string, database: string): string {
  return `postgresql://${NAME}@localhost/${database}?host=${encodeURIComponent(sockets)}`;
}

/** The major version that made the data, or null when there is none. */
async function dataMajor(data: string): Promise<number | null> {
  const text = await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => null);
  return text === null ? null : Number.parseInt(text, 10);
}

/** initdb into a folder beside it, renamed when complete: a planb killed meanwhile leaves no half-made data. */
async function makeData(binaries: string, folder: ServerFolder, durable: boolean): Promise<void> {
  for (const name of await readdir(folder.path)) {
    if (name.startsWith(UNFINISHED)) await rm(join(folder.path, name), { recursive: true, force: true });
  }
  const fresh = join(folder.path, `${UNFINISHED}${randomUUID()}`);
  await mkdir(fresh, { mode: 0o700 });
  if (folder.user.owner !== null) await chown(fresh, folder.user.owner.uid, folder.user.owner.gid);
  const [program = '', ...args] = [
    ...folder.user.prefix,
    ...['setpriv', '--pdeathsig=KILL', '--', join(binaries, 'initdb'), '-D', fresh, '-U', NAME, '--auth=trust'],
    ...['--encoding=UTF8', '--locale=C', ...(durable ? [] : ['--no-sync'])],
  ];
  const made = await execa(program, args, { reject: false, all: true, stdin: 'ignore', cwd: folder.path });
  if (made.failed) {
    await rm(fresh, { recursive: true, force: true });
    throw new EmbeddedServiceError('embedded.start_failed', `initdb failed in ${folder.path}: ${made.all.slice(-2_000)}`, {
      cause: made.cause,
    });
  }
  await rename(fresh, folder.data);
}

/**
 * Removes lock files that a killed server left. PostgreSQL itself would keep them, and refuse to start, if their pid
 * has meanwhile gone to some other process. The server's lock is free at this point; a server that someone started on
 * this data by hand does not hold it, so that is looked for as well.
 */
async function removeStaleLocks(folder: ServerFolder): Promise<void> {
  const pidFile = join(folder.data, 'postmaster.pid');
  const pid = Number.parseInt((await readFile(pidFile, 'utf8').catch(() => '')).split('\n')[0] ?? '', 10);
  if (pid > 0 && (await mayServe(pid, folder.data))) return;
  for (const file of [pidFile, join(folder.sockets, '.s.PGSQL.5432.lock'), join(folder.sockets, '.s.PGSQL.5432')]) {
    await rm(file, { force: true });
  }
}

/** A PostgreSQL server's working directory is its data folder; one that we may not look at counts as serving it. */
async function mayServe(pid: number, data: string): Promise<boolean> {
  const name = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();
  if (name !== 'postgres' && name !== 'postmaster') return false;
  return readlink(`/proc/${pid}/cwd`).then(
    (directory) => directory === data,
    () => true,
  );
}

/** Also creates the database, so that the URL works as soon as the server is said to answer. */
async function hasDatabase(url: string): Promise<boolean> {
  const target = new URL(url);
  target.pathname = '/postgres';
  const client = new Client({ connectionString: target.href, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [NAME]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${NAME}`);
    return true;
  } catch {
    // Not there yet, or still recovering; the caller has a deadline and the server's log.
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** unix_socket_directories is a list, so a path with a comma or blanks needs double quotes. */
function quoteListItem(path: string): string {
  return `"${path.replaceAll('"', '""')}"`;
}

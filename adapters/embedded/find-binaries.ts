import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { execa } from 'execa';

import { EmbeddedServiceError } from './embedded-error.js';

/** One installed PostgreSQL server. */
export interface PostgresBinaries {
  readonly directory: string;
  readonly major: number;
}

/** Folders that hold one PostgreSQL major each: Debian and Ubuntu, Red Hat's and PostgreSQL's own packages, Homebrew. */
const VERSIONED_ROOTS: readonly { root: string; pattern: RegExp; bin: string }[] = [
  { root: '/usr/lib/postgresql', pattern: /^\d+$/, bin: 'bin' },
  { root: '/usr', pattern: /^pgsql-\d+$/, bin: 'bin' },
  { root: '/opt/homebrew/opt', pattern: /^postgresql@\d+$/, bin: 'bin' },
  { root: '/usr/local/opt', pattern: /^postgresql@\d+$/, bin: 'bin' },
];

const INSTALL_POSTGRES =
  'install it (Debian: apt-get install postgresql; Fedora: dnf install postgresql-server; macOS: brew install postgresql) or set DATABASE_URL';
const INSTALL_REDIS =
  'install it (Debian: apt-get install redis-server; Fedora: dnf install valkey; macOS: brew install redis) or set REDIS_URL';

/**
 * The PostgreSQL servers installed on this machine, newest major first.
 * `directories` replaces the places that are searched.
 */
export async function findPostgres(directories?: readonly string[]): Promise<PostgresBinaries[]> {
  const candidates = new Set(directories ?? (await postgresDirectories()));
  const found: PostgresBinaries[] = [];
  for (const directory of candidates) {
    if (!(await isExecutable(join(directory, 'initdb')))) continue;
    const { stdout, failed } = await execa(join(directory, 'postgres'), ['--version'], { reject: false });
    const major = /\(PostgreSQL\) (\d+)/.exec(stdout)?.[1];
    if (!failed && major !== undefined) found.push({ directory, major: Number(major) });
  }
  return found.sort((a, b) => b.major - a.major);
}

/**
 * The server for data made by major `dataMajor`, or the newest one for new data (`null`): a data folder can only be
 * opened by its own major.
 */
export async function choosePostgres(
  dataMajor: number | null,
  dataDir: string,
  directories?: readonly string[],
): Promise<PostgresBinaries> {
  const installed = await findPostgres(directories);
  const newest = installed[0];
  if (newest === undefined) {
    throw new EmbeddedServiceError('embedded.binary_missing', `No PostgreSQL server on this machine: ${INSTALL_POSTGRES}.`);
  }
  if (dataMajor === null) return newest;
  const matching = installed.find((binaries) => binaries.major === dataMajor);
  if (matching !== undefined) return matching;
  const majors = installed.map((binaries) => binaries.major).join(', ');
  throw new EmbeddedServiceError(
    'embedded.data_version',
    `${dataDir} was made by PostgreSQL ${dataMajor}, but this machine has ${majors}: install postgresql-${dataMajor}, ` +
      'or dump the data there and move the folder away.',
  );
}

/** The path of redis-server, or of its fork valkey-server. `directories` replaces PATH. */
export async function findRedis(directories: readonly string[] = searchPath()): Promise<string> {
  for (const name of ['redis-server', 'valkey-server']) {
    for (const directory of directories) {
      const path = join(directory, name);
      if (await isExecutable(path)) return path;
    }
  }
  throw new EmbeddedServiceError('embedded.binary_missing', `No Redis server on this machine: ${INSTALL_REDIS}.`);
}

async function postgresDirectories(): Promise<string[]> {
  const directories: string[] = [];
  const configured = await execa('pg_config', ['--bindir'], { reject: false });
  if (!configured.failed) directories.push(configured.stdout.trim());
  for (const { root, pattern, bin } of VERSIONED_ROOTS) {
    const names = await readdir(root).catch(() => []);
    directories.push(...names.filter((name) => pattern.test(name)).map((name) => join(root, name, bin)));
  }
  return [...directories, ...searchPath()];
}

/** PATH, and the folders of system daemons that an ordinary user's PATH leaves out. */
function searchPath(): string[] {
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '');
  return [...path, '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin'];
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

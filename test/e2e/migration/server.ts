import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { execa } from 'execa';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { findPostgres } from '../../../adapters/embedded/find-binaries.js';
import { findFreePort } from '../../../adapters/embedded/free-port.js';
import { eventually } from '../../support/eventually.js';
import { tempFolder } from '../../support/temp-folder.js';
import type { Place } from './places.js';

const exec = promisify(execFile);
const isRoot = process.getuid?.() === 0;
const stack = join(import.meta.dirname, 'stack');

/** One of the two servers: its sshd, its PostgreSQL and its compose projects, reached by its address only. */
export interface Server {
  readonly side: 'old' | 'new';
  readonly place: Place;
  /** `ssh://root@address:port` */
  readonly ssh: string;
  /** Lines of an ssh_config and of a known_hosts. */
  readonly client: { readonly config: string; readonly knownHosts: string };
  /** The folder of a project there. */
  readonly project: (name: string) => string;
  readonly database: (name: string) => string;
  readonly databasePort: number;
  /** What sshd gives its sessions: `docker` of this server. */
  readonly path: string;
}

/** Starts a server at a place, until the test ends. */
export async function startServer(side: Server['side'], place: Place): Promise<Server> {
  const folder = await tempFolder(`planb-${side}`);
  await chmod(folder, 0o755);
  const projects = join(folder, 'srv');
  await mkdir(projects);
  onTestFinished(() => endServices(projects));
  const path = await installDocker(place, folder, projects);
  const [ssh, databasePort] = await Promise.all([startSsh(place, folder, path), startPostgres(place, folder)]);
  return { side, place, path, ...ssh, project: (name) => join(projects, name), databasePort, database: (name) => `postgresql://llmproxy:${place.password}@${place.address}:${databasePort}/${name}` };
}

/** Its docker: a daemon, and a program that hands its words to it. */
async function installDocker(place: Place, folder: string, projects: string): Promise<string> {
  const [bin, socket] = [join(folder, 'bin'), join(folder, 'docker.sock')];
  await mkdir(bin);
  await writeFile(join(bin, 'docker'), `#!/bin/sh
words=$#
for word in "$@"; do set -- "$@" --data-urlencode "word=$word"; done
shift "$words"
exec curl -sS --fail-with-body --unix-socket ${socket} --data-urlencode "cwd=$PWD" "$@" http://docker/
`, { mode: 0o755 });
  await started(place, [process.execPath, join(stack, 'docker.mjs'), socket, projects, join(stack, 'service.mjs')], 'docker is ready');
  return `${bin}:${process.env['PATH'] ?? ''}:/usr/sbin`;
}

async function startSsh(place: Place, folder: string, path: string): Promise<Pick<Server, 'ssh' | 'client'>> {
  const user = (await exec('id', ['-un'])).stdout.trim();
  const port = await findFreePort();
  const file = (name: string): string => join(folder, name);
  await Promise.all(['host_key', 'client_key'].map((name) => exec('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file(name)])));
  const [hostKey, clientKey] = await Promise.all(['host_key.pub', 'client_key.pub'].map((name) => readFile(file(name), 'utf8')));
  await writeFile(file('authorized_keys'), clientKey ?? '', { mode: 0o600 });
  await writeFile(file('sshd_config'), [
    `ListenAddress ${place.address}`, `Port ${port}`, `HostKey ${file('host_key')}`, `AuthorizedKeysFile ${file('authorized_keys')}`, 'PidFile none', 'UsePAM no', 'StrictModes no', 'PasswordAuthentication no',
    'KbdInteractiveAuthentication no', 'PermitRootLogin prohibit-password', 'MaxSessions 100', 'MaxStartups 100', `SetEnv PATH=${path}`, '',
  ].join('\n'));
  await mkdir('/run/sshd', { recursive: true, mode: 0o755 }).catch(() => undefined);
  await started(place, ['/usr/sbin/sshd', '-D', '-e', '-f', file('sshd_config')], 'Server listening on');
  return {
    ssh: `ssh://${user}@${place.address}:${port}`,
    client: { config: `Match originalhost ${place.address}\n  IdentityFile ${file('client_key')}\n`, knownHosts: `[${place.address}]:${port} ${(hostKey ?? '').split(' ').slice(0, 2).join(' ')}\n` },
  };
}

/** Another initdb for each: two databases with one system identifier would count as one server. */
async function startPostgres(place: Place, folder: string): Promise<number> {
  const [binaries] = await findPostgres();
  if (binaries === undefined) throw new Error('no PostgreSQL on this machine');
  const data = join(folder, 'data');
  const asUser = isRoot ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', '--pdeathsig=KILL', '--'] : [];
  if (isRoot) await exec('install', ['-d', '-o', 'postgres', '-g', 'postgres', '-m', '700', data]);
  const [program, ...args] = [...asUser, join(binaries.directory, 'initdb'), '-D', data, '-U', 'llmproxy', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
  await exec(program, args, { cwd: folder });
  await writeFile(join(data, 'pg_hba.conf'), 'host all all 0.0.0.0/0 trust\n');
  const port = await findFreePort();
  const settings = [`listen_addresses=${place.address}`, `port=${port}`, 'unix_socket_directories=', 'fsync=off', 'full_page_writes=off', 'synchronous_commit=off', 'max_connections=100'];
  await started(place, [...asUser, join(binaries.directory, 'postgres'), '-D', data, ...settings.flatMap((setting) => ['-c', setting])], 'ready to accept connections', 'SIGQUIT');
  return port;
}

/** A program of a server, until the test ends; back when it says that it is ready. */
async function started(place: Place, argv: readonly string[], ready: string, end: NodeJS.Signals = 'SIGTERM'): Promise<ChildProcess> {
  const [program = '', ...args] = [...place.enter, ...argv];
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => { said += bytes.toString(); });
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  onTestFinished(async () => {
    if (hasEnded()) return;
    child.kill(end);
    await once(child, 'exit');
  });
  await eventually(() => {
    if (hasEnded()) throw new Error(`${argv.join(' ')} ended: ${said}`);
    return said.includes(ready);
  });
  return child;
}

/** `docker compose …` as a person types it in a project's folder there. */
export async function compose(server: Server, project: string, ...words: readonly string[]): Promise<string> {
  const [program = '', ...args] = [...server.place.enter, 'docker', 'compose', ...words];
  return (await execa(program, args, { cwd: server.project(project), env: { PATH: server.path }, stdin: 'ignore' })).stdout;
}

async function endServices(projects: string): Promise<void> {
  for (const name of await readdir(projects)) {
    const text = await readFile(join(projects, name, '.containers.json'), 'utf8').catch(() => '[]');
    for (const { pid } of JSON.parse(text) as readonly { readonly pid: number }[]) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It was stopped.
      }
    }
  }
}

/** The databases that the service needs, with a hundred rows from before. */
export async function createServiceDatabase(server: Server, name: string, rows: number): Promise<pg.Pool> {
  const admin = new pg.Client({ connectionString: server.database('postgres') });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  const pool = new pg.Pool({ connectionString: server.database(name), max: 2 });
  pool.on('error', () => undefined);
  onTestFinished(() => pool.end());
  await pool.query('CREATE TABLE "LiteLLM_SpendLogs" (request_id text PRIMARY KEY, spend integer NOT NULL, "startTime" timestamptz NOT NULL)');
  await pool.query('CREATE TABLE "LiteLLM_UserTable" (user_id text PRIMARY KEY, spend integer NOT NULL)');
  await pool.query(`INSERT INTO "LiteLLM_SpendLogs" SELECT 'before-' || n, 1, now() FROM generate_series(1, $1::int) n`, [rows]);
  if (rows > 0) await pool.query(`INSERT INTO "LiteLLM_UserTable" VALUES ('u1', $1)`, [rows]);
  return pool;
}

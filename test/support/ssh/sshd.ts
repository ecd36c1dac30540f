import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { connectTargetDatabase } from '../../../adapters/postgres/target-database.js';
import { createRunProgram } from '../../../adapters/process/run-program.js';
import { createSshHosts } from '../../../adapters/ssh/ssh-hosts.js';
import type { Hosts } from '../../../src/ports/host.js';
import { createMasker } from '../../../src/secret/mask.js';
import { eventually } from '../eventually.js';
import { tempFolder } from '../temp-folder.js';

const run = promisify(execFile);

/** A real sshd of the running test, on a port of its own of the loopback. */
export interface TestSshd {
  /** `ssh://user@127.0.0.1:port` */
  readonly address: string;
  readonly port: number;
  readonly folder: string;
  /** An ssh_config with its key and its host key; nothing of this user's own counts. */
  readonly configFile: string;
  readonly knownHosts: string;
  /** Ends the server and every session of it, as a machine does that loses its power; programs of the sessions live on. */
  stop(): Promise<void>;
  /** The same port and host key again. */
  start(): Promise<void>;
  /** Ends the sessions only: connections break, the server goes on. */
  breakConnections(): Promise<void>;
}

export async function startSshd(settings: readonly string[] = []): Promise<TestSshd> {
  const folder = await tempFolder('planb-sshd');
  // sshd looks at the rights of what it reads.
  await chmod(folder, 0o755);
  const user = (await run('id', ['-un'])).stdout.trim();
  await Promise.all(['host_key', 'client_key'].map((name) => run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)])));
  const port = await freePort();
  const [hostKey, clientKey] = await Promise.all(['host_key.pub', 'client_key.pub'].map((name) => readFile(join(folder, name), 'utf8')));
  const knownHosts = join(folder, 'known_hosts');
  await writeFile(join(folder, 'authorized_keys'), clientKey ?? '', { mode: 0o600 });
  await writeFile(knownHosts, `[127.0.0.1]:${String(port)} ${(hostKey ?? '').split(' ').slice(0, 2).join(' ')}\n`);
  const configFile = join(folder, 'ssh_config');
  await writeFile(configFile, `Host *\n  IdentityFile ${join(folder, 'client_key')}\n  IdentitiesOnly yes\n  UserKnownHostsFile ${knownHosts}\n  GlobalKnownHostsFile /dev/null\n`);
  // The first word on a matter counts.
  await writeFile(join(folder, 'sshd_config'), [
    ...settings, 'ListenAddress 127.0.0.1', `Port ${String(port)}`, `HostKey ${join(folder, 'host_key')}`, `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`, 'PidFile none', 'UsePAM no', 'StrictModes no',
    'PasswordAuthentication no', 'KbdInteractiveAuthentication no', 'PermitRootLogin prohibit-password', 'MaxSessions 100', 'LogLevel ERROR', '',
  ].join('\n'));
  // Its privilege separation wants it, and only the package's service makes it.
  await mkdir('/run/sshd', { recursive: true, mode: 0o755 }).catch(() => undefined);

  let server: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', join(folder, 'sshd_config')], { stdio: ['ignore', 'ignore', 'pipe'] });
    server = child;
    let said = '';
    child.stderr.on('data', (bytes: Buffer) => { said += bytes.toString(); });
    await eventually(async () => {
      if (child.exitCode !== null) throw new Error(`sshd ended: ${said}`);
      await run('ssh-keyscan', ['-T', '2', '-p', String(port), '127.0.0.1']);
      return true;
    });
  };
  const stop = async (): Promise<void> => {
    const child = server;
    server = undefined;
    if (child?.pid === undefined) return;
    const sessions = descendants(child.pid, isSession);
    child.kill('SIGKILL');
    for (const pid of sessions) endProcess(pid);
    if (child.exitCode === null && child.signalCode === null) await new Promise((resolve) => child.once('exit', resolve));
  };
  await start();
  onTestFinished(stop);
  return {
    address: `ssh://${user}@127.0.0.1:${String(port)}`, port, folder, configFile, knownHosts, start, stop,
    breakConnections: async () => { for (const pid of descendants(server?.pid ?? 0, isSession)) endProcess(pid); },
  };
}

/** Machines over ssh as planb has them, ended with the test. */
export function sshHosts(sshd: Pick<TestSshd, 'configFile'>, secrets: readonly string[] = []): Hosts {
  const runProgram = createRunProgram(createMasker(secrets.map((value, index) => ({ name: `secret${String(index)}`, value }))));
  const hosts = createSshHosts({ runProgram, connectDatabase: connectTargetDatabase, settings: () => ({ configFile: sshd.configFile }) });
  onTestFinished(() => hosts.close());
  return hosts;
}

/** A free port of the loopback, for what cannot be told to listen on 0. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

const isSession = (name: string): boolean => name.startsWith('sshd');

/** The processes below one, as far as their names count; the programs that they started are not followed. */
function descendants(root: number, counts: (name: string) => boolean): readonly number[] {
  let children: readonly number[];
  try {
    children = readFileSync(`/proc/${String(root)}/task/${String(root)}/children`, 'utf8').trim().split(' ').filter((text) => text !== '').map(Number);
  } catch {
    return [];
  }
  return children.filter((pid) => counts(nameOf(pid))).flatMap((pid) => [pid, ...descendants(pid, counts)]);
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${String(pid)}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

import { execFile, spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

import { eventually } from './eventually.js';
import { tempFolder } from './temp-folder.js';

const exec = promisify(execFile);

/** A real sshd of the running test, with keys of its own; this user may log in. */
export interface SshServer {
  /** `ssh://user@127.0.0.1:port`. */
  readonly url: string;
  /** For `ssh -F`: the key and the known host. */
  readonly config: string;
  readonly knownHosts: string;
  stop(): Promise<void>;
}

/** Listens on 127.0.0.1 only. `options`: lines for sshd_config. */
export async function sshServer(options: readonly string[] = []): Promise<SshServer> {
  const folder = await tempFolder('planb-sshd');
  const path = (name: string): string => join(folder, name);
  const { username } = userInfo();
  for (const key of ['host', 'user']) await exec('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path(key)]);
  // sshd of root wants its folder for privilege separation, which only its service would make.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const port = await freePort();
  await writeFile(path('authorized_keys'), await readFile(path('user.pub')), { mode: 0o600 });
  await writeFile(path('sshd_config'), [
    `Port ${port}`, 'ListenAddress 127.0.0.1', `HostKey ${path('host')}`, `AuthorizedKeysFile ${path('authorized_keys')}`, 'PasswordAuthentication no', 'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password', 'StrictModes no', 'UsePAM no', 'PidFile none', 'Subsystem sftp internal-sftp', ...options, '',
  ].join('\n'));
  const known = `[127.0.0.1]:${port} ${(await readFile(path('host.pub'), 'utf8')).split(' ').slice(0, 2).join(' ')}\n`;
  await writeFile(path('known_hosts'), known);
  await writeFile(path('config'), `Host *\n  IdentityFile ${path('user')}\n  IdentitiesOnly yes\n  UserKnownHostsFile ${path('known_hosts')}\n  GlobalKnownHostsFile /dev/null\n`);

  // sshd starts itself again for each connection, so it wants its whole path.
  const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', path('sshd_config')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => { said += bytes.toString(); });
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await eventually(hasEnded);
  };
  onTestFinished(stop);
  await eventually(() => {
    if (hasEnded()) throw new Error(`sshd ended: ${said}`);
    return said.includes('Server listening on');
  });
  return { url: `ssh://${username}@127.0.0.1:${port}`, config: path('config'), knownHosts: path('known_hosts'), stop };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => { server.close(resolve); });
  return port;
}

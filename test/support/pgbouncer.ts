import { spawn } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

import { findFreePort } from '../../adapters/embedded/free-port.js';
import { eventually } from './eventually.js';
import { tempFolder } from './temp-folder.js';

/** A real PgBouncer that pools transactions in front of a database; ended with the test. Gives the URL through it. */
export async function startPgBouncer(url: string): Promise<string> {
  const folder = await tempFolder();
  const behind = new URL(url);
  const name = behind.pathname.slice(1);
  const [port, way] = await Promise.all([findFreePort(), openWay(behind)]);
  const config = join(folder, 'pgbouncer.ini');
  const password = behind.password === '' ? '' : ` password=${decodeURIComponent(behind.password)}`;
  await writeFile(config, `[databases]
${name} = host=127.0.0.1 port=${String(way)} dbname=${name} user=${decodeURIComponent(behind.username)}${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${String(port)}
unix_socket_dir =
auth_type = any
pool_mode = transaction
`);
  // It refuses to run as root.
  await chmod(folder, 0o755);
  const asRoot = process.getuid?.() === 0;
  const child = spawn('pgbouncer', [...(asRoot ? ['--user=postgres'] : []), config], { stdio: 'ignore', env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` } });
  onTestFinished(async () => {
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await ended;
  });
  await eventually(() => listens(port));
  return `postgresql://someone@127.0.0.1:${String(port)}/${name}`;
}

/** The tests' server listens on a private socket, which the user that PgBouncer runs as may not enter. */
async function openWay(behind: URL): Promise<number> {
  const folder = behind.searchParams.get('host');
  const server = createServer((client) => {
    const to = folder === null ? connect(Number(behind.port || '5432'), behind.hostname) : connect(join(folder, `.s.PGSQL.${behind.port || '5432'}`));
    client.pipe(to).pipe(client);
    client.on('error', () => to.destroy());
    to.on('error', () => client.destroy());
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  onTestFinished(() => { server.close(); });
  return (server.address() as AddressInfo).port;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => { socket.destroy(); resolve(true); });
    socket.once('error', () => { resolve(false); });
  });
}

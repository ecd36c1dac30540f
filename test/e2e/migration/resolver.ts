import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Resolver } from 'node:dns/promises';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { findFreePort } from '../../../adapters/embedded/free-port.js';
import { eventually } from '../../support/eventually.js';
import { tempFolder } from '../../support/temp-folder.js';

/** BIND as a resolver with a cache of its own: it keeps answers for as long as their TTL says. Returns `127.0.0.1:port`; ended with the test. */
export async function startCachingResolver(authority: { readonly port: number }): Promise<string> {
  const folder = await tempFolder('planb-resolver');
  const port = await findUdpPort();
  const config = join(folder, 'named.conf');
  await writeFile(config, `
options {
  directory "${folder}"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none; session-keyfile "${folder}/session.key";
  recursion yes; allow-recursion { any; }; dnssec-validation no; empty-zones-enable no; forward only; forwarders { 127.0.0.1 port ${authority.port}; };
};
controls { };
`);
  const child = spawn('named', ['-g', '-c', config, '-n', '1'], { stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` } });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => { said += bytes.toString(); });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  const address = `127.0.0.1:${port}`;
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([address]);
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error(`named ended: ${said}`);
    await resolver.resolve4('ns1.example.org');
    return true;
  });
  return address;
}

async function findUdpPort(): Promise<number> {
  const port = await findFreePort();
  const socket = createSocket('udp4');
  try {
    socket.bind(port, '127.0.0.1');
    await once(socket, 'listening');
    return port;
  } catch {
    return await findUdpPort();
  } finally {
    socket.close();
  }
}

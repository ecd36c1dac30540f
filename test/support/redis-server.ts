import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { findRedis } from '../../adapters/embedded/find-binaries.js';
import { findFreePort } from '../../adapters/embedded/free-port.js';
import { eventually } from './eventually.js';
import { tempFolder } from './temp-folder.js';

/** A Redis of the running test with settings of its own, ended with it. */
export async function startOwnRedis(settings: readonly string[] = []): Promise<{ readonly port: number; readonly url: string; readonly client: Redis }> {
  const port = await findFreePort();
  const child = spawn(await findRedis(), ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no', '--dir', await tempFolder('planb-redis'), ...settings], { stdio: 'ignore' });
  onTestFinished(() => new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    if (!child.kill('SIGKILL')) resolve();
  }));
  const client = new Redis({ host: '127.0.0.1', port, maxRetriesPerRequest: null, retryStrategy: () => 20 });
  client.on('error', () => undefined);
  onTestFinished(() => client.disconnect());
  await client.ping();
  return { port, url: `redis://127.0.0.1:${port}`, client };
}

/** Masters that share the slots between them. */
export async function startCluster(masters: number): Promise<readonly { readonly port: number; readonly url: string; readonly client: Redis }[]> {
  const nodes = [];
  for (let nth = 0; nth < masters; nth += 1) nodes.push(await startOwnRedis(['--cluster-enabled', 'yes', '--cluster-port', String(await findFreePort())]));
  const share = Math.ceil(16_384 / masters);
  const [first] = nodes;
  for (const [nth, { client }] of nodes.entries()) {
    await client.call('CLUSTER', 'ADDSLOTSRANGE', String(nth * share), String(Math.min(16_384, (nth + 1) * share) - 1));
    await client.call('CLUSTER', 'SET-CONFIG-EPOCH', String(nth + 1));
    if (nth === 0 || first === undefined) continue;
    const bus = (await client.call('CONFIG', 'GET', 'cluster-port')) as readonly string[];
    await first.client.call('CLUSTER', 'MEET', '127.0.0.1', String(nodes[nth]?.port), bus[1] ?? '');
  }
  for (const { client } of nodes) await eventually(async () => /cluster_state:ok[\s\S]*cluster_size:(\d+)/.exec(String(await client.call('CLUSTER', 'INFO')))?.[1] === String(masters));
  return nodes;
}

/** A certificate for an address that is its own authority. */
export async function makeCertificate(address = '127.0.0.1'): Promise<{ readonly cert: string; readonly key: string }> {
  const folder = await tempFolder('planb-tls');
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  await promisify(execFile)('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj', `/CN=${address}`, '-addext', `subjectAltName=IP:${address}`]);
  return { cert, key };
}

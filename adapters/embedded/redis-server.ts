import { randomBytes } from 'node:crypto';
import { chown, mkdir } from 'node:fs/promises';

import { Redis } from 'ioredis';

import { findRedis } from './find-binaries.js';
import { findFreePort } from './free-port.js';
import { runEmbedded } from './run-embedded.js';
import type { ServerFolder } from './server-folder.js';
import type { EmbeddedOptions, EmbeddedServer, ServerKind } from './server-kind.js';

/**
 * Runs planb's own Redis (or Valkey) in `options.dataDir`, or joins the one that another planb runs there. It listens
 * on a free port of 127.0.0.1 and wants a random password.
 *
 * @throws EmbeddedServiceError with one sentence for the operator
 */
export async function startRedis(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const durable = options.durable ?? true;
  const kind: ServerKind = {
    name: 'Redis',
    stopSignal: 'SIGTERM',
    prepare: async (folder, previousUrl) => {
      await makeData(folder);
      const url = new URL(previousUrl ?? `redis://:${randomBytes(24).toString('hex')}@127.0.0.1:${await findFreePort()}/0`);
      return { argv: [await findRedis(), '-'], input: configuration(folder, url, durable), url: url.href };
    },
    answers,
    isAddressTaken: (log) => log.includes('Address already in use'),
  };
  return runEmbedded(kind, options);
}

function configuration(folder: ServerFolder, url: URL, durable: boolean): string {
  return [
    'bind 127.0.0.1',
    `port ${url.port}`,
    `requirepass ${url.password}`,
    'protected-mode yes',
    'daemonize no',
    'supervised no',
    `dir ${quote(folder.data)}`,
    'save ""',
    `appendonly ${durable ? 'yes' : 'no'}`,
    // Redis holds only wake-ups, which the sweep repeats from PostgreSQL: a second of them may be lost to a power cut,
    // and an fsync for each would cost more than it saves.
    'appendfsync everysec',
    // BullMQ's queues must never be evicted.
    'maxmemory-policy noeviction',
    'loglevel notice',
    'logfile ""',
    '',
  ].join('\n');
}

async function makeData(folder: ServerFolder): Promise<void> {
  const made = await mkdir(folder.data, { recursive: true, mode: 0o700 });
  if (made !== undefined && folder.user.owner !== null) await chown(folder.data, folder.user.owner.uid, folder.user.owner.gid);
}

async function answers(url: string): Promise<boolean> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0, connectTimeout: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    // Refused with LOADING while the append-only file is read.
    await client.ping();
    return true;
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}

/** Double quotes and backslashes are what redis.conf escapes inside double quotes. */
function quote(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

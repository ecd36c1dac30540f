import type { ConnectionOptions } from 'node:tls';
import { Redis, type RedisOptions } from 'ioredis';
import { z } from 'zod';
import type { ActionContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import { greet } from './greet.js';
import type { RedisInput } from './redis-input.js';

/** One Redis, or the masters of a cluster: every key is on exactly one of `nodes`. */
export interface RedisPlace {
  /** `host:port/db`, without credentials. */
  readonly said: string;
  readonly nodes: readonly Redis[];
  readonly cluster: boolean;
}

const connectMs = 5_000;
const commandMs = 15_000;

/** Connects, works, closes. Throws ActionError with one masked sentence; when the context's signal aborts, rejects with its reason. */
export async function withRedis<T>(context: ActionContext, given: RedisInput, work: (place: RedisPlace) => Promise<T>): Promise<T> {
  const address = readAddress(given);
  const said = `${address.host}:${address.port}/${address.db}`;
  const clients: Redis[] = [];
  const stop = (): void => clients.forEach((client) => client.disconnect());
  context.signal.addEventListener('abort', stop);
  try {
    context.signal.throwIfAborted();
    const first = await open(address, clients);
    const cluster = /^cluster_enabled:1/m.test(await first.info('cluster'));
    const nodes = cluster ? await openMasters(first, address, clients) : [first];
    if (!cluster && /^role:slave/m.test(await first.info('replication'))) throw new ActionError('redis-replica', `${said} is a replica, which takes no changes: name its master`);
    return await work({ said, nodes, cluster });
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof ActionError) throw error;
    // The client rejects with errors of Redis and of the network only; what happened before that is in their words.
    if (error instanceof Error && isRedisTrouble(error)) throw new ActionError('redis-failed', context.mask(`${said}: ${firstLine(error)}`), { retryable: true, cause: error });
    throw error;
  } finally {
    context.signal.removeEventListener('abort', stop);
    stop();
  }
}

interface Address {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly options: Pick<RedisOptions, 'username' | 'password' | 'tls'>;
}

function readAddress(given: RedisInput): Address {
  const url = URL.canParse(given.url) ? new URL(given.url) : undefined;
  // The address may be a password: it is not repeated.
  if (url === undefined || !/^rediss?:$/.test(url.protocol) || url.hostname === '' || !/^(\/\d*)?$/.test(url.pathname)) throw new ActionError('bad-redis-url', 'the address of Redis is none: it has the form redis://user:password@host:6379/0');
  const password = given.password ?? decodeURIComponent(url.password);
  const username = given.username ?? decodeURIComponent(url.username);
  const tls = given.tls ?? (url.protocol === 'rediss:' ? {} : undefined);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? 6379 : Number(url.port), db: given.db ?? Number(url.pathname.slice(1) || 0),
    options: {
      ...(password === '' ? {} : { password }), ...(username === '' ? {} : { username }),
      ...(tls === undefined ? {} : { tls: tlsOptions(tls) }),
    },
  };
}

function tlsOptions({ ca, cert, key, servername }: NonNullable<RedisInput['tls']>): ConnectionOptions {
  return { ...(ca === undefined ? {} : { ca }), ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }), ...(servername === undefined ? {} : { servername }) };
}

async function open({ host, port, db, options }: Address, clients: Redis[]): Promise<Redis> {
  await greet(host, port, options.tls, connectMs).catch((error: unknown) => {
    throw new Unreachable(error instanceof Error ? sayNetwork(error) : String(error), { cause: error });
  });
  const client = new Redis({
    ...options, host, port, db, lazyConnect: true, connectTimeout: connectMs, commandTimeout: commandMs,
    // A step that fails says so and may be tried again; a client that reconnects by itself would hide it.
    retryStrategy: () => null, maxRetriesPerRequest: 0, enableReadyCheck: false, disableClientInfo: true,
    // Redis before 6 knows no other, and says plainly when it wants a password.
    protocol: 2,
  });
  clients.push(client);
  // `connect` rejects with "Connection is closed" only; why is told here, once for a refused password and once for a lost connection.
  let reason: Error | undefined;
  client.on('error', (error: Error) => { reason ??= error; });
  try {
    await client.connect();
    // A refused password or database is told beside the connection, not by it.
    await client.ping();
  } catch (error) {
    throw reason ?? error;
  }
  if (reason !== undefined) throw reason;
  return client;
}

/** First slot, last slot, the master's address and more, then its replicas. */
const slotRange = z.tuple([z.number(), z.number(), z.tuple([z.string().nullable(), z.number()], z.unknown())], z.unknown());

/** By the cluster's own map. A node without an address of its own is the one that was asked. */
async function openMasters(first: Redis, address: Address, clients: Redis[]): Promise<readonly Redis[]> {
  const ranges = await first.cluster('SLOTS');
  const masters = new Map<string, { readonly host: string; readonly port: number }>();
  for (const range of z.array(z.unknown()).parse(ranges)) {
    const parsed = slotRange.safeParse(range);
    if (!parsed.success) continue;
    const [host, port] = parsed.data[2];
    const found = { host: host === null || host === '' || host === '?' ? address.host : host, port };
    masters.set(`${found.host}:${found.port}`, found);
  }
  if (masters.size === 0) throw new ActionError('redis-failed', `${address.host}:${address.port} belongs to a cluster that has no slots`);
  return Promise.all([...masters.values()].map((master) => open({ ...address, ...master, db: 0 }, clients)));
}

class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

function isRedisTrouble(error: Error): boolean {
  return error instanceof Unreachable || ['ReplyError', 'MaxRetriesPerRequestError', 'AbortError'].includes(error.name) || 'code' in error || /^(Connection is closed|Command timed out|connect ETIMEDOUT|Stream isn't writeable)/.test(error.message);
}

function firstLine({ message }: Error): string {
  return message.split('\n')[0] ?? '';
}

/** A name with several addresses fails with one error an address, and an empty message of its own. */
function sayNetwork(error: Error): string {
  return error instanceof AggregateError ? error.errors.map((inner) => (inner instanceof Error ? firstLine(inner) : String(inner))).join('; ') : firstLine(error);
}

import type { Redis } from 'ioredis';
import type { ActionContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import type { RedisPlace } from './connect.js';
import type { RedisInput } from './redis-input.js';

/** Keys that a clearing would take. */
export interface KeyCount {
  readonly keys: number;
  /** False: the time was over before all were seen, so there are more. */
  readonly complete: boolean;
}

/** Enough for few round trips, and so few that Redis never blocks its other clients for longer than a millisecond. */
const batch = 500;

/** Counts for at most `limitMs` what would go. SCAN may tell of a key twice while Redis resizes, so it is about right. */
export async function countKeys(context: ActionContext, { nodes }: RedisPlace, given: RedisInput, limitMs: number): Promise<KeyCount> {
  if (given.pattern === undefined) {
    const counts = await Promise.all(nodes.map((node) => (given.everything === 'server' ? keysOfServer(node) : node.dbsize())));
    return { keys: sum(counts), complete: true };
  }
  const until = context.now() + limitMs;
  let keys = 0;
  for (const node of nodes) {
    for await (const found of scan(node, given.pattern)) {
      context.signal.throwIfAborted();
      keys += found.length;
      if (context.now() >= until) return { keys, complete: false };
    }
  }
  return { keys, complete: true };
}

/** Takes them away and says how many there were. */
export async function clearKeys(context: ActionContext, place: RedisPlace, given: RedisInput): Promise<number> {
  if (given.pattern === undefined) {
    const { keys } = await countKeys(context, place, given, 0);
    await Promise.all(place.nodes.map((node) => (given.everything === 'server' ? node.flushall('ASYNC') : node.flushdb('ASYNC'))));
    return keys;
  }
  let cleared = 0;
  for (const node of place.nodes) {
    for await (const found of scan(node, given.pattern)) {
      context.signal.throwIfAborted();
      if (found.length > 0) cleared += await unlink(node, found, place.cluster);
      context.progress(`${cleared} keys cleared`);
    }
  }
  return cleared;
}

/** Keys as bytes: they need not be text. What is there from the first to the last round is told for certain. */
async function* scan(node: Redis, pattern: string): AsyncGenerator<readonly Buffer[]> {
  let cursor = '0';
  do {
    const [next, found] = await node.scanBuffer(cursor, 'MATCH', pattern, 'COUNT', batch);
    yield found;
    cursor = next.toString();
  } while (cursor !== '0');
}

/** UNLINK frees the memory in the background. One command for keys of several slots is refused by a cluster. */
async function unlink(node: Redis, keys: readonly Buffer[], cluster: boolean): Promise<number> {
  if (!cluster) return node.unlink(...keys);
  const pipeline = node.pipeline();
  for (const key of keys) pipeline.unlink(key);
  const answers = (await pipeline.exec()) ?? [];
  const refused = answers.find(([error]) => error !== null)?.[0];
  if (refused) throw new ActionError('redis-failed', `the cluster refused a key: ${refused.message}`, { retryable: true, cause: refused });
  return sum(answers.map(([, count]) => Number(count)));
}

async function keysOfServer(node: Redis): Promise<number> {
  return sum([...(await node.info('keyspace')).matchAll(/^db\d+:keys=(\d+)/gm)].map(([, count]) => Number(count)));
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, one) => total + one, 0);
}

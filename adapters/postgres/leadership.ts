import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { StoreError, type Store } from '../../src/ports/store.js';
import { toStoreError } from './pool.js';

const retryMs = 2_000;
const checkMs = 2_000;
const silentMs = 8_000;

/**
 * One holder of a name over all processes: a session-level advisory lock on a connection of its own. PostgreSQL gives it back the moment that connection is
 * gone, so a killed holder blocks nobody; a holder that lost its connection stops working.
 */
export function leadership(url: string): Pick<Store, 'withLeadership'> {
  return {
    withLeadership: async (name, signal, work) => {
      while (!signal.aborted) {
        const client = new pg.Client({ connectionString: url, application_name: `planb leader ${name}`, connectionTimeoutMillis: 5_000, keepAlive: true });
        const held = new AbortController();
        const stop = (): void => held.abort();
        client.on('error', stop);
        client.on('end', stop);
        // From here on, so that an abort while the lock is being taken is not missed: the work would never end.
        signal.addEventListener('abort', stop, { once: true });
        try {
          await client.connect();
          await endWhenSilent(client);
          if ((await takeLock(client, name)) && !held.signal.aborted) {
            const watching = watchConnection(client, held.signal).then(stop);
            await work(held.signal).finally(stop);
            await watching;
          }
        } catch (error) {
          // PostgreSQL is away: somebody leads again when it is back. Anything else is a bug of the work.
          const failure = toStoreError(error);
          if (!(failure instanceof StoreError && failure.retryable) && !isAborted(signal)) throw failure;
        } finally {
          signal.removeEventListener('abort', stop);
          await client.end().catch(() => undefined);
        }
        await delay(retryMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}

/** A holder that is stopped or cut off would keep its connection, and the lock, for ever: PostgreSQL ends a session that does not ask any more (14 and later). */
async function endWhenSilent(client: pg.Client): Promise<void> {
  await client.query(`SELECT set_config('idle_session_timeout', $1, false) FROM pg_settings WHERE name = 'idle_session_timeout'`, [String(silentMs)]);
}

async function takeLock(client: pg.Client, name: string): Promise<boolean> {
  const { rows } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS held', [`planb ${name}`]);
  return rows[0]?.held ?? false;
}

/** Resolves when the connection is gone or the signal aborts; a silent network failure shows as a query without an answer. */
async function watchConnection(client: pg.Client, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const answered = await Promise.race([client.query('SELECT 1').then(() => true, () => false), delay(5_000, false, { ref: false })]);
    if (!answered) return;
    await delay(checkMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

/** As a function, because it changes between two looks. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

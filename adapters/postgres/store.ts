import type { Store } from '../../src/ports/store.js';
import { backups } from './backups.js';
import { boards } from './boards.js';
import { deliveries } from './deliveries.js';
import { eventStore } from './event-store.js';
import { heads } from './heads.js';
import { leadership } from './leadership.js';
import { leases } from './leases.js';
import { messages } from './messages.js';
import { newerMigrations } from './migrate.js';
import { outbox } from './outbox.js';
import { asStoreCall, createPool, type PoolOptions } from './pool.js';
import { preflights } from './preflights.js';
import { progress } from './progress.js';
import { targets } from './targets.js';
import { watches } from './watches.js';

/** planb's own PostgreSQL as one port. The schema must be up to date (migrate). */
export function createStore(options: PoolOptions): Store {
  let closing = false;
  // The pool's end does not wait for its connections' goodbyes: a server that stops right after it breaks them, which is nobody's trouble.
  const pool = createPool({ ...options, onIdleError: (error) => { if (!closing) options.onIdleError?.(error); } });
  return {
    ...deliveries(pool), ...eventStore(pool), ...leases(pool), ...outbox(pool), ...boards(pool), ...messages(pool), ...progress(pool), ...targets(pool), ...backups(pool), ...preflights(pool), ...heads(pool), ...watches(pool),
    ...leadership(options.url), newerMigrations: () => asStoreCall(() => newerMigrations(pool)), close: () => {
      closing = true;
      return pool.end();
    },
  };
}

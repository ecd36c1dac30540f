import type { Store } from '../../src/ports/store.js';
import { boards } from './boards.js';
import { deliveries } from './deliveries.js';
import { eventStore } from './event-store.js';
import { leadership } from './leadership.js';
import { leases } from './leases.js';
import { messages } from './messages.js';
import { outbox } from './outbox.js';
import { createPool, type PoolOptions } from './pool.js';
import { progress } from './progress.js';
import { targets } from './targets.js';

/** planb's own PostgreSQL as one port. The schema must be up to date (migrate). */
export function createStore(options: PoolOptions): Store {
  const pool = createPool(options);
  return {
    ...deliveries(pool), ...eventStore(pool), ...leases(pool), ...outbox(pool), ...boards(pool), ...messages(pool), ...progress(pool), ...targets(pool),
    ...leadership(options.url), close: () => pool.end(),
  };
}

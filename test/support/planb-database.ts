import { onTestFinished } from 'vitest';
import { migrate } from '../../adapters/postgres/migrate.js';
import { createStore } from '../../adapters/postgres/store.js';
import type { Store } from '../../src/ports/store.js';
import { createDatabase, type TestDatabase } from './postgres.js';

/** An empty database with planb's own schema. */
export function createPlanbDatabase(): Promise<TestDatabase> {
  return createDatabase({ name: 'planb', migrate: async (url) => { await migrate(url); } });
}

/** The same for the running test alone, with a store on it; both are gone when the test ends. */
export async function createTestStore(): Promise<TestDatabase & { readonly store: Store }> {
  const database = await createPlanbDatabase();
  const store = createStore({ url: database.url });
  onTestFinished(async () => {
    await store.close();
    await database.drop();
  });
  return { ...database, store };
}

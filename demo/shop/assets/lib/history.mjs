/** The migration history as a rollback sees it. The table's words are the migrator's: ../migrator/ledger.mjs. */
import pg from 'pg';
import { isFailed, lockLedger, markRolledBack, readLedger, unlockLedger } from '../migrator/ledger.mjs';
import { readSettings } from './world.mjs';

async function withHistory(work) {
  const client = new pg.Client({ connectionString: readSettings().databaseUrl, connectionTimeoutMillis: 5_000, application_name: 'shop-history' });
  await client.connect();
  try {
    await lockLedger(client);
    const result = await work(client);
    await unlockLedger(client);
    return result;
  } finally {
    await client.end();
  }
}

async function failedNames(client) {
  const rows = (await readLedger(client)) ?? [];
  return [...new Set(rows.filter(isFailed).map((row) => row.migration_name))];
}

/** The migrations that block every deploy. */
export function listFailedMigrations() {
  return withHistory(failedNames);
}

/**
 * Stamps the failed rows rolled back and returns their names; none is fine. This is right because a script that fails leaves
 * nothing behind: it runs as one transaction. Rows of applied migrations stay, since their objects do.
 */
export function settleHistory() {
  return withHistory(async (client) => {
    const names = await failedNames(client);
    for (const name of names) await markRolledBack(client, name);
    return names;
  });
}

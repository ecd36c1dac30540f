import { z } from 'zod';
import type { ActionContext } from '../../../src/ports/action.js';
import { type TargetDatabase, TargetDatabaseError } from '../../../src/ports/target-database.js';
import type { ThrowawayServer } from '../../../src/ports/throwaway-postgres.js';
import type { SnapshotAbout } from './snapshot.js';

const databaseName = 'restored';
const named = z.object({ name: z.string() });

export type PreparedDatabase = { readonly ok: true; readonly url: string; readonly version: string } | { readonly ok: false; readonly why: string };

/** Makes the empty database that a dump is restored into, like the one that it came from, or says what this server cannot imitate. */
export async function prepareDatabase(context: ActionContext, server: ThrowawayServer, about: SnapshotAbout): Promise<PreparedDatabase> {
  const admin = await context.connectDatabase(server.url);
  try {
    const why = (await extensionTrouble(admin, about.extensions)) ?? (await collationTrouble(admin, about.collations));
    if (why !== undefined) return { ok: false, why };
    await createRoles(admin, about.roles);
    await createDatabase(admin, about);
    const [row] = await admin.query(`SELECT current_setting('server_version') AS version`);
    const url = new URL(server.url);
    url.pathname = `/${databaseName}`;
    return { ok: true, url: url.href, version: z.object({ version: z.string() }).parse(row).version };
  } finally {
    await admin.close();
  }
}

/** Tried, not looked up: some are there and yet want a library that is loaded at start (timescaledb, pg_cron). */
async function extensionTrouble(admin: TargetDatabase, extensions: readonly string[]): Promise<string | undefined> {
  for (const name of extensions) {
    try {
      await admin.query('BEGIN');
      await admin.query(`CREATE EXTENSION IF NOT EXISTS ${quoted(name)} CASCADE`);
    } catch (error) {
      if (!isQueryError(error)) throw error;
      return `the extension ${name} cannot be created on this machine: ${error.message}`;
    } finally {
      await admin.query('ROLLBACK');
    }
  }
  return undefined;
}

async function collationTrouble(admin: TargetDatabase, collations: readonly string[]): Promise<string | undefined> {
  const rows = await admin.query('SELECT name FROM unnest($1::text[]) AS name WHERE name NOT IN (SELECT collname FROM pg_collation)', [collations]);
  const missing = rows.map((row) => named.parse(row).name);
  return missing.length === 0 ? undefined : `this machine does not have the ${missing.length === 1 ? 'collation' : 'collations'} ${missing.join(', ')}`;
}

/** Row security policies and user mappings name roles. Owners and privileges are left out of the restore, so the roles need no rights. */
async function createRoles(admin: TargetDatabase, roles: readonly string[]): Promise<void> {
  const rows = await admin.query('SELECT name FROM unnest($1::text[]) AS name WHERE name NOT IN (SELECT rolname FROM pg_roles)', [roles]);
  for (const row of rows) await admin.query(`CREATE ROLE ${quoted(named.parse(row).name)} NOLOGIN`);
}

/** The operating system may not have the live server's locale; then one that leaves texts as they are: counts do not rest on an order. */
async function createDatabase(admin: TargetDatabase, about: SnapshotAbout): Promise<void> {
  const locales = [{ collate: about.collate, ctype: about.ctype }, { collate: 'C.UTF-8', ctype: 'C.UTF-8' }];
  const create = (locale: { readonly collate: string; readonly ctype: string }): Promise<unknown> =>
    admin.query(`CREATE DATABASE ${databaseName} TEMPLATE template0 ENCODING ${literal(about.encoding)} LC_COLLATE ${literal(locale.collate)} LC_CTYPE ${literal(locale.ctype)}`);
  for (const locale of locales) {
    try {
      await create(locale);
      return;
    } catch (error) {
      if (!isQueryError(error)) throw error;
    }
  }
  // Goes with every encoding, on every machine.
  await create({ collate: 'C', ctype: 'C' });
}

function isQueryError(error: unknown): error is TargetDatabaseError {
  return error instanceof TargetDatabaseError && error.code === 'query-failed';
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

import { randomUUID } from 'node:crypto';

import pg from 'pg';
import { inject } from 'vitest';

/** A fresh database of a test file. */
export interface TestDatabase {
  readonly url: string;
  /** A pool on it; closed by `drop`. */
  readonly pool: pg.Pool;
  drop(): Promise<void>;
}

/** What a database begins with. */
export interface Template {
  /** One name for one schema: files that give the same name share the migrated template. */
  readonly name: string;
  /** Runs once a test run; must have closed its connections when it returns. */
  readonly migrate: (url: string) => Promise<void>;
}

/** Makes a database of its own for the caller, a copy of `template` when one is given, else empty. */
export async function createDatabase(template?: Template): Promise<TestDatabase> {
  const source = template === undefined ? 'template0' : await prepareTemplate(template);
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await asAdmin((admin) => admin.query(`CREATE DATABASE ${name} TEMPLATE ${source}`));
  const url = databaseUrl(name);
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  // A database that a test takes away must fail that test's query, not the whole process.
  pool.on('error', () => undefined);
  return {
    url,
    pool,
    drop: async () => {
      await pool.end();
      await asAdmin((admin) => admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}

/** Two files may want the same template at once: the first one in makes it, the rename says that it is complete. */
async function prepareTemplate(template: Template): Promise<string> {
  const name = `template_${template.name}`;
  await asAdmin(async (admin) => {
    await admin.query('SELECT pg_advisory_lock(hashtext($1))', [name]);
    const { rowCount } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount !== 0) return;
    const draft = `${name}_draft`;
    await admin.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
    await admin.query(`CREATE DATABASE ${draft} TEMPLATE template0`);
    await template.migrate(databaseUrl(draft));
    await admin.query(`ALTER DATABASE ${draft} RENAME TO ${name}`);
  });
  return name;
}

async function asAdmin(work: (admin: pg.Client) => Promise<unknown>): Promise<void> {
  const admin = new pg.Client({ connectionString: inject('postgresUrl') });
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}

function databaseUrl(name: string): string {
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  return url.href;
}

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { preflightDriftAction } from '../../../jobs/actions/preflight-drift.js';
import { preflightMigrationsAction } from '../../../jobs/actions/preflight-migrations.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';
import { tempFolder } from '../../support/temp-folder.js';
import { stepContext } from './step-context.js';

const first = 'CREATE TYPE "state" AS ENUM (\'open\', \'paid\');\nCREATE TABLE "orders" ("id" SERIAL PRIMARY KEY, "note" TEXT, "state" "state" NOT NULL DEFAULT \'open\');\nCREATE INDEX "orders_note" ON "orders" ("note");\n';
const second = 'CREATE TABLE "coupons" ("code" VARCHAR(20) NOT NULL UNIQUE);\n';
const third = '-- The note is unused.\n\nCREATE TABLE "extras" ("id" INTEGER);\nALTER TABLE "orders" DROP COLUMN "note";\n';

/** Migrations on disk, and a database that has run the first two. */
async function shop(scripts: Readonly<Record<string, string>>): Promise<{ readonly database: TestDatabase; readonly directory: string }> {
  const [database, directory] = await Promise.all([createDatabase(), tempFolder('planb-migrations')]);
  onTestFinished(() => database.drop());
  for (const [name, sql] of Object.entries(scripts)) {
    await mkdir(join(directory, name));
    await writeFile(join(directory, name, 'migration.sql'), sql);
  }
  await database.pool.query(`CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz, migration_name varchar(255) NOT NULL, logs text,
    rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0)`);
  await database.pool.query(first);
  await database.pool.query(second);
  await database.pool.query(`INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name) VALUES ('1', 'x', now(), '1_init'), ('2', 'x', now(), '2 Coupons')`);
  return { database, directory };
}
const running = { '1_init': first, '2 Coupons': second };

test('the schema is what the migrations make, however the server prints it', async () => {
  const { database, directory } = await shop(running);
  const { context } = await stepContext();
  const result = await preflightDriftAction.execute(context, preflightDriftAction.input.parse({ database: database.url, migrations: { directory } }));
  expect(result).toMatchObject({ ok: true, receipt: { schema: 'public', migrations: 2 } });
});

test('what differs is named: missing, extra and different, not each part of a missing table, and not what is ignored', async () => {
  const { database, directory } = await shop(running);
  await database.pool.query('DROP TABLE coupons; DROP INDEX orders_note; ALTER TABLE orders ALTER note TYPE varchar(10); ALTER TYPE state ADD VALUE \'void\'; ALTER TABLE orders ADD by_hand integer; CREATE TABLE audit (n integer)');
  const { context } = await stepContext();
  const compare = (ignore: readonly string[]) => preflightDriftAction.execute(context, preflightDriftAction.input.parse({ database: database.url, migrations: { directory }, ignore }));
  const result = await compare([]);
  expect(result).toMatchObject({ ok: false, error: { code: 'schema-drift' } });
  expect(result.ok ? '' : result.error.tail?.split('\n')).toEqual([
    'column orders.by_hand is there and no migration makes it', 'column orders.note is "character varying(10)", expected "text"', 'enum state is "open, paid, void", expected "open, paid"',
    'index orders_note is missing', 'table audit is there and no migration makes it', 'table coupons is missing',
  ]);
  expect(await compare(['orders', 'audit', 'coupons', 'state', 'orders_note'])).toMatchObject({ ok: true });
});

test('in a schema of its own, too', async () => {
  const { database, directory } = await shop(running);
  await database.pool.query(`CREATE SCHEMA app; SET search_path TO app; ${first} ${second} SET search_path TO app, public`);
  const { context } = await stepContext();
  expect(await preflightDriftAction.execute(context, preflightDriftAction.input.parse({ database: database.url, schema: 'app', migrations: { directory } }))).toMatchObject({ ok: true, receipt: { schema: 'app' } });
});

test('migrations that cannot be built here are said, with their line', async () => {
  const { database, directory } = await shop({ ...running, '3_extension': '\nCREATE EXTENSION "nowhere_to_be_found";\n' });
  const { context } = await stepContext();
  const result = await preflightDriftAction.execute(context, preflightDriftAction.input.parse({ database: database.url, migrations: { directory } }));
  expect(result).toMatchObject({ ok: false, error: { code: 'not-comparable', message: expect.stringContaining('3_extension, line 2: ') as string } });
});

test('a destructive migration without a way down stops the preflight, with its line; a down.sql or a name lets it pass', async () => {
  const { database, directory } = await shop({ ...running, '3_drop_note': third });
  const { context } = await stepContext();
  const look = (more: object = {}) => preflightMigrationsAction.execute(context, preflightMigrationsAction.input.parse({ prisma: { database: database.url, next: { directory } }, ...more }));
  expect(await look()).toMatchObject({
    ok: false, error: { code: 'destructive-migrations', message: expect.stringMatching(/^3_drop_note: line 4 removes column "orders"\."note"; the running release would break on it \(.*\); no down migration$/) as string },
  });
  expect(await look({ accept: ['3_drop_note'] })).toMatchObject({ ok: true, receipt: { coming: 1, destructive: 1 } });
  await writeFile(join(directory, '3_drop_note', 'down.sql'), 'ALTER TABLE "orders" ADD COLUMN "note" TEXT;');
  expect(await look()).toMatchObject({ ok: true, receipt: { coming: 1, destructive: 1, migrations: [{ name: '3_drop_note', hasDown: true }] } });
});

test('additive migrations pass', async () => {
  const { database, directory } = await shop({ ...running, '3_more': 'ALTER TABLE "orders" ADD COLUMN "extra" TEXT;' });
  const { context } = await stepContext();
  const result = await preflightMigrationsAction.execute(context, preflightMigrationsAction.input.parse({ prisma: { database: database.url, next: { directory } } }));
  expect(result).toMatchObject({ ok: true, receipt: { coming: 1, destructive: 0, migrations: [{ name: '3_more', destroys: [], breaks: [] }] } });
});

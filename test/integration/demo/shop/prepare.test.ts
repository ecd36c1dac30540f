import { once } from 'node:events';
import { mkdtemp, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { execa, type Options } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { readHealth } from '../../../../demo/shop/health.js';
import { prepareShop, type Shop, type ShopProgram } from '../../../../demo/shop/prepare.js';
import { eventually } from '../../../support/eventually.js';
import { createDatabase, type TestDatabase } from '../../../support/postgres.js';

const FAILED = '20260518081500_one_account_per_email';

let database: TestDatabase;
let folder: string;
let shop: Shop;

beforeAll(async () => {
  database = await createDatabase();
  folder = await mkdtemp(join(tmpdir(), 'planb-shop-'));
  shop = await prepareShop({ dir: join(folder, 'shop'), databaseUrl: database.url, port: 0 });
});

afterAll(async () => {
  await shop.stop();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function run(name: ShopProgram, args: readonly string[] = [], options: Options = {}): Promise<{ code: number; out: string; err: string }> {
  const result = await execa(shop.program(name), args, { ...options, reject: false });
  return { code: result.exitCode ?? -1, out: String(result.stdout), err: String(result.stderr) };
}

async function listMigrations(): Promise<string[]> {
  const { rows } = await database.pool.query<{ migration_name: string; state: string }>(
    `SELECT migration_name, CASE WHEN rolled_back_at IS NOT NULL THEN 'rolled back' WHEN finished_at IS NULL THEN 'failed' ELSE 'applied' END AS state
     FROM _prisma_migrations ORDER BY migration_name`,
  );
  return rows.map((row) => `${row.migration_name}: ${row.state}`);
}

describe('the shop after its bad release', () => {
  test('1.1.0 runs, and its health says which column is missing', async () => {
    expect(await readHealth(shop.url)).toEqual({
      code: 503, status: 'unavailable', version: '1.1.0', db: 'failing', reason: 'column "coupon_code" does not exist',
    });
    expect(await run('running')).toMatchObject({ code: 0, out: '1.1.0' });
    expect((await run('releases')).out).toBe('1.1.0\n1.0.0');
    expect(await readlink(join(shop.dir, 'current'))).toBe('releases/1.1.0');
  });

  test('the history holds three applied migrations and a failed one, which left nothing behind', async () => {
    expect(await listMigrations()).toEqual([
      '20260112093000_init: applied', '20260203141500_add_order_status: applied', '20260518080000_add_coupons: applied', `${FAILED}: failed`,
    ]);
    const { rows } = await database.pool.query("SELECT 1 FROM information_schema.columns WHERE column_name = 'coupon_code'");
    expect(rows).toEqual([]);
  });

  test('its log names the migration and repeats the error', async () => {
    await eventually(async () => (await readFile(shop.logFile, 'utf8')).includes('"level":"error","version":"1.1.0","msg":"coupon report: column'));
    expect(await readFile(shop.logFile, 'utf8')).toContain(`P3018: A migration failed to apply. New migrations cannot be applied before the error is recovered from. Migration name: ${FAILED}`);
  });

  test('a probe tells what runs, what does not, and what it cannot know', async () => {
    expect((await run('probe-release', ['1.1.0'])).code).toBe(0);
    expect((await run('probe-release', ['1.0.0'])).code).toBe(1);
    expect(await run('probe-release', ['9.9.9'])).toEqual({ code: 2, out: '', err: 'probe-release: no release 9.9.9; there are 1.0.0, 1.1.0' });
  });

  test('an unknown release is refused in one line and stops nothing', async () => {
    expect(await run('release', ['9.9.9'])).toEqual({ code: 2, out: '', err: 'release: no release 9.9.9; there are 1.0.0, 1.1.0' });
    expect((await run('running')).out).toBe('1.1.0');
  });
});

describe('going back to 1.0.0', () => {
  test('is refused by its own migrator while the failed migration stands', async () => {
    const refused = await run('release', ['1.0.0']);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('P3009: migrate found failed migrations in the target database');
    expect(await run('running')).toMatchObject({ code: 0, out: '' });
  });

  test('succeeds once the history is settled, and both may be done twice', async () => {
    expect(await run('probe-history')).toMatchObject({ code: 1, out: FAILED });
    expect((await run('settle-history')).out).toBe(`marked as rolled back: ${FAILED}`);
    expect((await run('settle-history')).out).toBe('no failed migration');
    expect((await run('probe-history')).code).toBe(0);

    expect((await run('release', ['1.0.0'])).code).toBe(0);
    expect((await run('release', ['1.0.0'])).out).toContain('already runs');
    expect(await readHealth(shop.url)).toEqual({ code: 200, status: 'ok', version: '1.0.0', db: 'connected' });
    expect(await listMigrations()).toContain(`${FAILED}: rolled back`);
  });

  test('1.0.0 sells on the database that 1.1.0 changed', async () => {
    const response = await fetch(`${shop.url}/checkout`, { method: 'POST', body: JSON.stringify({ customerId: 1, productId: 2 }) });
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ order: { status: 'paid' } });
  });

  test('the shop outlives whoever released it, and does not carry its marks', async () => {
    await run('stop');
    // What planb does to a local child: a session of its own, a marker in the environment, death with the worker.
    const released = await execa('setpriv', ['--pdeathsig', 'KILL', shop.program('release'), '1.0.0'], { detached: true, env: { PLANB_ATTEMPT: 'run/step/1' } });
    const pid = /process (\d+)/.exec(released.stdout)?.[1] ?? '';
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const [, , group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    expect({ group, session }).toEqual({ group: pid, session: pid });
    expect(await readFile(`/proc/${pid}/environ`, 'utf8')).not.toContain('PLANB');
    expect((await readHealth(shop.url)).version).toBe('1.0.0');
  });

  test('a release under way refuses a second one; killed, it blocks nothing', async () => {
    const first = execa(shop.program('release'), ['1.1.0'], { reject: false });
    // Its first line says that it holds the lock. Stopped there, it cannot finish before the others have looked.
    await once(first.stdout, 'data');
    first.kill('SIGSTOP');
    const [second, probe] = await Promise.all([run('release', ['1.0.0']), run('probe-release', ['1.1.0'])]);
    expect(second).toMatchObject({ code: 1, err: 'release: another release is under way (process unknown)' });
    expect(probe).toMatchObject({ code: 2, err: 'probe-release: a release is under way (process unknown)' });

    first.kill('SIGKILL');
    await first;
    expect((await run('release', ['1.0.0'])).code).toBe(0);
    expect((await run('probe-release', ['1.0.0'])).code).toBe(0);
  });
});

describe('preparing', () => {
  test('starts over in the same folder', async () => {
    await prepareShop({ dir: shop.dir, databaseUrl: database.url, port: Number(new URL(shop.url).port) });
    expect((await readHealth(shop.url)).version).toBe('1.1.0');
    expect(await listMigrations()).toContain(`${FAILED}: failed`);
  });

  test("refuses a database or a folder that is not the shop's", async () => {
    const other = await createDatabase();
    await other.pool.query('CREATE TABLE invoices (id int)');
    await expect(prepareShop({ dir: join(folder, 'second'), databaseUrl: other.url, port: 0 })).rejects.toThrow('holds the table "invoices"');
    await other.pool.query('DROP TABLE invoices');
    await expect(prepareShop({ dir: folder, databaseUrl: other.url, port: 0 })).rejects.toThrow('holds no sample shop');
    await other.drop();
  });
});

import { describe, expect, it } from 'vitest';
import { examine } from '../../../adapters/cli/doctor/examine.js';
import { ok, type Check } from '../../../adapters/cli/doctor/finding.js';
import { postgres } from '../../../adapters/cli/doctor/postgres.js';
import { judge, redis } from '../../../adapters/cli/doctor/redis.js';
import { workers } from '../../../adapters/cli/doctor/workers.js';
import { database, examined } from './doctor-reach.js';
import { fakeStore } from './fake-store.js';

const signal = new AbortController().signal;
const env = { DATABASE_URL: 'postgres://x', REDIS_URL: 'redis://x' };
const sound = { version: '17.2', number: 170_002, now: Date.now(), may_create: true };

describe('the doctor\'s round', () => {
  it('looks at everything side by side, keeps the order, and survives what throws or hangs', async () => {
    const hanging: Check = { about: 'a', run: () => new Promise(() => undefined) };
    const throwing: Check = { about: 'b', run: () => Promise.reject(new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })) };
    const fine: Check = { about: 'c', run: async () => [ok('c', 'answers')] };
    const findings = await examine(examined({}), [hanging, throwing, fine, hanging], 30);
    expect(findings.map(({ about, status, message }) => `${about} ${status}: ${message}`)).toEqual([
      'a broken: no answer within 0.03 s', 'b broken: fetch failed (connect ECONNREFUSED)', 'c ok: answers', 'a broken: no answer within 0.03 s',
    ]);
  });

  it('tells a check that is given up', async () => {
    let aborted = false;
    await examine(examined({}), [{ about: 'a', run: (_, stop) => new Promise(() => { stop.addEventListener('abort', () => { aborted = true; }); }) }], 10);
    expect(aborted).toBe(true);
  });
});

describe('planb\'s own PostgreSQL', () => {
  const look = (row: typeof sound) => postgres.run(examined({ env, reach: { connectDatabase: database(row) } }), signal);

  it('is fine, old, without rights, or lives in another time', async () => {
    expect(await look(sound)).toMatchObject([{ status: 'ok', message: '17.2 answers' }]);
    expect(await look({ ...sound, version: '12.9', number: 120_009 })).toMatchObject([{ status: 'weak', message: expect.stringContaining('no longer maintained') as string }]);
    expect(await look({ ...sound, may_create: false })).toMatchObject([{ status: 'ok' }, { status: 'broken', message: expect.stringContaining('may not create tables') as string }]);
    expect(await look({ ...sound, now: Date.now() - 90_000 })).toMatchObject([{ status: 'ok' }, { status: 'weak', message: expect.stringContaining('differ by 90 s') as string }]);
  });

  it('without DATABASE_URL is one of this machine, or missing', async () => {
    expect(await postgres.run(examined({ reach: { findPostgres: async () => [{ directory: '/x', major: 15 }] } }), signal)).toMatchObject([{ status: 'weak', message: expect.stringContaining('PostgreSQL 15') as string, fix: expect.stringContaining('DATABASE_URL') as string }]);
    expect(await postgres.run(examined({ reach: { findPostgres: async () => [] } }), signal)).toMatchObject([{ status: 'broken' }]);
  });
});

describe('Redis', () => {
  const info = (policy: string, aof: string, version = '7.0.15') => `# Server\r\nredis_version:${version}\r\n# Memory\r\nmaxmemory_policy:${policy}\r\naof_enabled:${aof}\r\n`;

  it('must throw nothing away', () => {
    expect(judge(info('noeviction', '1'))).toEqual([{ status: 'ok', about: 'Redis', message: '7.0.15 answers' }]);
    expect(judge(info('allkeys-lru', '1'))).toMatchObject([{ status: 'ok' }, { status: 'broken', message: expect.stringContaining('allkeys-lru') as string, fix: expect.stringContaining('noeviction') as string }]);
    expect(judge(info('noeviction', '0'))).toMatchObject([{ status: 'ok' }, { status: 'weak', message: expect.stringContaining('append-only') as string }]);
    expect(judge(info('noeviction', '1', '4.0.9'))).toMatchObject([{ status: 'broken' }]);
  });

  it('without REDIS_URL is one of this machine', async () => {
    expect(await redis.run(examined({ reach: { findRedis: async () => '/usr/bin/redis-server' } }), signal)).toMatchObject([{ status: 'weak', message: expect.stringContaining('/usr/bin/redis-server') as string }]);
  });
});

describe('workers', () => {
  it.each([[[], 'broken'], [['dead'], 'broken'], [['alive'], 'weak'], [['elsewhere'], 'weak'], [['alive', 'elsewhere'], 'ok']] as const)('%j: %s', async (states, status) => {
    expect(await workers.run(examined({ env, store: fakeStore({ workers: states }) }), signal)).toMatchObject([{ status }]);
  });

  it('are not counted where looking would start the embedded database', async () => {
    const store = fakeStore();
    const services = { ...store.services, withStore: () => Promise.reject(new Error('was not to be opened')) };
    expect(await workers.run({ ...examined({}), ...services }, signal)).toMatchObject([{ status: 'weak' }]);
  });
});

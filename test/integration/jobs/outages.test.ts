import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startPostgres } from '../../../adapters/embedded/postgres-server.js';
import { startRedis } from '../../../adapters/embedded/redis-server.js';
import { migrate } from '../../../adapters/postgres/migrate.js';
import { eventually } from '../../support/eventually.js';
import { redisCommand } from '../../support/one-command.js';
import { Planb } from './planb.js';

const steps = `
  - { id: revert, uses: test.once }
  - { id: clean, uses: test.once }
  - { id: ready, uses: test.check }
`;

/** A planb with one worker on servers of its own, which can be taken away. */
async function onOwnServers(): Promise<{ readonly planb: Planb; readonly redisUrl: string; readonly stopPostgres: () => Promise<void>; readonly returnPostgres: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'planb-test-'));
  const dataDir = join(directory, 'postgres');
  const [first, redis] = await Promise.all([startPostgres({ dataDir, durable: false }), startRedis({ dataDir: join(directory, 'redis'), durable: false })]);
  let postgres = first;
  await migrate(first.url);
  const planb = new Planb({ postgresUrl: first.url, redisUrl: redis.url, prefix: 'planb' }, steps, 30 * 60_000);
  await planb.startWorker();
  onTestFinished(async () => {
    await planb.close();
    await Promise.all([postgres.stop(), redis.stop()]);
    await rm(directory, { recursive: true, force: true });
  });
  return {
    planb, redisUrl: redis.url, stopPostgres: () => postgres.stop(),
    returnPostgres: async () => {
      postgres = await startPostgres({ dataDir, durable: false });
      expect(postgres.url).toBe(first.url);
    },
  };
}

test('a run waits for PostgreSQL and goes on: what was done meanwhile is recorded, and nothing is done twice', async () => {
  const { planb, stopPostgres, returnPostgres } = await onOwnServers();
  const { finish } = planb.target.slow('revert');
  const run = await planb.start();
  await eventually(() => planb.target.times('revert') === 1);
  await stopPostgres();
  finish();
  await expect(planb.store.now()).rejects.toMatchObject({ name: 'StoreError', retryable: true });
  await returnPostgres();
  const state = await planb.until(run, ({ phase }) => phase === 'ended');
  expect(state).toMatchObject({ outcome: 'verified' });
  expect(planb.target.acted.map((attempt) => attempt.replace(run, ''))).toEqual(['/revert/1', '/clean/1', '/ready/1']);
});

test('a vote and a run survive the loss of everything in Redis', async () => {
  const { planb, redisUrl } = await onOwnServers();
  const { finish } = planb.target.slow('revert');
  const run = await planb.request();
  await planb.vote('alice', run);
  const vote = await planb.deliver('bob', { kind: 'vote', run, choice: 'approve' });
  await redisCommand(redisUrl, 'FLUSHALL');
  await eventually(() => planb.store.deliveryOutcome(vote));
  await eventually(() => planb.target.times('revert') === 1);
  await redisCommand(redisUrl, 'FLUSHALL');
  finish();
  expect(await planb.until(run, ({ phase }) => phase === 'ended')).toMatchObject({ outcome: 'verified' });
  expect(planb.target.times('revert')).toBe(1);
});

test('the sweep carries a run whose wake-up was lost before anybody took it', async () => {
  const { planb, redisUrl } = await onOwnServers();
  const [worker] = planb.workers;
  await worker?.stop();
  const vote = await planb.deliver('alice', { kind: 'request', run: 'rollback', target: 'shop', to: '1.0.0' });
  await eventually(async () => Number(await redisCommand(redisUrl, 'LLEN', 'planb:work:wait')) > 0);
  await redisCommand(redisUrl, 'FLUSHALL');
  await planb.startWorker();
  const { outcome } = await eventually(() => planb.store.deliveryOutcome(vote));
  await planb.until(outcome.replace('run ', ''), ({ phase }) => phase === 'voting');
});

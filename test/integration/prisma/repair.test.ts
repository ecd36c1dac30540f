import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { createQueue } from '../../../adapters/redis/queue.js';
import { loadRun } from '../../../jobs/record.js';
import { Relay } from '../../../jobs/relay.js';
import { startWorker } from '../../../jobs/worker.js';
import { parseCommand } from '../../../src/command/parse.js';
import type { RunState } from '../../../src/run/state.js';
import { eventually } from '../../support/eventually.js';
import { type TestDatabase, createDatabase } from '../../support/postgres.js';
import { historyOf, localCli } from '../../support/prisma/prisma-step.js';
import { type PrismaRelease, prismaRelease } from '../../support/prisma/release.js';
import { createRedis } from '../../support/redis.js';
import { tempFolder } from '../../support/temp-folder.js';
import { planningParts } from '../planning/planning-parts.js';

const init = { '20260101000000_init': 'CREATE TABLE keys (id int PRIMARY KEY, name text);' };
const teams = '20260201000000_teams';
let database: TestDatabase;

beforeEach(async () => {
  database = await createDatabase();
});
afterEach(() => database.drop());

/** The service: healthy when the tables that its release needs are there. `restarts` counts its starts. */
async function service(): Promise<{ readonly health: string; readonly folder: string }> {
  const folder = await tempFolder('planb-service');
  const server = createServer((_request, response) => {
    void database.pool.query(`SELECT to_regclass('teams') IS NOT NULL AS good`).then(({ rows }: { rows: { good: boolean }[] }) => {
      response.writeHead(rows[0]?.good === true ? 200 : 503).end();
    }, () => response.writeHead(503).end());
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  onTestFinished(() => { server.close(); server.closeAllConnections(); });
  await writeFile(join(folder, 'log'), '');
  return { health: `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`, folder };
}

interface Repair {
  say(person: 'alice' | 'bob', text: string): Promise<string>;
  until(run: string, holds: (state: RunState) => boolean): Promise<RunState>;
  readonly folder: string;
}

/** planb with its real actions, worker, queue and the built-in runbook; people speak as the adapters do. */
async function startRepair(release: PrismaRelease): Promise<Repair> {
  const { health, folder } = await service();
  const target = {
    database: '${env:SHOP_DB}', migrations: { directory: release.directory }, ...localCli(release), schemaFile: 'prisma/schema.prisma',
    restart: ['touch', join(folder, 'restarted')], health, log: { file: join(folder, 'log') },
  };
  const { parts: planned } = await planningParts({
    runbook: 'name: x\nkind: rollback\nsteps: [{ id: look, uses: wait, with: { for: 1s } }]\n', env: { SHOP_DB: database.url },
    target: `runbooks: { repair: prisma-repair }, with: ${JSON.stringify(target)}`,
  });
  const redis = await createRedis();
  const queue = createQueue({ url: redis.url, prefix: redis.prefix, onError: () => undefined });
  const relay = new Relay(planned.store, queue, planned.log);
  const parts = { ...planned, queue, nudgeRelay: () => { relay.nudge(); } };
  relay.start();
  const worker = await startWorker(parts);
  onTestFinished(async () => {
    await worker.stop(5_000);
    await relay.stop();
    await queue.close();
  });
  let said = 0;
  return {
    folder,
    say: async (person, text) => {
      said += 1;
      const id = `slack:${said}`;
      await parts.store.acceptDelivery({ id, actor: { platform: 'slack', userId: person === 'alice' ? 'U01ALICE' : 'U02BOB', displayName: person }, place: { platform: 'slack', channel: 'C0123456' }, command: parseCommand(text, { command: 'rollback' }) });
      relay.nudge();
      return (await eventually(() => parts.store.deliveryOutcome(id), 60_000)).outcome;
    },
    until: (run, holds) => eventually(async () => {
      const { state } = await loadRun(parts, run);
      if (!holds(state)) throw new Error(`still ${state.phase}: ${state.steps.map((step) => `${step.id} ${step.status} ${step.error?.message ?? ''}`).join(', ')}`);
      return state;
    }, 170_000),
  };
}

/** Asks, looks at the plan, has both people approve, and waits for the end. */
async function repair(release: PrismaRelease): Promise<{ readonly planned: RunState; readonly ended: RunState; readonly folder: string }> {
  const planb = await startRepair(release);
  const run = (await planb.say('alice', 'repair shop')).replace('run ', '');
  const planned = await planb.until(run, ({ phase }) => phase !== 'planning');
  if (planned.phase === 'voting') {
    await planb.say('alice', `approve ${run}`);
    await planb.say('bob', `approve ${run}`);
  }
  return { planned, ended: await planb.until(run, ({ phase }) => phase === 'ended'), folder: planb.folder };
}

const reasons = (state: RunState): string => state.plan?.verdict.reasons.map(({ text }) => text).join('\n') ?? '';

describe('/rollback repair, with the built-in runbook prisma-repair', { timeout: 300_000 }, () => {
  it('guide 001, 1: relation does not exist: rows there, objects gone', async () => {
    const release = await prismaRelease({ ...init, [teams]: 'CREATE TABLE teams (id int PRIMARY KEY);' });
    await release.deploy(database.url);
    await database.pool.query('DROP TABLE teams');
    const { planned, ended } = await repair(release);
    expect(reasons(planned)).toContain(`${teams}: its objects are gone`);
    expect(planned.plan?.steps.map(({ id }) => id)).toEqual(['backup', 'settle', 'deploy', 'restart', 'ready', 'log']);
    expect(planned.plan?.steps[2]?.commands[0]).toContain(`# applies ${teams}`);
    expect(JSON.stringify(planned.plan)).not.toContain(database.url);
    expect(ended.outcome).toBe('verified');
    expect(await historyOf(database)).toMatchObject({ [teams]: 'applied' });
    await release.deploy(database.url);
  });

  it('guide 001, 2: a failed migration blocks every deploy (P3009)', async () => {
    const release = await prismaRelease({ ...init, [teams]: 'CREATE TABLE teams (id int PRIMARY KEY); ALTER TABLE keys ALTER COLUMN name SET NOT NULL;' });
    await (await prismaRelease(init)).deploy(database.url);
    await database.pool.query('INSERT INTO keys (id) VALUES (1)');
    expect((await release.prisma(database.url, ['migrate', 'deploy'])).ok).toBe(false);
    await database.pool.query(`UPDATE keys SET name = 'a'`);
    const { planned, ended } = await repair(release);
    expect(reasons(planned)).toContain(`${teams}: it failed and none of its objects are there`);
    expect(ended.outcome).toBe('verified');
    expect(await historyOf(database)).toMatchObject({ [teams]: 'rolled-back, applied' });
  });

  it('guide 001, 3: objects there, rows deleted after a rollback: "already exists"', async () => {
    const release = await prismaRelease({ ...init, [teams]: 'CREATE TABLE teams (id int PRIMARY KEY);' });
    await release.deploy(database.url);
    await database.pool.query('DELETE FROM _prisma_migrations WHERE migration_name = $1', [teams]);
    expect((await release.prisma(database.url, ['migrate', 'deploy'])).output).toContain('already exists');
    const { planned, ended } = await repair(release);
    expect(reasons(planned)).toContain(`${teams}: it is recorded as failed, yet everything that its script makes is there`);
    expect(ended.outcome).toBe('verified');
    await release.deploy(database.url);
  });

  it('leaves what nobody can tell to a person', async () => {
    const release = await prismaRelease({ ...init, [teams]: 'CREATE TABLE teams (id int PRIMARY KEY); ALTER TABLE keys ADD COLUMN team int;' });
    await release.deploy(database.url);
    await database.pool.query('DROP TABLE teams');
    const before = await historyOf(database);
    const { ended } = await repair(release);
    expect(ended.outcome).toBe('planning-failed');
    expect(await historyOf(database)).toEqual(before);
  });
});

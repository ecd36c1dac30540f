import { createServer } from 'node:http';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { migrate } from '../../adapters/postgres/migrate.js';
import { createStore } from '../../adapters/postgres/store.js';
import type { SlackMessage } from '../../demo/workspace/slack/model.js';
import { startWorkspace } from '../../demo/workspace/workspace.js';
import type { ChatCommand } from '../../src/command/command.js';
import { eventually } from '../support/eventually.js';
import { type PlanbProcess, startPlanb } from '../support/planb-process.js';
import { startServices } from '../support/services.js';
import { tempFolder } from '../support/temp-folder.js';

const [ALICE, BOB, OPS] = ['U01ALICE', 'U02BOB', 'C0123456'];
/** Ends what hangs, also on a machine with much else to do. */
const patienceMs = 300_000;

/** What the rules look at: counts looks, how many there were at the same moment, and holds them. */
class Watched {
  readonly statuses = new Map<string, number>();
  readonly looks = new Map<string, number>();
  readonly #atOnce = new Map<string, number>();
  most = 0;
  #held: { readonly path: string; readonly open: Promise<void>; readonly release: () => void } | undefined;
  url = '';

  async start(): Promise<this> {
    const server = createServer((request, response) => {
      const path = request.url ?? '';
      const now = (this.#atOnce.get(path) ?? 0) + 1;
      this.#atOnce.set(path, now);
      this.most = Math.max(this.most, now);
      this.looks.set(path, this.count(path) + 1);
      response.once('close', () => { this.#atOnce.set(path, (this.#atOnce.get(path) ?? 1) - 1); });
      void (this.#held?.path === path ? this.#held.open : Promise.resolve()).then(() => { response.writeHead(this.statuses.get(path) ?? 200, { connection: 'close' }).end('{}'); });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => { server.close(); server.closeAllConnections(); });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    this.url = `http://127.0.0.1:${String(address.port)}`;
    return this;
  }

  count(path: string): number {
    return this.looks.get(path) ?? 0;
  }

  /** From now on a look at this path waits; resolves when one does. */
  async hold(path: string): Promise<void> {
    let release = (): void => undefined;
    const open = new Promise<void>((resolve) => { release = resolve; });
    const before = this.count(path);
    this.#held = { path, open, release };
    await eventually(() => this.count(path) > before, patienceMs);
  }

  release(): void {
    this.#held?.release();
    this.#held = undefined;
  }

  /** Resolves after so many more looks. */
  async more(path: string, looks: number): Promise<void> {
    const before = this.count(path);
    await eventually(() => this.count(path) >= before + looks, patienceMs);
  }
}

it('a watch outlives kill -9 in the middle of a look and an emptied Redis: no rule is looked at twice at once, one plan of the way back comes, and one notice', { timeout: 900_000 }, async () => {
  const folder = await tempFolder('planb-watch');
  const [services, workspace, watched] = await Promise.all([startServices(), startWorkspace(), new Watched().start()]);
  const redis = new Redis(services.redis.url, { maxRetriesPerRequest: 1 });
  await migrate(services.postgres.url);
  const store = createStore({ url: services.postgres.url });
  const pool = new pg.Pool({ connectionString: services.postgres.url, max: 2 });
  pool.on('error', () => undefined);
  onTestFinished(async () => {
    redis.disconnect();
    await pool.end();
    await store.close();
    await workspace.close();
    await services.stop();
  });
  await writeFile(join(folder, 'runbook.yaml'), 'name: Back\nkind: rollback\nsteps:\n  - { id: act, name: Act, run: ["true"], effect: idempotent }\n');
  const rule = (name: string, level: string): object => ({ name, level, http: { url: `${watched.url}/${name}` } });
  await writeFile(join(folder, 'planb.yaml'), JSON.stringify({
    people: { alice: { name: 'Alice', slack: ALICE }, bob: { name: 'Bob', slack: BOB } }, groups: { oncall: ['alice', 'bob'] }, channels: { ops: { slack: OPS } },
    targets: { shop: { title: 'Shop', runbook: './runbook.yaml', channel: 'ops', requesters: ['oncall'], approval: { people: 2, from: ['oncall'] }, watch: { for: '6h', every: '1s', rules: [rule('api', 'critical'), rule('quiet', 'notice')] } } },
  }));
  const env = { ...workspace.env, DATABASE_URL: services.postgres.url, REDIS_URL: services.redis.url, PLANB_CONFIG: join(folder, 'planb.yaml'), PLANB_DATA: join(folder, 'data') };
  const count = async (sql: string): Promise<number> => (await pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${sql}`)).rows[0]?.n ?? 0;
  const posted = (words: string): readonly SlackMessage[] => workspace.slack.posted(OPS).filter((message) => workspace.slack.read(message).includes(words));
  const raised = (): Promise<number> => count(`events WHERE type = 'RunRequested' AND payload::jsonb ? 'raisedBy'`);

  let said = 0;
  /** Stored as an adapter does, so that no platform's patience matters; resolves with what came of it. */
  const say = async (userId: string, command: ChatCommand): Promise<string> => {
    said += 1;
    const id = `slack:test:${String(said)}`;
    await store.acceptDelivery({ id, actor: { platform: 'slack', userId, displayName: userId }, place: { platform: 'slack', channel: OPS }, command });
    return (await eventually(() => store.deliveryOutcome(id), patienceMs)).outcome;
  };

  await startPlanb('bot', env);
  const first = await startPlanb('worker', env);
  const run = (await say(ALICE, { kind: 'request', run: 'rollback', target: 'shop' })).replace('run ', '');
  await eventually(async () => (await count(`runs WHERE id = '${run}' AND phase = 'voting'`)) === 1, patienceMs);
  for (const person of [ALICE, BOB]) await say(person, { kind: 'vote', run, choice: 'approve' });
  await watched.more('/quiet', 2);
  await watched.more('/api', 1);

  // In the middle of a look.
  await watched.hold('/api');
  await Promise.all([first.kill(), redis.flushall()]);
  watched.release();
  // Nobody is there: the other rule is free, whatever its look was at.
  await pool.query(`UPDATE watch_rules SET claimed_until = NULL WHERE name = 'quiet'`);
  const [dead] = (await pool.query<{ token: string }>(`SELECT token FROM watch_rules WHERE name = 'api'`)).rows;
  const looksBefore = watched.count('/api');
  const workers: PlanbProcess[] = [await startPlanb('worker', env), await startPlanb('worker', env)];
  // Its claim stands for as long as a look may take: until then nobody else looks, and the other rule does not wait for it.
  await watched.more('/quiet', 3);
  const looks = watched.count('/api');
  const stillClaimed = await count(`watch_rules WHERE name = 'api' AND claimed_until > clock_timestamp() AND token = ${dead?.token ?? '0'}`);
  if (stillClaimed === 1) expect(looks).toBe(looksBefore);
  await pool.query(`UPDATE watch_rules SET claimed_until = clock_timestamp() WHERE name = 'api' AND token = $1`, [dead?.token]);
  await watched.more('/api', 3);

  // What is bad now is told by whoever is there, wherever a worker dies.
  watched.statuses.set('/api', 503).set('/quiet', 418);
  await eventually(async () => (await count(`deliveries WHERE starts_with(id, 'planb:concern:holds:')`)) > 0, patienceMs);
  await Promise.all([redis.flushall(), ...workers.map((worker) => worker.kill())]);
  await pool.query('UPDATE watch_rules SET claimed_until = NULL');
  await Promise.all([startPlanb('worker', env), startPlanb('worker', env)]);
  await eventually(async () => (await raised()) > 0 && posted('This is one of the reasons to go back: api: 503').length > 0 && posted('quiet: 418').length > 0, patienceMs);
  await watched.more('/api', 3);
  await watched.more('/quiet', 3);
  await eventually(async () => (await count('deliveries WHERE processed_at IS NULL')) + (await count('messages WHERE sent_at IS NULL')) + (await count('outbox')) === 0, patienceMs);

  expect(await raised()).toBe(1);
  expect(posted('quiet: 418')).toHaveLength(1);
  expect(await count(`deliveries WHERE starts_with(id, 'planb:concern:holds:')`)).toBe(2);
  expect(watched.most).toBe(1);
  const plan = await eventually(() => workspace.slack.posted(OPS).find((message) => workspace.slack.buttons(message).includes('Approve')), patienceMs);
  expect(workspace.slack.buttons(plan)).toEqual(expect.arrayContaining(['Approve', 'Reject']));
});

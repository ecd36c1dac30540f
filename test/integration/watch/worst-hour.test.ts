import { expect, test } from 'vitest';
import { TOTP } from 'otpauth';
import { eventually } from '../../support/eventually.js';
import type { Delivery } from '../../../src/command/command.js';
import { ended, raised, watchedShop } from './watched-shop.js';

const alerted = (status: 'firing' | 'resolved', index: number, startsAt: number): Delivery => ({
  id: `hook:alertmanager:${status}:${String(index)}`, actor: { platform: 'cli', userId: 'alertmanager', displayName: 'Alertmanager', barred: 'bot' }, place: { platform: 'cli', channel: '' },
  command: { kind: 'alert', alert: { key: `alert-${String(index)}`, status, labels: { alertname: `Down${String(index)}`, team: index % 2 === 0 ? 'shop' : 'memory' }, annotations: {}, startsAt } },
});

test('of a flood of alerts comes one plan and a few words: whatever is asked afterwards does not wait behind hundreds of messages', async () => {
  const shop = await watchedShop('{ for: 1h, every: 1s, alerts: [{ match: { team: shop } }, { match: { team: memory }, level: notice }] }');
  const { planb } = shop;
  const count = 60;
  const startsAt = await planb.store.now();
  for (let index = 0; index < count; index += 1) await planb.store.acceptDelivery(alerted('firing', index, startsAt));
  await handled(count);
  expect(await raised(shop)).toHaveLength(1);
  // Ten in the thread and ten in the channel, on two platforms, however many are handled at the same moment; as many again where the ten minutes end meanwhile.
  const told = await messages('planb:concern:holds:');
  expect(told).toBeGreaterThanOrEqual(40);
  expect(told).toBeLessThanOrEqual(80);
  expect(await messages('planb:concern:more:')).toBeGreaterThanOrEqual(4);
  const { rows: more } = await planb.database.pool.query<{ text: string }>(`SELECT payload::text AS text FROM messages WHERE starts_with(id, 'planb:concern:more:')`);
  expect(more.filter(({ text }) => !text.includes('there are more reasons than are told here one by one'))).toEqual([]);
  // What was not told by itself, its end is not told either.
  for (let index = 0; index < count; index += 1) await planb.store.acceptDelivery(alerted('resolved', index, startsAt));
  await handled(2 * count);
  expect(await messages('planb:concern:over:')).toBeLessThanOrEqual(told + 2);

  async function handled(all: number): Promise<void> {
    const { pool } = planb.database;
    await eventually(async () => {
      const { rows } = await pool.query<{ left: number; concerns: number }>(`SELECT count(*) FILTER (WHERE processed_at IS NULL)::integer AS left, count(*) FILTER (WHERE starts_with(id, 'planb:concern:'))::integer AS concerns FROM deliveries`);
      return rows[0]?.left === 0 && rows[0].concerns === all;
    }, 120_000);
  }

  async function messages(prefix: string): Promise<number> {
    return (await planb.database.pool.query<{ all: number }>('SELECT count(*)::integer AS all FROM messages WHERE starts_with(id, $1)', [prefix])).rows[0]?.all ?? 0;
  }
});

test('a rule that gets another name in planb.yaml is looked at under that name, and the old one does not count as good', async () => {
  const shop = await watchedShop('{ for: 1h, every: 1s, rules: [{ name: API, http: { url: "http://shop.test/api" } }] }');
  const { planb, answers, run } = shop;
  const target = planb.config.targets['shop'];
  const watch = target?.watch;
  if (watch === undefined) throw new Error('no watch');
  const renamed = { ...planb.config, targets: { ...planb.config.targets, shop: { ...target, watch: { ...watch, rules: watch.rules.map((rule) => ({ ...rule, name: 'The API' })) } } } };
  Object.assign(planb.parts, { config: renamed });
  await eventually(async () => (await planb.store.watchOf(run))?.rules.find(({ name }) => name === 'The API')?.state.readAt !== undefined);
  expect((await planb.store.watchOf(run))?.rules.find(({ name }) => name === 'API')?.state).toMatchObject({ saw: 'planb.yaml does not have it', unreadSaid: true });
  answers.set('/api', 503);
  const way = await eventually(async () => (await raised(shop))[0]);
  expect((await planb.store.load(way)).events[0]).toMatchObject({ type: 'RunRequested', raisedBy: { name: 'The API' } });

  // A target that is away for a moment keeps its watch, and one that stays away does not.
  const { pool } = planb.database;
  const looked = async (saw: string): Promise<void> => {
    await pool.query('UPDATE watch_rules SET next_at = clock_timestamp() WHERE run_id = $1', [run]);
    await eventually(async () => (await planb.store.watchOf(run))?.rules.find(({ name }) => name === 'The API')?.state.saw === saw);
  };
  Object.assign(planb.parts, { config: { ...renamed, targets: {} } });
  await looked('planb.yaml does not have it');
  expect(await planb.store.watchOf(run)).toMatchObject({ phase: 'watching' });
  Object.assign(planb.parts, { config: renamed });
  await looked('503, {}');
  Object.assign(planb.parts, { config: { ...renamed, targets: {} } });
  await looked('planb.yaml does not have it');
  await pool.query(`UPDATE watch_rules SET next_at = clock_timestamp(), state = state || jsonb_build_object('unreadSince', (state->>'unreadSince')::double precision - 600000) WHERE run_id = $1`, [run]);
  await eventually(async () => (await planb.store.watchOf(run))?.ended === 'removed');
});

test('whoever tries codes at done is not listened to after five', async () => {
  const migration = `
name: Move the shop
kind: migration
steps:
  - id: ready
    uses: fake.check
    prepare: true
`;
  const shop = await watchedShop('{ for: 1s, every: 1s, keep: 1h }', { runbooks: { migration }, totp: true, world: { references: { env: (name) => (name.startsWith('TOTP_') ? 'JBSWY3DPEHPK3PXP' : undefined), file: () => undefined } } });
  const { planb } = shop;
  const typed = async (key: string, code: string): Promise<string> => {
    await planb.store.acceptDelivery({ id: key, actor: { platform: 'cli', userId: 'alice', displayName: 'alice', totp: code }, place: { platform: 'cli', channel: '' }, command: { kind: 'answer', run, answer: 'done' } });
    return (await eventually(() => planb.store.deliveryOutcome(key))).outcome;
  };
  const asked = 'slack:test:migration';
  await planb.store.acceptDelivery({ id: asked, actor: { platform: 'slack', userId: 'U01ALICE', displayName: 'alice' }, place: { platform: 'slack', channel: 'C0123456' }, command: { kind: 'request', run: 'migration', target: 'shop' } });
  const run = (await eventually(() => planb.store.deliveryOutcome(asked))).outcome.replace('run ', '');
  await ended(planb, run);
  await planb.database.pool.query('UPDATE watches SET keep_until = clock_timestamp() WHERE run_id = $1', [run]);
  for (let tried = 0; tried < 5; tried += 1) expect(await typed(`cli:wrong:${String(tried)}`, 'abcdef')).toBe('refused: code-wrong');
  expect(await typed('cli:right', new TOTP({ secret: 'JBSWY3DPEHPK3PXP' }).generate())).toBe('refused: too-many-codes');
});

import { expect, test } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { click } from '../chat/conversation.js';
import { ALICE, BOB } from '../chat/planb.js';
import { ended, raised, said, stateOf, watchedShop } from './watched-shop.js';

const http = (name: string, level: string, path = name): string => `{ name: "${name}", level: ${level}, http: { url: "http://shop.test/${path}" } }`;

test('a critical rule that holds plans the way back once, on one board with its buttons, and says when it is good again', async () => {
  const shop = await watchedShop(`{ for: 1h, every: 1s, rules: [${http('API answers', 'critical', 'api')}, ${http('speed', 'critical', 'speed')}] }`);
  const { planb, run, answers } = shop;
  expect(await planb.store.watchOf(run)).toMatchObject({ run, target: 'shop', kind: 'rollback', phase: 'watching' });
  expect(await raised(shop)).toEqual([]);

  answers.set('/api', 503);
  const way = await eventually(async () => (await raised(shop))[0]);
  const state = await eventually(async () => {
    const now = await stateOf(planb, way);
    return now.phase === 'voting' ? now : undefined;
  });
  expect(state).toMatchObject({ kind: 'rollback', requester: 'alice', follows: run, raisedBy: { source: 'rule', name: 'API answers', watch: run } });
  expect(state.reason).toBe('This is one of the reasons to go back: API answers: 503, {}');
  const board = await eventually(() => planb.workspace.slack.posted('C0123456').find((one) => {
    const text = planb.workspace.slack.read(one);
    return text.includes(`run ${way}`) && text.includes('0/2');
  }));
  expect(planb.workspace.slack.read(board)).toContain('This is one of the reasons to go back: API answers: 503');
  expect(planb.workspace.slack.read(board)).not.toContain('Alice: "');
  expect(planb.workspace.slack.buttons(board)).toEqual(expect.arrayContaining(['Approve', 'Reject']));
  await eventually(() => said(planb).some((text) => text.includes('the plan waits for votes') && text.includes('This is one of the reasons to go back')));

  // While a run is live, another reason is told in its thread.
  answers.set('/speed', 500);
  await eventually(() => said(planb).some((text) => /speed: 500/.test(text)));
  expect(await raised(shop)).toEqual([way]);
  // As long as it lasts there is no second board, also when people reject the first.
  await click(planb, ALICE.slack, board, 'Reject');
  await ended(planb, way);
  const looks = async (): Promise<number> => shop.asked.filter((path) => path === '/api').length;
  const before = await looks();
  await eventually(async () => (await looks()) > before + 2);
  expect(await raised(shop)).toEqual([way]);

  answers.clear();
  await eventually(() => said(planb).filter((text) => /Good again after .*: API answers/.test(text)).length === 1);
  // It was bad, it was good: bad again is another period.
  answers.set('/api', 503);
  expect(await eventually(async () => (await raised(shop))[1])).not.toBe(way);
  expect(said(planb).filter((text) => /Good again after .*: API answers/.test(text))).toHaveLength(1);
});

test('a rule that is no reason to go back is said once, quietly; the end of the watch has a summary; a rule that hangs holds nobody', async () => {
  const shop = await watchedShop(`{ for: 1h, every: 1s, rules: [${http('warnings', 'notice', 'warn')}, ${http('fine', 'critical', 'fine')}, ${http('hangs', 'critical', 'hang')}] }`, { hang: '/hang' });
  const { planb, answers, asked, run } = shop;
  answers.set('/warn', 418);
  await eventually(() => said(planb).some((text) => text.includes('warnings: 418') && text.includes('No reason to go back by itself')));
  await eventually(() => asked.filter((path) => path === '/fine').length > 2);
  expect(asked.filter((path) => path === '/hang')).toHaveLength(1);
  // Its time has come.
  await planb.database.pool.query('UPDATE watches SET next_at = clock_timestamp() WHERE run_id = $1', [run]);
  await eventually(async () => (await planb.store.watchOf(run))?.phase === 'over');
  await eventually(() => said(planb).some((text) => text.includes(`the watch after run ${run} is over`) && text.includes('warnings: STILL BAD since')));
  const quiet = said(planb).filter((text) => text.includes('No reason to go back') || text.includes('is over'));
  expect(quiet).toHaveLength(2);
  // Nobody's phone rings for these.
  expect(quiet.join('')).not.toMatch(/<@|@Alice|Alice/);
  expect(await raised(shop)).toEqual([]);
});

test('auto starts what the rule asked for without votes, says so loudly, and people can still stop', async () => {
  const shop = await watchedShop(`{ for: 1h, every: 1s, rules: [${http('API answers', 'critical', 'api')}] }`, { votes: ', auto: { for: [revert-only, nothing-to-do], hours: always }', given: 'releases: [1.1.0, 1.0.0, 0.9.0, 0.8.0, 0.7.0]\n    with: { name: shop }' });
  const { planb, answers, run } = shop;
  // The rollback that a person asked for took its votes.
  expect((await stateOf(planb, run)).approvers.map(({ person }) => person).sort()).toEqual(['alice', 'bob']);
  answers.set('/api', 503);
  const way = await eventually(async () => (await raised(shop))[0]);
  const state = await ended(planb, way);
  expect(state).toMatchObject({ outcome: 'verified', approvers: [], preapproved: { name: 'API answers' } });
  expect((await planb.store.load(way)).events.map(({ type }) => type)).toEqual(expect.arrayContaining(['PlanPreapproved', 'RunStarted']));
  await eventually(() => said(planb).some((text) => text.includes('STARTS WITHOUT VOTES') && text.includes('PRE-APPROVED BY POLICY')));
  await eventually(() => said(planb).some((text) => text.includes(`run ${way}`) || text.includes('BACK ON')));

  // It did not help, the next watch says so too: planb does not go back release by release while nobody looks.
  const next = await eventually(async () => (await raised(shop))[1]);
  const again = await eventually(async () => {
    const now = await stateOf(planb, next);
    return now.phase === 'planning' ? undefined : now;
  });
  expect(again).toMatchObject({ phase: 'voting', raisedBy: { watch: way, again: true } });
  await planb.store.acceptDelivery({ id: 'slack:test:no', actor: { platform: 'slack', userId: ALICE.slack, displayName: 'alice' }, place: { platform: 'slack', channel: 'C0123456' }, command: { kind: 'vote', run: next, choice: 'reject' } });
  expect(await ended(planb, next)).toMatchObject({ outcome: 'rejected' });
});

test('what is kept is not called done before its time: neither by button nor by word, and the refusal is on the record', async () => {
  const migration = `
name: Move the shop
kind: migration
steps:
  - id: ready
    uses: fake.check
    prepare: true
`;
  const shop = await watchedShop(`{ for: 1s, every: 1s, keep: 1h, rules: [${http('fine', 'critical', 'fine')}] }`, { runbooks: { migration } });
  const { planb } = shop;
  // A rollback leaves nothing behind that could be kept.
  expect((await planb.store.watchOf(shop.run))?.keepUntil).toBeUndefined();
  const { id } = await say(planb, 'alice', { kind: 'request', run: 'migration', target: 'shop' });
  const run = id.replace('run ', '');
  await ended(planb, run);
  const watch = await eventually(() => planb.store.watchOf(run));
  expect(watch.keepUntil).toBeGreaterThan(watch.until);
  expect((await say(planb, 'alice', { kind: 'answer', run, answer: 'done' })).id).toBe('refused: kept-until');
  expect((await planb.store.load(run)).events.at(-1)).toMatchObject({ type: 'CommandRefused', who: 'alice', code: 'kept-until' });
  await planb.database.pool.query('UPDATE watches SET keep_until = clock_timestamp(), next_at = clock_timestamp() WHERE run_id = $1', [run]);
  await eventually(() => said(planb).some((text) => text.includes(`/rollback done ${run}`)));
  expect((await say(planb, 'carol', { kind: 'answer', run, answer: 'done' })).id).toBe('refused: not-a-voter');
  expect((await say(planb, 'bob', { kind: 'answer', run, answer: 'done' })).id).toBe(`done ${run}`);
  expect(await planb.store.watchOf(run)).toMatchObject({ phase: 'over', ended: 'done' });
  expect((await stateOf(planb, run)).notes).toMatchObject([{ person: 'bob' }]);

  async function say(of: typeof planb, person: 'alice' | 'bob' | 'carol', command: Parameters<typeof of.store.acceptDelivery>[0]['command']): Promise<{ readonly id: string }> {
    const userId = { alice: ALICE.slack, bob: BOB.slack, carol: 'U03CAROL' }[person];
    const key = `slack:test:${person}:${JSON.stringify(command)}`;
    await of.store.acceptDelivery({ id: key, actor: { platform: 'slack', userId, displayName: person }, place: { platform: 'slack', channel: 'C0123456' }, command });
    return { id: (await eventually(() => of.store.deliveryOutcome(key))).outcome };
  }
});

import { describe, expect, it } from 'vitest';
import { fakeStore } from './fake-store.js';
import { planb } from './run-planb.js';
import { moments } from '../board/moments.js';
import { at, posted, requested, viewAt } from '../board/sample-run.js';

const accepted = { outcome: 'run 7KQ', reply: { lines: [['Run ', { bold: '7KQ' }, ' is being planned.']] } };

describe('a chat command on the command line', () => {
  it('becomes a delivery of that person, and the answer is printed', async () => {
    const store = fakeStore({ answer: accepted });
    const said = await planb(['rollback', 'shop', '--to', '1.0.0', '--for', 'app', '--because', '500s since "deploy"', '--as', 'alice'], store.services);
    expect(said).toEqual({ code: 0, out: 'Run 7KQ is being planned.\n', err: '' });
    const [delivery] = store.deliveries;
    expect(delivery).toMatchObject({
      actor: { platform: 'cli', userId: 'alice' }, place: { platform: 'cli', channel: '' },
      command: { kind: 'request', run: 'rollback', target: 'shop', to: '1.0.0', scope: 'app', reason: '500s since "deploy"' },
    });
    expect(delivery?.id).toMatch(/^cli:[0-9a-f-]{36}$/);
    expect(delivery?.actor).not.toHaveProperty('totp');
  });

  it.each([
    [['rollback', 'shop', 'to', '1.0.0', 'because', '500s'], { kind: 'request', run: 'rollback', target: 'shop', to: '1.0.0', reason: '500s' }],
    [['migrate', 'shop'], { kind: 'request', run: 'migration', target: 'shop' }],
    [['run', 'shop', 'drop-cache'], { kind: 'request', target: 'shop', runbook: 'drop-cache' }],
    [['approve', '7kq', 'looks', 'right'], { kind: 'vote', run: '7KQ', choice: 'approve', reason: 'looks right' }],
    [['skip', '7KQ'], { kind: 'answer', run: '7KQ', answer: 'skip' }],
    [['note', '7KQ', 'the registry is back'], { kind: 'note', run: '7KQ', text: 'the registry is back' }],
    [['status'], { kind: 'status' }],
    [['status', '7KQ'], { kind: 'status', run: '7KQ' }],
    [['history', 'shop'], { kind: 'history', target: 'shop' }],
    [['targets'], { kind: 'targets' }],
    [['backups', 'shop'], { kind: 'backups', target: 'shop' }],
    [['unhold', 'shop'], { kind: 'unhold', target: 'shop' }],
    [['whoami'], { kind: 'whoami' }],
  ])('understands %j as chat does', async (words, command) => {
    const store = fakeStore({ answer: { outcome: 'done' } });
    expect((await planb(words, { ...store.services, env: { PLANB_PERSON: 'bob' } })).code).toBe(0);
    expect(store.deliveries).toMatchObject([{ actor: { userId: 'bob' }, command }]);
  });

  it('says what was expected before anything is stored', async () => {
    const store = fakeStore();
    const said = await planb(['rollback', 'shop', '1.0.0', '--as', 'alice'], store.services);
    expect(said).toMatchObject({ code: 2, err: expect.stringContaining('Expected: planb rollback shop to 1.0.0') as string });
    expect(store.deliveries).toEqual([]);
  });

  it('asks who types it', async () => {
    expect(await planb(['status'], fakeStore().services)).toMatchObject({ code: 2, err: expect.stringContaining('PLANB_PERSON') as string });
  });

  it('sends the code of a vote, given or asked for, and asks for none where none is needed', async () => {
    const questions: string[] = [];
    const ask = async (question: string) => { questions.push(question); return ' 123 456 '; };
    const store = fakeStore({ answer: { outcome: 'approve 7KQ' } });
    await planb(['approve', '7KQ', '--as', 'alice', '--code', '111 222'], { ...store.services, ask });
    await planb(['approve', '7KQ', '--as', 'alice'], { ...store.services, ask });
    await planb(['status', '--as', 'alice'], { ...store.services, ask });
    expect(store.deliveries.map(({ actor }) => actor.totp)).toEqual(['111222', '123456', undefined]);
    expect(questions).toEqual(['Time-based code of alice: ']);
  });

  it('ends with the code for a refusal, and prints the sentence', async () => {
    const answer = { outcome: 'refused: not-a-voter', reply: { lines: [['You may not vote on this run.']] } };
    expect(await planb(['approve', '7KQ', '--as', 'eve', '--code', '1'], fakeStore({ answer }).services)).toEqual({ code: 3, out: 'You may not vote on this run.\n', err: '' });
    const json = await planb(['approve', '7KQ', '--as', 'eve', '--code', '1', '--json'], fakeStore({ answer }).services);
    expect(json.code).toBe(3);
    expect(JSON.parse(json.out)).toEqual({ outcome: 'refused: not-a-voter', refused: 'not-a-voter', lines: ['You may not vote on this run.'] });
  });

  it.each([[[]], [['dead', 'dead'] as const]])('stores nothing where no worker is alive (%j)', async (workers) => {
    const store = fakeStore({ workers });
    expect(await planb(['rollback', 'shop', '--as', 'alice'], store.services)).toMatchObject({ code: 1, err: expect.stringContaining('No worker is alive') as string });
    expect(store.deliveries).toEqual([]);
  });

  it('does not wait for ever', async () => {
    const store = fakeStore({ workers: ['elsewhere'] });
    const said = await planb(['status', '--as', 'alice', '--timeout', '60ms'], store.services);
    expect(said.code).toBe(1);
    expect(said.err).toContain('No answer within');
    expect(said.err).toContain(store.deliveries[0]?.id);
    expect((await planb(['status', '--as', 'alice', '--timeout', 'soon'], store.services)).code).toBe(2);
  });
});

describe('rollback --wait', () => {
  const boardView = async () => viewAt('03:21');
  const follow = (runs: NonNullable<Parameters<typeof fakeStore>[0]>['runs'], ...more: readonly string[]) =>
    planb(['rollback', 'litellm', '--as', 'alice', '--wait', ...more], { ...fakeStore({ answer: accepted, now: at('03:21'), ...(runs === undefined ? {} : { runs }) }).services, boardView });

  it('prints each step as it moves and the board at the end, and ends well only when it was verified', async () => {
    const said = await follow([[requested], [requested, posted()], [requested, ...moments.voting], [requested, ...moments.running], [requested, ...moments.verified]]);
    expect(said.code).toBe(0);
    expect(said.out).toMatch(/^VOTES {2}0\/2.*\n(?:.*\n)*VOTES {2}1\/2/m);
    expect(said.out.match(/^VERDICT/gm)).toHaveLength(1);
    expect(said.out).toMatch(/^▸ Put 1\.81\.14 back: /m);
    expect(said.out).toMatch(/^BACK ON 1\.81\.14/m);
    expect(said.out.match(/▸ Put 1\.81\.14 back/g)).toHaveLength(1);
  });

  it.each([['rejected', 3], ['nothingToDo', 3], ['stopped', 1], ['notVerified', 1], ['expired', 1], ['planningFailed', 1]] as const)('a run that ended as %s ends with %i', async (moment, code) => {
    expect((await follow([[requested, ...moments[moment]]])).code).toBe(code);
  });

  it('stops watching at its limit and says that the run goes on', async () => {
    expect(await follow([[requested, ...moments.running]], '1ms')).toMatchObject({ code: 1, err: expect.stringContaining('it goes on without being watched') as string });
  });

  it('keeps standard output to the JSON alone', async () => {
    const said = await follow([[requested, ...moments.running], [requested, ...moments.verified]], '--json');
    expect(JSON.parse(said.out)).toMatchObject({ run: '7KQ', ended: 'verified' });
    expect(said.err).toContain('BACK ON 1.81.14');
  });
});

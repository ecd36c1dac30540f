import { describe, expect, it } from 'vitest';
import type { CliServices } from '../../../adapters/cli/services.js';
import { parseConfig } from '../../../src/config/parse-config.js';
import { ChatError } from '../../../src/ports/chat.js';
import { fakeStore } from './fake-store.js';
import { planb } from './run-planb.js';

async function loadConfig() {
  const parsed = parseConfig(`people: { alice: { slack: U01ALICE } }
channels:
  ops: { slack: C0123456, telegram: { chat: -1001234, topic: 7 } }
  news: { telegram: { chat: -1005678 }, locale: ru }
targets: { shop: { runbook: ./x.yaml, channel: ops, requesters: [alice], approval: { people: 1 } } }
`, 'planb.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

describe('planb notify', () => {
  it('posts to every platform that the channel is on, Telegram first, and needs no store for it', async () => {
    const posted: unknown[] = [];
    const postNotice: CliServices['postNotice'] = async (to, { locale, lines }) => { posted.push([to.platform, to.channel, to.thread, locale, lines]); return 'posted'; };
    expect(await planb(['notify', 'Back', 'at nine.', '--channel', 'ops'], { postNotice, loadConfig })).toMatchObject({ code: 0, out: 'Posted to ops (telegram; slack).\n' });
    expect(posted).toEqual([['telegram', '-1001234', '7', 'en', [['Back at nine.']]], ['slack', 'C0123456', undefined, 'en', [['Back at nine.']]]]);
  });

  it('stores for a bot what it has no token for and what has to wait, and fails where a platform refuses', async () => {
    const store = fakeStore();
    const postNotice: CliServices['postNotice'] = async ({ platform }) => {
      if (platform === 'slack') return 'no-token';
      throw new ChatError('unavailable', 'Telegram does not answer');
    };
    expect(await planb(['notify', 'x', '--channel', 'ops'], { ...store.services, postNotice, loadConfig })).toMatchObject({ code: 0, out: 'Stored to ops (telegram, Telegram does not answer; slack): a bot posts it.\n' });
    expect(store.messages).toMatchObject([{ kind: 'notice', to: { platform: 'telegram', channel: '-1001234', thread: '7' }, notice: { mention: [] } }, { kind: 'notice', to: { platform: 'slack', channel: 'C0123456' } }]);
    expect(new Set(store.messages.map(({ key }) => key)).size).toBe(2);
    const refused = await planb(['notify', 'x', '--channel', 'news'], { loadConfig, postNotice: async () => { throw new ChatError('refused', 'chat not found'); } });
    expect(refused).toMatchObject({ code: 1, out: 'Not posted to news (telegram, chat not found).\n', err: 'planb: telegram: chat not found\n' });
  });

  it('asks which channel, and names the nearest', async () => {
    const store = fakeStore();
    expect(await planb(['notify', 'x'], { ...store.services, loadConfig })).toMatchObject({ code: 2, err: expect.stringContaining('ops, news') as string });
    expect(await planb(['notify', 'x', '--channel', 'nws'], { ...store.services, loadConfig })).toMatchObject({ code: 2, err: expect.stringContaining('did you mean "news"?') as string });
    expect(await planb(['notify', ' ', '--channel', 'news'], { ...store.services, loadConfig })).toMatchObject({ code: 2 });
    expect(store.messages).toEqual([]);
  });
});

describe('planb audit verify', () => {
  const sound = { runs: 2, events: 17, broken: [] };

  it('says that every hash is right', async () => {
    expect(await planb(['audit', 'verify'], { verifyAudit: async () => sound })).toEqual({ code: 0, out: '✔ 2 runs, 17 events: every hash is what it must be\n', err: '' });
  });

  it('prints the first broken event of each damaged run and fails', async () => {
    const verifyAudit = async () => ({ ...sound, broken: [{ run: '7KQ', version: 4, what: 'its hash is not that of its bytes' }] });
    expect(await planb(['audit', 'verify'], { verifyAudit })).toEqual({ code: 1, out: '✘ run 7KQ, event 4: its hash is not that of its bytes\n', err: 'planb: The record of 1 of 2 runs is not what planb wrote.\n' });
    expect(JSON.parse((await planb(['audit', 'verify', '--json'], { verifyAudit })).out)).toMatchObject({ ok: false, broken: [{ run: '7KQ', version: 4 }] });
  });

  it('takes a run as people type it, and knows when there is none', async () => {
    const asked: unknown[] = [];
    const verifyAudit = async (run: string | undefined) => { asked.push(run); return { runs: 0, events: 0, broken: [] }; };
    expect(await planb(['audit', 'verify', '7kq'], { verifyAudit })).toMatchObject({ code: 1, err: 'planb: There is no run 7KQ.\n' });
    expect(asked).toEqual(['7KQ']);
  });

  it('says what it was compared with, and fails where the signed heads are not what they must be', async () => {
    const asked: unknown[] = [];
    const checkpoints = { file: 'heads.jsonl', lines: 3, broken: [] };
    const verifyAudit = async (_run: string | undefined, options: unknown) => { asked.push(options); return { ...sound, checkpoints }; };
    expect((await planb(['audit', 'verify', '--checkpoints', 'heads.jsonl', '--key', 'K1', 'K2'], { verifyAudit })).out).toContain('✔ 3 lines of signed heads');
    expect(asked).toEqual([{ keys: ['K1', 'K2'], checkpoints: 'heads.jsonl' }]);
    const none = async () => ({ ...sound, checkpoints: { ...checkpoints, lines: 0 } });
    expect(await planb(['audit', 'verify'], { verifyAudit: none })).toMatchObject({ code: 0, out: expect.stringContaining('! no signed heads to compare with') as string });
    expect(await planb(['audit', 'verify', '--checkpoints', '/mnt/heads.jsonl'], { verifyAudit: none })).toMatchObject({ code: 1, err: 'planb: There is nothing to compare with.\n' });
    const broken = async () => ({ ...sound, checkpoints: { ...checkpoints, broken: [{ line: 2, what: 'no trusted key has signed it' }] } });
    expect(await planb(['audit', 'verify'], { verifyAudit: broken })).toMatchObject({ code: 1, out: expect.stringContaining('heads.jsonl, line 2: no trusted key') as string });
  });
});

describe('a bundle', () => {
  const found = { run: '7KQ', events: 4, checkpoints: 1, publicKey: 'K1', key: 'abcd', broken: [] };

  it('is judged without database and planb.yaml, by the key that is trusted or by its own', async () => {
    const asked: unknown[] = [];
    const verifyBundle = async (path: string, trusted: string | undefined) => { asked.push([path, trusted]); return found; };
    expect(await planb(['audit', 'verify', '--bundle', 'b.json'], { verifyBundle })).toMatchObject({ code: 0, out: expect.stringContaining('! signed with key abcd') as string });
    expect(await planb(['audit', 'verify', '--bundle', 'b.json', '--key', 'K1'], { verifyBundle })).toMatchObject({ code: 0, out: expect.stringContaining('✔ signed with the trusted key abcd') as string });
    expect(asked).toEqual([['b.json', undefined], ['b.json', 'K1']]);
    const changed = async () => ({ ...found, broken: [{ run: '7KQ', version: 3, what: 'event 3 is missing' }] });
    expect(await planb(['audit', 'verify', '--bundle', 'b.json'], { verifyBundle: changed })).toMatchObject({ code: 1, out: '✘ run 7KQ, event 3: event 3 is missing\n' });
  });

  it('is written for a run that there is', async () => {
    const asked: unknown[] = [];
    const exportAudit = async (run: string) => { asked.push(run); return run === '7KQ' ? 'bundle\n' : undefined; };
    expect(await planb(['audit', 'export', '7kq', '--out', '-'], { exportAudit })).toMatchObject({ code: 0, out: 'bundle\n' });
    expect(await planb(['audit', 'export', 'zzz', '--out', '-'], { exportAudit })).toMatchObject({ code: 1, err: 'planb: There is no run ZZZ.\n' });
    expect(asked).toEqual(['7KQ', 'ZZZ']);
  });
});

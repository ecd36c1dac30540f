import { describe, expect, it } from 'vitest';

import { ALICE, board, mentions, openScene, OPS } from './setup.js';

const ops = { channel: String(OPS) };

describe('the board', () => {
  it('is posted into a topic with its keyboard and edited in place', async () => {
    const { workspace, adapter } = await openScene({ started: false });
    const ref = await adapter.postBoard({ ...ops, thread: '7' }, board(), mentions);
    expect(ref).toEqual({ channel: String(OPS), message: expect.stringMatching(/^\d+$/) as unknown, thread: '7', shortened: false });
    const message = () => workspace.telegram.message(OPS, Number(ref.message));
    expect(message()).toMatchObject({ topic: 7, keyboard: [[{ text: 'Approve', style: 'success' }, { text: 'Reject', style: 'danger' }]] });
    await adapter.editBoard(ref, board({ title: 'BACK ON 1.0.0', tone: 'good', buttons: [] }), mentions);
    expect(message().text).toContain('BACK ON 1.0.0');
    expect(message().keyboard).toEqual([]);
    expect(workspace.telegram.posted(OPS)).toHaveLength(1);
  });

  it('counts an edit to the same content as done', async () => {
    const { adapter } = await openScene({ started: false });
    const ref = await adapter.postBoard(ops, board(), mentions);
    await expect(adapter.editBoard(ref, board(), mentions)).resolves.toEqual({ shortened: false });
  });

  it('is gone when deleted, moved when its group became a supergroup, refused a kicked bot', async () => {
    const { workspace, adapter } = await openScene({ started: false });
    const ref = await adapter.postBoard(ops, board(), mentions);
    workspace.telegram.message(OPS, Number(ref.message)).deleted = true;
    await expect(adapter.editBoard(ref, board(), mentions)).rejects.toMatchObject({ code: 'gone', retryable: false });
    const to = workspace.telegram.migrate(-4001);
    await expect(adapter.postBoard({ channel: '-4001' }, board(), mentions)).rejects.toMatchObject({ code: 'moved', movedTo: String(to), retryable: true });
    workspace.telegram.store.chat(OPS).botKicked = true;
    await expect(adapter.postBoard(ops, board(), mentions)).rejects.toMatchObject({ code: 'gone' });
  });

  it('is never longer than Telegram takes', async () => {
    const { workspace, adapter } = await openScene({ started: false });
    const fields = Array.from({ length: 20 }, (_, index) => ({ label: `F${String(index)}`, text: ['<&>'.repeat(300)], weight: 3 as const }));
    const ref = await adapter.postBoard(ops, board({ fields }), mentions);
    expect(workspace.telegram.message(OPS, Number(ref.message)).text.length).toBeLessThanOrEqual(4096);
  });
});

describe('failures', () => {
  it.each([
    ['429', { code: 'rate-limited', retryable: true, retryAfterMs: expect.any(Number) as unknown }],
    ['500', { code: 'unavailable', retryable: true }],
    ['refuse', { code: 'unavailable', retryable: true }],
  ] as const)('of the platform (%s) are told apart and never carry the token', async (kind, expected) => {
    const { workspace, adapter } = await openScene({ started: false });
    workspace.telegram.outage(kind);
    const error: unknown = await adapter.postBoard(ops, board(), mentions).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject(expected);
    const everything = error instanceof Error ? [error.message, error.stack, error.cause instanceof Error ? error.cause.stack : ''].join('\n') : '';
    expect(everything).toContain('Telegram');
    expect(everything).not.toContain(workspace.telegram.botToken.split(':')[1]);
  });

  it('are not repeated by the adapter', async () => {
    const { workspace, adapter } = await openScene({ started: false });
    workspace.telegram.outage('429');
    const before = workspace.telegram.statistics().ratelimited;
    await adapter.postBoard(ops, board(), mentions).catch(() => undefined);
    expect(workspace.telegram.statistics().ratelimited - before).toBeLessThanOrEqual(1);
  });
});

describe('notices and details', () => {
  it('reply to the board, and are still sent when it was deleted', async () => {
    const { workspace, adapter } = await openScene({ started: false });
    const ref = await adapter.postBoard({ ...ops, thread: '7' }, board(), mentions);
    const notice = { locale: 'en' as const, lines: [['Waits for an answer']], mention: ['alice'] };
    await adapter.postNotice({ ...ops, thread: '7' }, notice, ref, mentions);
    const posted = workspace.telegram.posted(OPS).at(-1);
    expect(posted).toMatchObject({ replyTo: Number(ref.message), topic: 7, text: 'Waits for an answer\nAlice', entities: [{ offset: 20, length: 5 }] });
    workspace.telegram.message(OPS, Number(ref.message)).deleted = true;
    await adapter.postNotice(ops, notice, ref, mentions);
    expect(workspace.telegram.posted(OPS).at(-1)?.replyTo).toBeUndefined();
  });

  it('send long details as a document in reply to the board', async () => {
    const { workspace, adapter } = await openScene({ started: false });
    const ref = await adapter.postBoard({ ...ops, thread: '7' }, board(), mentions);
    await adapter.postDetails(ref, { title: 'Run 7KQ', sections: [{ heading: 'Commands', lines: [], block: 'docker ps\n'.repeat(1000) }] }, mentions);
    const posted = workspace.telegram.posted(OPS).at(-1);
    expect(posted).toMatchObject({ replyTo: Number(ref.message), topic: 7, text: 'Run 7KQ', document: { name: 'run-7kq.txt' } });
    expect(posted?.document?.content.toString()).toContain('docker ps\ndocker ps');
  });

  it('answer a command as a reply to it', async () => {
    const { workspace, adapter } = await openScene({ started: false });
    const { message } = workspace.telegram.say(ALICE, OPS, '/rollback whoami', { topic: 9 });
    const place = { platform: 'telegram', channel: String(OPS), message: String(message.id), thread: '9' } as const;
    await adapter.reply({ actor: { platform: 'telegram', userId: '1001', displayName: 'Alice' }, place }, { lines: [['You are Alice']], block: 'alice: { telegram: 1001 }' }, mentions);
    expect(workspace.telegram.posted(OPS).at(-1)).toMatchObject({ replyTo: message.id, topic: 9, text: 'You are Alice\nalice: { telegram: 1001 }' });
  });
});

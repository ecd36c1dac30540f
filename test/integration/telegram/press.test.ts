import { describe, expect, it } from 'vitest';

import { StoreError } from '../../../src/ports/store.js';
import { eventually } from '../../support/eventually.js';
import { ALICE, BOB, board, mentions, openScene, OPS, type Scene } from './setup.js';

async function pressed(scene: Scene, button = 'Approve') {
  const ref = await scene.adapter.postBoard({ channel: String(OPS) }, board(), mentions);
  const press = scene.workspace.telegram.press(BOB, OPS, Number(ref.message), button);
  const delivery = await eventually(() => scene.inbox.deliveries[0]);
  return { ref, press, delivery };
}

describe('a pressed button', () => {
  it('is stored with its id and answered with the real answer, even by another process', async () => {
    const scene = await openScene();
    const { ref, press, delivery } = await pressed(scene);
    expect(delivery).toMatchObject({ command: { kind: 'press', button: 'button-approve' }, actor: { userId: String(BOB) }, place: { channel: String(OPS), message: ref.message } });
    await scene.another().reply(delivery, { lines: [['Counted: 1 of 2']] }, mentions);
    expect(press.answer).toMatchObject({ text: 'Counted: 1 of 2', showAlert: false });
    expect(scene.workspace.telegram.posted(OPS)).toHaveLength(1);
  });

  it('shows a long refusal until it is tapped away', async () => {
    const scene = await openScene();
    const { press, delivery } = await pressed(scene);
    await scene.adapter.reply(delivery, { lines: [['This plan is outdated: the service has changed since; look at the new plan below.']] }, mentions);
    expect(press.answer).toMatchObject({ showAlert: true });
  });

  it('is answered by a message where the text is too long for a popup, and stops spinning', async () => {
    const scene = await openScene();
    const { press, delivery, ref } = await pressed(scene);
    await scene.adapter.reply(delivery, { lines: [['x'.repeat(300)]] }, mentions);
    expect(press.answer).toMatchObject({ text: '' });
    expect(scene.workspace.telegram.posted(OPS).at(-1)).toMatchObject({ replyTo: Number(ref.message), text: `Bob:\n${'x'.repeat(300)}` });
  });

  it('stops spinning by itself when no answer comes, and a later one is a message', async () => {
    const scene = await openScene({ telegram: { timing: { spinnerMs: 200, backoffMs: { first: 20, longest: 100 } } } });
    const { press, delivery } = await pressed(scene);
    await scene.workspace.waitFor(() => press.answer);
    expect(press.answer).toMatchObject({ text: '' });
    await scene.adapter.reply(delivery, { lines: [['Counted']] }, mentions);
    expect(scene.workspace.telegram.posted(OPS).at(-1)?.text).toBe('Bob:\nCounted');
  });

  it('is answered by a message where Telegram finds the callback too old', async () => {
    const scene = await openScene({ workspace: { telegram: { callbackLifeMs: -1 } } });
    const { delivery } = await pressed(scene);
    await scene.adapter.reply(delivery, { lines: [['Counted']] }, mentions);
    expect(scene.workspace.telegram.posted(OPS).at(-1)?.text).toBe('Bob:\nCounted');
  });

  it('stops spinning when the process ends', async () => {
    const scene = await openScene();
    const { press } = await pressed(scene);
    await scene.adapter.stop();
    expect(press.answer).toMatchObject({ text: '' });
  });

  it('says that it could not be stored, and its later answer is a message', async () => {
    const scene = await openScene();
    scene.inbox.fails = new Error('the database is away');
    const ref = await scene.adapter.postBoard({ channel: String(OPS) }, board(), mentions);
    const press = scene.workspace.telegram.press(BOB, OPS, Number(ref.message), 'Approve');
    await scene.workspace.waitFor(() => press.answer?.text.includes('kept by Telegram'));
    await eventually(() => scene.inbox.failed.length >= 2);
    scene.inbox.fails = undefined;
    const delivery = await eventually(() => scene.inbox.deliveries[0]);
    expect(delivery.replyHandle).toBeUndefined();
  });

  it('does not hold up others for ever when it can never be stored', async () => {
    const scene = await openScene();
    scene.inbox.fails = new StoreError('bad-data', 'the database will never take this', false, undefined);
    scene.workspace.telegram.say(ALICE, OPS, '/rollback hopeless');
    await scene.workspace.waitFor(() => scene.workspace.telegram.posted(OPS).some(({ text }) => text.includes('leaves it out')));
    scene.inbox.fails = undefined;
    scene.workspace.telegram.say(ALICE, OPS, '/rollback next');
    await eventually(() => scene.inbox.deliveries.length === 1);
    expect(scene.inbox.deliveries[0]?.command).toMatchObject({ target: 'next' });
  });
});

import { describe, expect, it } from 'vitest';

import { eventually } from '../../support/eventually.js';
import { ALICE, BOB, board, BOT, mentions, openScene, OPS, type Scene } from './setup.js';

const formMessage = (scene: Scene) => scene.workspace.telegram.posted(OPS).at(-1);

async function open(scene: Scene) {
  const { message } = scene.workspace.telegram.say(ALICE, OPS, '/rollback', { topic: 7 });
  const form = await scene.workspace.waitFor(() => formMessage(scene));
  return { asked: message, form };
}

/** Presses a button and waits until the form shows something else. */
async function choose(scene: Scene, id: number, button: string, next: string) {
  scene.workspace.telegram.press(ALICE, OPS, id, button);
  await scene.workspace.waitFor(() => scene.workspace.telegram.message(OPS, id).text.includes(next), { what: `the form to say ${next}` });
}

describe('the form', () => {
  it('asks target, release and why, then becomes one request', async () => {
    const scene = await openScene();
    const { asked, form } = await open(scene);
    expect(form).toMatchObject({ replyTo: asked.id, topic: 7 });
    await choose(scene, form.id, 'Shop', 'To which release?');
    await choose(scene, form.id, '1.0.0 · last known good', 'Why?');
    await choose(scene, form.id, 'The application is broken', 'Reply to this message with a reason');
    expect(scene.inbox.deliveries).toEqual([]);
    scene.workspace.telegram.press(ALICE, OPS, form.id, 'Ask for a plan');
    scene.workspace.telegram.press(ALICE, OPS, form.id, 'Ask for a plan');
    await eventually(() => scene.inbox.copies.length === 1);
    expect(scene.inbox.deliveries).toEqual([
      {
        id: `telegram:form:${String(BOT)}:${String(OPS)}:${String(form.id)}:${String(ALICE)}`,
        actor: { platform: 'telegram', userId: String(ALICE), displayName: 'Alice' },
        place: { platform: 'telegram', channel: String(OPS), message: String(form.id), thread: '7' },
        command: { kind: 'request', run: 'rollback', target: 'shop', to: '1.0.0', scope: 'app' },
        replyHandle: expect.any(String) as unknown,
      },
    ]);
    await scene.workspace.waitFor(() => scene.workspace.telegram.message(OPS, form.id).text.startsWith('Asked for: /rollback shop to 1.0.0 for app'));
    expect(scene.workspace.telegram.buttons(OPS, form.id)).toEqual([]);
  });

  it('takes a reason from a reply, and goes on in another process', async () => {
    const scene = await openScene();
    const { form } = await open(scene);
    await choose(scene, form.id, 'Shop', 'To which release?');
    await scene.adapter.stop();
    scene.another().start();
    await choose(scene, form.id, 'The last known good', 'Why?');
    await choose(scene, form.id, 'Security', 'Reply to this message with a reason');
    scene.workspace.telegram.say(BOB, OPS, 'not mine', { replyTo: form.id });
    scene.workspace.telegram.say(ALICE, OPS, 'a key leaked', { replyTo: form.id });
    await eventually(() => scene.inbox.deliveries.length === 1);
    expect(scene.inbox.deliveries[0]?.command).toEqual({ kind: 'request', run: 'rollback', target: 'shop', scope: 'security', reason: 'a key leaked' });
  });

  it('is pressed by the one who asked only', async () => {
    const scene = await openScene();
    const { form } = await open(scene);
    const press = scene.workspace.telegram.press(BOB, OPS, form.id, 'Shop');
    await scene.workspace.waitFor(() => press.answer);
    expect(press.answer?.text).toContain('Someone else opened this form');
    expect(scene.workspace.telegram.message(OPS, form.id).history).toHaveLength(1);
  });

  it('can be cancelled', async () => {
    const scene = await openScene();
    const { form } = await open(scene);
    await choose(scene, form.id, 'Cancel', 'Cancelled');
    expect(scene.workspace.telegram.buttons(OPS, form.id)).toEqual([]);
  });

  it('comes when Telegram allows it', async () => {
    const scene = await openScene({ workspace: { telegram: { limits: { perChat: { max: 1, perMs: 3_000 } } } } });
    await scene.adapter.postBoard({ channel: String(OPS) }, board(), mentions);
    scene.workspace.telegram.say(ALICE, OPS, '/rollback');
    await scene.workspace.waitFor(() => formMessage(scene)?.text === 'What should go back?');
    expect(scene.workspace.telegram.statistics().ratelimited).toBe(1);
  });

  it('says so when the choices cannot be read', async () => {
    const scene = await openScene({ telegram: { formChoices: () => Promise.reject(new Error('the database is away')) } });
    scene.workspace.telegram.say(ALICE, OPS, '/rollback');
    await scene.workspace.waitFor(() => formMessage(scene)?.text.includes('cannot read its database'));
  });

  it('is not shown to an anonymous administrator, whose command is stored to be refused', async () => {
    const scene = await openScene();
    scene.workspace.telegram.say(ALICE, OPS, '/rollback', { anonymous: true });
    const delivery = await eventually(() => scene.inbox.deliveries[0]);
    expect(delivery).toMatchObject({ command: { kind: 'form' }, actor: { barred: 'anonymous-admin' } });
    expect(scene.workspace.telegram.posted(OPS)).toEqual([]);
  });

  it('speaks the language of its reader', async () => {
    const scene = await openScene();
    scene.workspace.telegram.say(1003, OPS, '/rollback');
    await scene.workspace.waitFor(() => formMessage(scene)?.text === 'Что откатить?');
  });
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { lastAttempt, type SlackView } from '../../../demo/workspace/slack/model.js';
import { ALICE, CHOICES, type Harness, only, OPS, startHarness } from './slack-harness.js';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(async () => {
  await harness.close();
});

function openView(): SlackView {
  const view = harness.workspace.slack.view(ALICE);
  if (!view) throw new Error('no form is open');
  return view;
}

const blockIds = (): (string | undefined)[] => openView().definition.blocks.map((block) => block.block_id);

test('the bare command opens a form; choosing a target shows its releases; submitting asks for the plan', async () => {
  const { slack } = harness.workspace;
  const command = await slack.slash(ALICE, OPS, '/rollback');
  expect(lastAttempt(command)).toMatchObject({ status: 200, body: '' });
  expect(harness.accepted).toEqual([]);
  expect(blockIds()).toEqual(['target', 'no-target', 'scope', 'reason']);

  await slack.clickInView(ALICE, 'planb:form:target', 'shop');
  expect(blockIds()).toEqual(['target', 'release:shop', 'scope', 'reason']);
  const { hash, id } = openView();

  const { errors } = await slack.submitView(ALICE, { scope: 'migration', reason: ' half of it failed ' });
  expect(errors).toEqual({});
  expect(slack.view(ALICE)).toBeUndefined();
  expect(only(harness.accepted)).toEqual({
    id: `slack:view:${id}:${hash}`,
    actor: { platform: 'slack', userId: ALICE, displayName: 'alice', workspace: 'T0WORKSPACE' },
    place: { platform: 'slack', channel: OPS },
    command: { kind: 'request', run: 'rollback', target: 'shop', to: '1.0.0', scope: 'migration', reason: 'half of it failed' },
    replyHandle: command.payload['response_url'],
  });
});

test('submitting before the releases were shown shows them instead of guessing', async () => {
  const { slack } = harness.workspace;
  await slack.slash(ALICE, OPS, '/rollback');
  await slack.submitView(ALICE, { target: 'litellm', reason: 'slow' });
  expect(blockIds()).toEqual(['target', 'release:litellm', 'scope', 'reason']);
  expect(harness.accepted).toEqual([]);
  await slack.submitView(ALICE, { target: 'litellm' });
  expect(only(harness.accepted).command).toEqual({ kind: 'request', run: 'rollback', target: 'litellm', to: 'main-v1.81.14-stable' });
});

test('a target without known releases is asked for without one', async () => {
  const { slack } = harness.workspace;
  await slack.slash(ALICE, OPS, '/rollback');
  await slack.clickInView(ALICE, 'planb:form:target', 'fresh');
  expect(blockIds()).toEqual(['target', 'no-release', 'scope', 'reason']);
  await slack.submitView(ALICE, {});
  expect(only(harness.accepted).command).toEqual({ kind: 'request', run: 'rollback', target: 'fresh' });
});

test('the only target is chosen already', async () => {
  harness.world.choices = () => Promise.resolve({ targets: CHOICES.targets.slice(0, 1) });
  await harness.workspace.slack.slash(ALICE, OPS, '/rollback');
  expect(blockIds()).toEqual(['target', 'release:shop', 'scope', 'reason']);
});

test('what is no longer offered is said at its field', async () => {
  const { slack } = harness.workspace;
  await slack.slash(ALICE, OPS, '/rollback');
  await slack.clickInView(ALICE, 'planb:form:target', 'shop');
  harness.world.choices = () => Promise.resolve({ targets: [{ id: 'shop', title: 'Web shop', releases: [{ name: '0.9.0', note: '' }] }] });
  expect((await slack.submitView(ALICE, {})).errors).toEqual({ 'release:shop': 'This release is no longer offered for the target. Choose another one.' });
  harness.world.choices = () => Promise.resolve({ targets: [] });
  expect((await slack.submitView(ALICE, {})).errors).toEqual({ target: 'This target is no longer in planb.yaml. Choose another one.' });
  expect(harness.accepted).toEqual([]);
});

test('a form that could not be stored stays open and says so; sending it again works', async () => {
  const { slack } = harness.workspace;
  await slack.slash(ALICE, OPS, '/rollback');
  await slack.clickInView(ALICE, 'planb:form:target', 'shop');
  const works = harness.world.accept;
  harness.world.accept = () => Promise.reject(new Error('PostgreSQL is away'));
  expect((await slack.submitView(ALICE, {})).errors).toEqual({ target: 'planb could not store your command, nothing was done. Please try again.' });
  harness.world.accept = works;
  expect((await slack.submitView(ALICE, {})).errors).toEqual({});
  expect(only(harness.accepted).command).toMatchObject({ target: 'shop', to: '1.0.0' });
});

test('a form that cannot be opened is said: no choices, no targets', async () => {
  const { slack } = harness.workspace;
  harness.world.choices = () => Promise.reject(new Error('PostgreSQL is away'));
  await slack.slash(ALICE, OPS, '/rollback');
  harness.world.choices = () => Promise.resolve({ targets: [] });
  await slack.slash(ALICE, OPS, '/rollback');
  expect(slack.ephemerals(ALICE).map((one) => one.text)).toEqual([
    'planb could not open the form, nothing was done. Please try again, or type the target after the command.',
    'No targets are configured in planb.yaml, so there is nothing to roll back.',
  ]);
});

test('a copy of the bare command opens no second form', async () => {
  const { slack } = harness.workspace;
  const sent = await slack.slash(ALICE, OPS, '/rollback');
  const { id } = openView();
  const copies = await slack.redeliver(sent, 2);
  expect(copies.map((copy) => [copy.status, copy.body])).toEqual([[200, ''], [200, '']]);
  expect(openView().id).toBe(id);
});

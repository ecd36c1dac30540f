import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { composeReleaseAction } from '../../../jobs/actions/compose-release.js';
import { boardView } from '../../../jobs/board-view.js';
import { status, targets } from '../../../jobs/deliveries/look.js';
import { Sender } from '../../../jobs/deliveries/sender.js';
import { unhold } from '../../../jobs/deliveries/unhold.js';
import { observeTarget } from '../../../jobs/observe.js';
import { buildBoard } from '../../../src/board/build.js';
import type { Target } from '../../../src/config.js';
import type { RunState } from '../../../src/run/state.js';
import { type FakeDocker, fakeDocker, imageId } from '../../support/fake-docker.js';
import { stepContext } from '../actions/step-context.js';
import { planningParts, type PlanningParts } from './planning-parts.js';

const never = new AbortController().signal;
const runbook = `name: Back
kind: rollback
params:
  to: { type: release, required: true }
steps:
  - id: revert
    uses: compose.release
    with: { project: "\${{ target.project }}", services: [app], image: "\${{ params.to }}" }
`;

interface Setup extends PlanningParts {
  readonly docker: FakeDocker;
  readonly target: Target;
  readonly sender: Sender;
  /** Texts of the notices that wait for one channel of each platform. */
  readonly notices: () => Promise<readonly string[]>;
}

async function setup(): Promise<Setup> {
  const docker = await fakeDocker();
  const given = await planningParts({ runbook, target: `with: { project: "${docker.project}" }` });
  const target = given.parts.config.targets['shop'];
  if (target === undefined) throw new Error('no target');
  const place = { platform: 'slack', channel: 'C0123456' } as const;
  const sender = new Sender(given.parts, { id: 'd1', actor: { platform: 'slack', userId: 'U01ALICE', displayName: 'alice' }, place, command: { kind: 'status' } }, Date.now());
  const notices = async () => {
    const { rows } = await given.database.pool.query<{ text: string }>("SELECT payload #>> '{to,platform}' || ': ' || (payload #>> '{notice,lines}') AS text FROM messages ORDER BY text");
    return rows.map(({ text }) => text);
  };
  return { ...given, docker, target, sender, notices };
}

/** What a verified rollback leaves: 1.0.0 runs, held; 1.1.0 is bad. */
async function rolledBack(made: Setup): Promise<void> {
  await observeTarget(made.parts, made.target, never);
  const { context } = await stepContext();
  const result = await composeReleaseAction.execute(context, { project: made.docker.project, services: ['app'], image: '1.0.0', within: 10_000, environment: {} });
  expect(result.ok).toBe(true);
  expect(await observeTarget(made.parts, made.target, never)).toBe(true);
  await made.parts.store.markBad('shop', '1.1.0');
}

const said = (reply: unknown): string => JSON.stringify(reply);

describe('a target that was taken back', () => {
  it('is held: status, targets and the final boards of its runs name the line to change, until it is changed and unheld', async () => {
    const made = await setup();
    await rolledBack(made);
    const line = `${made.docker.project}/compose.yaml:3 still names repo/app:1.1.0; change it to repo/app:1.0.0`;
    expect((await made.parts.store.heldTargets())['shop']).toBe(line);
    expect(said(await status(made.sender, undefined))).toContain(line);
    expect(said(await targets(made.sender))).toContain(line);
    for (const kind of ['rollback', 'verify'] as const) {
      const ended: RunState = { ...made.run(), kind, phase: 'ended', outcome: 'verified', requestedAt: 1, startedAt: 1, endedAt: 2 };
      const board = buildBoard(ended, await boardView(made.parts, ended, 'en', Date.now()));
      expect(said(board.fields)).toContain(line);
    }

    expect((await unhold(made.sender, 'shop')).outcome).toBe('refused: file-names-another');
    await writeFile(join(made.docker.project, 'compose.yaml'), 'services:\n  app:\n    image: repo/app:1.0.0\n');
    expect((await unhold(made.sender, 'shop')).outcome).toBe('unhold shop');
    expect((await unhold(made.sender, 'shop')).outcome).toBe('refused: not-held');
    expect(await made.parts.store.heldTargets()).toEqual({});
  });

  it('and runs the bad release again is announced once a return, in each channel', async () => {
    const made = await setup();
    await rolledBack(made);
    expect(await made.notices()).toEqual([]);
    await made.docker.run(imageId('1.1.0'));
    for (let look = 0; look < 3; look += 1) await observeTarget(made.parts, made.target, never);
    expect(await made.notices()).toEqual([expect.stringMatching(/^slack: .*1\.1\.0.*compose\.yaml:3/), expect.stringMatching(/^telegram: .*1\.1\.0/)]);

    await made.docker.run(imageId('1.0.0'));
    await observeTarget(made.parts, made.target, never);
    await made.docker.run(imageId('1.1.0'));
    // Every worker that ends a step or a run looks, and so does the one that looks every five minutes.
    await Promise.all([0, 1, 2, 3].map(() => observeTarget(made.parts, made.target, never)));
    expect(await made.notices()).toHaveLength(4);
  });

  it('is announced also when its hold cannot be read, which then stays as it was', async () => {
    const made = await setup();
    await rolledBack(made);
    const target: Target = { ...made.target, running: { run: ['cat', join(made.docker.state, 'version')] } };
    for (const version of ['1.1.0', '1.0.0']) {
      await made.docker.set('version', version);
      await observeTarget(made.parts, target, never);
    }
    await made.parts.store.markBad('shop', '1.1.0');
    const before = await made.notices();
    await writeFile(join(made.docker.project, '.planb.override.yaml'), 'services: [');
    await made.docker.set('version', '1.1.0');
    await observeTarget(made.parts, target, never);
    expect(await made.notices()).toHaveLength(before.length + 2);
    expect(Object.keys(await made.parts.store.heldTargets())).toEqual(['shop']);
  });

  it('is not called back where the same tag names another image by now', async () => {
    const made = await setup();
    await rolledBack(made);
    const fixed = imageId('7.7.7');
    await made.docker.set('tags', `${JSON.stringify({ tag: '1.1.0', digest: '<none>', id: fixed, created: '2026-01-01 00:00:00 +0000 UTC' })}\n`);
    await made.docker.run(fixed);
    await observeTarget(made.parts, made.target, never);
    expect((await made.parts.store.observedReleases('shop'))[0]).toMatchObject({ name: '1.1.0', digest: fixed, bad: false });
    expect(await made.notices()).toEqual([]);
  });
});

describe('looking at a target', () => {
  it('whose docker is away changes nothing and says so in planb\'s log', async () => {
    const made = await setup();
    await rolledBack(made);
    const before = await made.parts.store.observedReleases('shop');
    await writeFile(join(made.docker.state, 'docker'), '#!/bin/sh\necho "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?" >&2\nexit 1\n', { mode: 0o755 });
    expect(await observeTarget(made.parts, made.target, never)).toBe(false);
    await rm(join(made.docker.state, 'docker'));
    expect(await made.parts.store.observedReleases('shop')).toEqual(before);
    expect(Object.keys(await made.parts.store.heldTargets())).toEqual(['shop']);
    expect(made.logged.at(-1)).toMatch(/^what a target runs could not be read .*the Docker engine does not answer/);
  });
});

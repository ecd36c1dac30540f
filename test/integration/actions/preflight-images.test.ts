import { expect, test } from 'vitest';
import { preflightDiskAction } from '../../../jobs/actions/preflight-disk.js';
import { preflightImagesAction } from '../../../jobs/actions/preflight-images.js';
import { preflightRecordAction } from '../../../jobs/actions/preflight-record.js';
import { fakeDocker, imageId } from '../../support/fake-docker.js';
import { tempFolder } from '../../support/temp-folder.js';
import { stepContext } from './step-context.js';

/** 1.1.0 runs; six releases and a moving tag lie on the engine. */
async function engine() {
  const docker = await fakeDocker();
  const versions = ['1.1.0', '1.0.0', '0.9.0', '0.8.0', '0.7.0', '0.6.0'];
  const line = (tag: string, id: string): string => `${JSON.stringify({ tag, digest: '<none>', id, created: '2026-01-01 00:00:00 +0000 UTC' })}\n`;
  await docker.set('tags', versions.map((tag) => line(tag, imageId(tag))).join('') + line('latest', imageId('0.5.0')));
  const input = (more: object = {}) => preflightImagesAction.input.parse({ project: docker.project, services: ['app'], keep: 2, ...more });
  return { docker, input };
}

test('names what is older than the newest, but never what may be needed again', async () => {
  const { input } = await engine();
  const records = { lastPreflight: () => Promise.resolve(undefined), migrations: () => Promise.resolve({ took: {}, open: [] }), neededReleases: () => Promise.resolve([{ name: '0.8.0' }, { name: 'other', digest: imageId('0.6.0') }]) };
  const { context } = await stepContext({ records });
  const result = await preflightImagesAction.execute(context, input());
  expect(result).toMatchObject({ ok: true, receipt: { spare: ['repo/app:0.9.0', 'repo/app:0.7.0'], kept: expect.arrayContaining(['repo/app:1.1.0', 'repo/app:1.0.0', 'repo/app:0.8.0', 'repo/app:0.6.0', 'repo/app:latest']) as string[] } });
});

test('an old release that runs is kept', async () => {
  const { docker, input } = await engine();
  await docker.run(imageId('0.6.0'));
  const { context } = await stepContext();
  expect(await preflightImagesAction.execute(context, input())).toMatchObject({ receipt: { spare: ['repo/app:0.9.0', 'repo/app:0.8.0', 'repo/app:0.7.0'] } });
});

test('removes only what the plan named, and asks for nothing by default', async () => {
  const { docker, input } = await engine();
  const { context } = await stepContext();
  const facts = await preflightImagesAction.inspect?.(context, input({ remove: true })) ?? [];
  expect(preflightImagesAction.describe(input({ remove: true }), { facts })).toMatchObject({ commands: expect.arrayContaining(['docker image rm repo/app:0.9.0']) as string[], lost: expect.arrayContaining(['image repo/app:0.9.0 on this machine']) as string[] });
  expect(preflightImagesAction.describe(input(), { facts })).toMatchObject({ effect: 'read' });
  const planned = facts.map((fact) => ({ ...fact, value: ['repo/app:0.9.0', 'repo/app:1.1.0'] }));
  const acting = await stepContext({ facts: planned });
  const result = await preflightImagesAction.execute(acting.context, input({ remove: true }));
  // The stand-in knows no "image rm": what was asked is what counts.
  expect((await docker.calls()).filter((call) => call.startsWith('image rm'))).toEqual(['image rm repo/app:0.9.0']);
  expect(result).toMatchObject({ ok: false, error: { code: 'docker-failed', message: expect.stringContaining('repo/app:0.9.0 cannot be removed') as string } });
});

test('the image that is recorded is a fact that people vote on', async () => {
  const { docker } = await engine();
  const { context } = await stepContext();
  const given = preflightRecordAction.input.parse({ health: ['http://127.0.0.1:9'], image: { compose: { project: docker.project, service: 'app' } } });
  expect(await preflightRecordAction.inspect?.(context, given)).toMatchObject([{ kind: 'identity', value: imageId('1.1.0') }]);
});

test('a disk with too little room is named', async () => {
  const folder = await tempFolder();
  const { context } = await stepContext();
  const check = (free: string) => preflightDiskAction.execute(context, preflightDiskAction.input.parse({ paths: [folder], free }));
  expect(await check('1 kB')).toMatchObject({ ok: true });
  expect(await check('900 TB')).toMatchObject({ ok: false, error: { code: 'disk-full', message: expect.stringMatching(/has .* free, and 900000\.0 GB are wanted/) as string } });
});

import { expect, onTestFinished, test } from 'vitest';
import { planWithoutRun } from '../../../jobs/planning/plan-without-run.js';
import { planWayBack } from '../../../jobs/planning/way-back.js';
import { fakeDocker, imageId } from '../../support/fake-docker.js';
import { createDatabase } from '../../support/postgres.js';
import { planningParts } from './planning-parts.js';

const rollback = (project: string): string => `
name: Back
kind: rollback
params: { to: { type: release, required: true } }
steps:
  - { id: revert, uses: compose.release, with: { project: ${project}, services: [app], image: "\${{ params.to }}" } }
`;

/** The built-in runbooks on a target as its team would write it. */
async function shop(settings: string, env: Readonly<Record<string, string>> = {}) {
  const docker = await fakeDocker();
  const world = await planningParts({ runbook: rollback(docker.project), env, target: `runbooks: { preflight: preflight, verify: verify }, with: { project: ${docker.project}, ${settings} }` });
  return { ...world, docker };
}

test('the built-in preflight is planned for services with a health address', async () => {
  const { parts } = await shop('services: [app], health: "http://127.0.0.1:9/health"');
  const answer = await planWithoutRun(parts, { target: 'shop', runbook: 'preflight' });
  if (!answer.ok) expect.fail(answer.message);
  expect(answer.plan.steps.map(({ id }) => id)).toEqual(['record', 'disk', 'images', 'paper']);
  // What runs is known by the rollback's own action; nothing was named, so there is nothing to go to.
  expect(answer.plan).toMatchObject({ from: { name: '1.1.0', digest: imageId('1.1.0') }, steps: [{ with: { health: ['http://127.0.0.1:9/health'] } }, {}, {}, {}] });
  expect(answer.plan.to).toBeUndefined();
  expect(answer.plan.steps.every(({ destructive }) => !destructive)).toBe(true);
});

test('and for LiteLLM with its database, where every part comes', async () => {
  const target = await createDatabase();
  onTestFinished(() => target.drop());
  const { parts } = await shop('service: app, url: "http://127.0.0.1:9", database: "${env:SHOP_DB}", prisma: true, acceptMigrations: [3_drop]', { SHOP_DB: target.url });
  const answer = await planWithoutRun(parts, { target: 'shop', runbook: 'preflight', to: '1.0.0' });
  if (!answer.ok) expect.fail(answer.message);
  expect(answer.plan.steps.map(({ id }) => id)).toEqual(['record', 'backup', 'migrations', 'drift', 'disk', 'images', 'paper']);
  expect(answer.plan.to).toEqual({ name: '1.0.0' });
  expect(answer.plan.steps.find(({ id }) => id === 'record')?.with).toMatchObject({ health: ['http://127.0.0.1:9/health/readiness'] });
  expect(answer.plan.steps.find(({ id }) => id === 'migrations')?.with).toMatchObject({ accept: ['3_drop'], prisma: { next: { compose: { service: 'app', release: '1.0.0' } } } });
});

test('the built-in verify is planned with its holds', async () => {
  const { parts } = await shop('service: app, url: "http://127.0.0.1:9", logMinutes: 5m');
  const answer = await planWithoutRun(parts, { target: 'shop', runbook: 'verify' });
  if (!answer.ok) expect.fail(answer.message);
  expect(answer.plan.steps).toMatchObject([{ uses: 'http.check', with: { url: 'http://127.0.0.1:9/health/readiness', hold: '10s' } }, { uses: 'logs.scan', with: { source: { compose: { services: ['app'] } }, hold: '5m' } }]);
});

test('the way back on paper goes to what runs now, and says that it was written ahead', async () => {
  const { parts, run } = await shop('services: [app], health: "http://127.0.0.1:9/health"');
  const answer = await planWithoutRun(parts, { target: 'shop', runbook: 'preflight' });
  if (!answer.ok) expect.fail(answer.message);
  const paper = await planWayBack(parts, run({ kind: 'preflight', plan: answer.plan }), { name: '1.2.0' }, new AbortController().signal);
  if (!paper.ok) expect.fail(paper.message);
  expect(paper.text).toContain('1.2.0 -> 1.1.0');
  expect(paper.text).toContain('up -d --no-deps --no-build app');
  expect(paper.text).toContain('# Written before the change');
  // What runs now will not run then: nothing of it may void the paper.
  expect(paper.text).not.toContain('this plan is void');
});

test('a recorded release is proposed, with the reason', async () => {
  const { parts } = await shop('services: [app], health: "http://127.0.0.1:9/health"');
  const records = [{ target: 'shop', run: 'R1', step: 'record', release: { name: '1.0.0', digest: imageId('1.0.0') }, health: [], recordedAt: Date.UTC(2026, 4, 12, 10, 2) }];
  const answer = await planWithoutRun({ ...parts, store: { ...parts.store, preflightsOf: () => Promise.resolve(records) } }, { target: 'shop' });
  if (!answer.ok) expect.fail(answer.message);
  expect(answer.plan.to?.name).toBe('1.0.0');
  expect(answer.plan.verdict.reasons.map(({ text }) => text)).toContain('1.0.0 is the last known good release, recorded by the preflight of 12 May 10:02 UTC');
});

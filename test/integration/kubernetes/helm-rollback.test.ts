import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { helmRollbackAction } from '../../../jobs/actions/helm-rollback.js';
import type { StepContext } from '../../../src/ports/action.js';
import { type KubernetesWorld, kubernetesWorld } from '../../support/kubernetes/kubernetes-world.js';

const input = (world: KubernetesWorld, raw: object = {}) => helmRollbackAction.input.parse({ release: 'shop', namespace: 'prod', kubeconfig: world.kubeconfig, within: '20s', ...raw });

/** Plans as the engine does. */
async function plan(world: KubernetesWorld, raw: object = {}, given: Partial<StepContext> = {}) {
  const step = await world.context(given);
  const parsed = input(world, raw);
  const facts = (await helmRollbackAction.inspect?.(step.context, parsed)) ?? [];
  const context = { ...step.context, facts };
  return {
    ...step, context, parsed, facts,
    describe: () => helmRollbackAction.describe(parsed, { facts }),
    before: async () => helmRollbackAction.before?.(context, parsed),
    execute: async () => helmRollbackAction.execute(context, parsed),
    probe: async () => helmRollbackAction.probe?.(context, parsed, undefined),
  };
}
async function deployed(...tags: readonly string[]): Promise<KubernetesWorld> {
  const world = await kubernetesWorld();
  for (const tag of tags) await world.deploy({ tag });
  return world;
}
const history = async (world: KubernetesWorld) => (JSON.parse(await world.helm('history', 'shop', '--output', 'json')) as { revision: number; status: string; description: string }[]).map(({ revision, status, description }) => `${revision} ${status}: ${description}`);
/** The server is there again when somebody waits for it. */
const healing = (world: KubernetesWorld, { pause }: StepContext) => async (ms: number): Promise<void> => {
  if (world.api.isAway()) world.api.heal();
  await pause(ms);
};
const isApply = ({ method, path }: { readonly method: string; readonly path: string }) => method === 'PATCH' && path.endsWith('/deployments/shop');
const text = (value: string): unknown => expect.stringContaining(value);

describe('helm.rollback', () => {
  it('finds the revision by image tag, puts it back once, and says what the plan and the record need', { timeout: 240_000 }, async () => {
    const world = await deployed('1.0.0', '1.1.0');
    const step = await plan(world, { to: 'v1.0.0' });
    expect(await helmRollbackAction.running?.(step.context, step.parsed)).toEqual({ name: '1.1.0' });
    expect(await helmRollbackAction.releases?.(step.context, step.parsed)).toEqual([{ name: '1.1.0' }, { name: '1.0.0' }]);
    const described = step.describe();
    expect(described).toMatchObject({ effect: 'once', destructive: false, todo: [text('brings 1.1.0 back')] });
    expect(described.commands).toEqual([
      `helm rollback shop 1 --wait --timeout 20s --history-max 0 --namespace prod --kubeconfig ${world.kubeconfig}`,
      '# revision 1: shop-chart-0.1.0, app 1.0.0, repo/shop:1.0.0',
      '# does not fire the hook Job shop-migrations (pre-install, pre-upgrade): no migration runs, neither forward nor back',
    ]);
    expect(await step.probe()).toMatchObject({ outcome: 'absent' });
    expect(await step.execute()).toMatchObject({ ok: true, receipt: { revision: 3, backTo: 1, before: 2, images: { 'Deployment/shop/shop': 'repo/shop:1.0.0' }, pods: [{ state: text('ready') }, {}] } });
    // The facts that the step said it would leave behind are the ones that are there.
    const now = (await helmRollbackAction.inspect?.(step.context, step.parsed)) ?? [];
    for (const { key, to } of described.changes) if (to !== undefined) expect(now.find((fact) => fact.key === key)?.value).toEqual(to);

    expect(await step.probe()).toMatchObject({ outcome: 'happened', receipt: { revision: 3 }, saw: text('"Rollback to 1"') });
    expect(await step.execute()).toMatchObject({ ok: true, receipt: { revision: 3, found: text('already') } });
    expect(await history(world)).toHaveLength(3);
  });

  it('saves what is replaced, without its secrets', { timeout: 240_000 }, async () => {
    const world = await kubernetesWorld();
    await world.deploy({ tag: '1.0.0' });
    await world.deploy({ tag: '1.1.0', values: { masterKey: 'sk-very-secret' } });
    const step = await plan(world);
    const pods = (await world.kubectl('get', 'pods', '--output', 'name')).trim().split('\n').map((line) => line.replace('pod/', ''));
    for (const pod of pods) world.api.logs.set(pod, `ERROR: column does not exist in ${pod}\n`);
    expect(await step.before()).toMatchObject({ base: 2, planned: 1 });
    const folder = join(step.runFolder, 'replaced', 's1');
    expect((await readdir(folder)).sort()).toEqual(['history.yaml', 'manifest.yaml', ...pods.map((pod) => `${pod}-shop.log`), 'values.yaml'].sort());
    const saved = await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8')));
    expect(saved.join('\n')).toContain('repo/shop:1.1.0');
    expect(saved.join('\n')).toContain(`column does not exist in ${pods[0] ?? ''}`);
    expect(saved.join('\n')).not.toContain('sk-very-secret');
    expect(step.log.join('\n')).not.toContain('sk-very-secret');
  });

  it('finds revisions by chart version, by number and without a name, and says which there are', { timeout: 240_000 }, async () => {
    const world = await kubernetesWorld();
    await world.deploy({ tag: '1.0.0', chart: '0.1.0' });
    await world.deploy({ tag: '1.1.0', chart: '0.2.0' });
    world.api.controllers.behaviour.set('repo/shop:1.2.0', 'crash');
    await expect(world.deploy({ tag: '1.2.0', args: ['--wait', '--timeout', '1s'] })).rejects.toThrow('timed out');
    const target = async (raw: object) => (await plan(world, raw)).describe().commands[0]?.split(' ')[3];
    expect(await target({ to: '0.1.0' })).toBe('1');
    expect(await target({ to: 'shop-chart-0.2.0' })).toBe('2');
    expect(await target({})).toBe('2');
    expect((await plan(world, { revision: 3 })).describe().commands).toContainEqual(text('it failed when it was deployed'));
    await expect(plan(world, { to: '1.2.0' })).rejects.toMatchObject({ code: 'failed-revision', message: text('give revision: 3') });
    await expect(plan(world, { to: '9.9.9' })).rejects.toMatchObject({ code: 'no-such-revision', message: text('2 (1.1.0, deployed), 1 (1.0.0, superseded)') });
    await expect(plan(world, { revision: 7 })).rejects.toMatchObject({ code: 'no-such-revision' });
    await expect(plan(world, { to: '1.0.0', container: 'sidecar' })).rejects.toMatchObject({ code: 'no-such-container', message: text('shop/shop') });
    expect(helmRollbackAction.input.safeParse({ release: 'shop', namespace: 'prod', revision: 1, to: 'x' }).success).toBe(false);
  });

  it('does not put back a revision whose containers lack a variable that keeps the schema', { timeout: 240_000 }, async () => {
    const world = await kubernetesWorld();
    await world.deploy({ tag: '1.0.0', values: { image: 'repo/litellm', schemaUpdate: 'false' } });
    await world.deploy({ tag: '1.1.0', values: { image: 'repo/litellm' } });
    const step = await plan(world, { environment: { DISABLE_SCHEMA_UPDATE: 'True' } });
    expect(step.describe).toThrow('revision 1 of shop (1.0.0) runs without DISABLE_SCHEMA_UPDATE=True');
    expect((await plan(world, { revision: 2, environment: { DISABLE_SCHEMA_UPDATE: 'True' } })).describe().commands).toContainEqual(text('it is deployed already'));
    expect((await plan(world)).describe().commands).toContainEqual(text('Do not run it by hand with the older image'));
  });

  it('explains a release that is stuck in pending-upgrade, waits while it may be alive, and frees it', { timeout: 240_000 }, async () => {
    const world = await deployed('1.0.0');
    world.api.rule = (request) => (isApply(request) ? 'cut' : undefined);
    await expect(world.deploy({ tag: '1.1.0' })).rejects.toThrow();
    world.api.heal();
    expect((await history(world)).at(-1)).toMatch(/^2 pending-upgrade/);
    await expect(world.deploy({ tag: '1.1.1' })).rejects.toThrow('another operation');

    const young = await plan(world, { to: '1.0.0' });
    expect(young.describe).toThrow(/revision 2 of shop is pending-upgrade since .*a Helm at work, or one that was ended.*stuckAfter: 0s/);
    const old = await plan(world, { to: '1.0.0' }, { now: () => Date.now() + 3_600_000 });
    expect(old.describe().commands).toContainEqual(text('# revision 2 of shop is pending-upgrade'));
    const step = await plan(world, { to: '1.0.0', stuckAfter: '0s' });
    expect(await step.execute()).toMatchObject({ ok: true, receipt: { revision: 3, backTo: 1 } });
    await world.deploy({ tag: '1.1.1' });
    expect((await history(world)).at(-1)).toMatch(/^4 deployed/);
  });

  it('says that a release which was never installed has nothing to go back to', { timeout: 240_000 }, async () => {
    const world = await kubernetesWorld();
    world.api.rule = ({ method, path }) => (method === 'POST' && path.endsWith('/deployments') ? 'cut' : undefined);
    await expect(world.deploy({ tag: '1.0.0' })).rejects.toThrow();
    world.api.heal();
    await expect(plan(world)).rejects.toMatchObject({ code: 'never-deployed', message: text('helm uninstall shop') });
  });

  it('fails with the last lines of a crashing pod when the older release does not become ready, and goes there by Retry', { timeout: 240_000 }, async () => {
    const world = await deployed('1.0.0', '1.1.0');
    const step = await plan(world, { to: '1.0.0', within: '3s' });
    world.api.controllers.behaviour.set('repo/shop:1.0.0', 'crash');
    world.api.rule = ({ method, path }) => {
      const pod = /pods\/([^/]+)\/log$/.exec(path)?.[1];
      if (method === 'GET' && pod !== undefined) world.api.logs.set(pod, 'starting\nrelation "orders" does not exist\n');
      return undefined;
    };
    const result = await step.execute();
    expect(result).toMatchObject({ ok: false, error: { code: 'not-ready', tail: 'starting\nrelation "orders" does not exist' } });
    expect(result).toMatchObject({ error: { message: expect.stringMatching(/^revision 1 was put back as revision 3, not ready within 3 s: shop-\w+-0 shop: CrashLoopBackOff, 4 restarts, last line: relation "orders" does not exist$/) as string } });
    expect(step.progress).toContainEqual(text('CrashLoopBackOff'));
    expect(await step.probe()).toMatchObject({ outcome: 'unclear', saw: text('Retry runs helm rollback a second time') });
    world.api.controllers.behaviour.delete('repo/shop:1.0.0');
    world.api.controllers.reconcileAll();
    expect(await step.execute()).toMatchObject({ ok: true, receipt: { revision: 4, backTo: 1 } });
  });

  it('asks the history what happened when the API server goes away in the middle', { timeout: 240_000 }, async () => {
    const world = await deployed('1.0.0', '1.1.0');
    const step = await plan(world, { to: '1.0.0' });
    world.api.rule = (request) => (isApply(request) ? 'cut-after' : undefined);
    const context = { ...step.context, pause: healing(world, step.context) };
    const result = await helmRollbackAction.execute(context, step.parsed);
    expect(result).toMatchObject({ ok: false, retryable: true, error: { code: 'interrupted', message: text('revision 3 of shop ("Rollback to 1") is pending-rollback stays so') } });
    expect(await step.probe()).toMatchObject({ outcome: 'unclear', saw: text('the rollback began and did not end') });
    expect(await step.execute()).toMatchObject({ ok: true, receipt: { revision: 4, backTo: 1 } });
  });

  it('finds by the history that a rollback was done although Helm lost the answer', { timeout: 240_000 }, async () => {
    const world = await deployed('1.0.0', '1.1.0');
    const step = await plan(world, { to: '1.0.0' });
    // The write that ends the rollback: the new revision becomes "deployed".
    world.api.rule = ({ method, path, body }) => (method === 'PUT' && path.endsWith('shop.v3') && body.includes('"status":"deployed"') ? 'cut-after' : undefined);
    const context = { ...step.context, pause: healing(world, step.context) };
    expect(await helmRollbackAction.execute(context, step.parsed)).toMatchObject({ ok: true, receipt: { revision: 3, backTo: 1, found: text('Helm lost the cluster') } });
    expect(await step.probe()).toMatchObject({ outcome: 'happened' });
    expect(await history(world)).toHaveLength(3);
  });

  it('says that the outcome is unknown while the API server stays away', { timeout: 240_000 }, async () => {
    const world = await deployed('1.0.0', '1.1.0');
    const step = await plan(world, { to: '1.0.0', within: '1s' });
    world.api.rule = (request) => (isApply(request) ? 'cut-after' : undefined);
    expect(await step.execute()).toMatchObject({ ok: false, retryable: true, error: { code: 'outcome-unknown', message: text('Retry looks at the history first') } });
    expect(await step.probe()).toMatchObject({ outcome: 'unclear', saw: 'the Kubernetes API server does not answer' });
  });

  it('gives way to somebody else who deployed after the plan', { timeout: 240_000 }, async () => {
    const world = await deployed('1.0.0', '1.1.0');
    const step = await plan(world, { to: '1.0.0' });
    await world.deploy({ tag: '1.2.0' });
    expect(await step.execute()).toMatchObject({ ok: false, error: { code: 'history-changed', message: text('revision 3 of shop ("Upgrade complete")') } });
    expect(await step.probe()).toMatchObject({ outcome: 'unclear' });
    expect(await history(world)).toHaveLength(3);
  });

  it('names an unknown release, a missing right, a wrong context and a cluster that is away', { timeout: 240_000 }, async () => {
    const world = await deployed('1.0.0');
    await expect(plan(world, { release: 'shpo' })).rejects.toMatchObject({ code: 'no-such-release', message: 'namespace prod has no Helm release "shpo"; it has shop' });
    await expect(plan(world, { context: 'other' })).rejects.toMatchObject({ code: 'no-such-context', message: 'the kubeconfig has no context "other"' });
    world.api.rule = ({ path }) => (path.includes('/secrets') ? 'forbid' : undefined);
    await expect(plan(world)).rejects.toMatchObject({ code: 'no-permission', message: 'planb may not list secrets in namespace prod; its role needs verb "list" on "secrets"' });
    world.api.rule = () => 'drop';
    await expect(plan(world)).rejects.toMatchObject({ code: 'cluster-unreachable', retryable: true });
  });
});

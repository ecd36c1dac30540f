import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { kubectlRolloutAction } from '../../../jobs/actions/kubectl-rollout.js';
import type { StepContext } from '../../../src/ports/action.js';
import { type KubernetesWorld, kubernetesWorld } from '../../support/kubernetes/kubernetes-world.js';
import { listAt, numberAt, objectAt, textAt } from '../../support/kubernetes/object.js';

const apps = (plural: string) => ({ groupVersion: 'apps/v1', plural, namespace: 'prod' });
const text = (value: string): unknown => expect.stringContaining(value);

/** A deployment `api` and a statefulset `worker`, each with the given images one after another. */
async function workloads(...tags: readonly string[]): Promise<KubernetesWorld> {
  const world = await kubernetesWorld();
  for (const tag of tags) {
    apply(world, 'deployments', 'Deployment', 'api', tag);
    apply(world, 'statefulsets', 'StatefulSet', 'worker', tag);
  }
  return world;
}
function apply({ api }: KubernetesWorld, plural: string, kind: string, name: string, tag: string): void {
  const found = api.store.find(apps(plural), name);
  const object = found === undefined ? { apiVersion: 'apps/v1', kind, metadata: { name }, spec: { replicas: 2, selector: { matchLabels: { app: name } }, template: {} } } : structuredClone(found);
  objectAt(object, 'spec')['template'] = { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image: `repo/${name}:${tag}` }] } };
  api.store.put(apps(plural), object);
  api.controllers.reconcile(apps(plural), name);
}
async function plan(world: KubernetesWorld, raw: object, given: Partial<StepContext> = {}) {
  const step = await world.context(given);
  const parsed = kubectlRolloutAction.input.parse({ workload: 'deployment/api', namespace: 'prod', kubeconfig: world.kubeconfig, within: '20s', ...raw });
  const facts = (await kubectlRolloutAction.inspect?.(step.context, parsed)) ?? [];
  const context = { ...step.context, facts };
  const described = kubectlRolloutAction.describe(parsed, { facts });
  const undo = await kubectlRolloutAction.before?.(context, parsed);
  return {
    ...step, context, parsed, facts, described, undo,
    commands: described.commands.map((line) => line.replace(` --namespace prod --kubeconfig ${world.kubeconfig}`, '')),
    execute: async () => kubectlRolloutAction.execute(context, parsed),
    probe: async () => kubectlRolloutAction.probe?.(context, parsed, undo),
  };
}
const imageOf = (world: KubernetesWorld, plural: string, name: string) => textAt(listAt(world.api.store.find(apps(plural), name), 'spec', 'template', 'spec', 'containers')[0], 'image');
const replicasOf = (world: KubernetesWorld, name: string) => numberAt(world.api.store.find(apps('deployments'), name), 'spec', 'replicas');

describe('kubectl.rollout', () => {
  it('restarts, and tells by generation and annotation whether it did', { timeout: 240_000 }, async () => {
    const world = await workloads('1.0.0');
    for (const workload of ['deployment/api', 'statefulset/worker']) {
      const step = await plan(world, { workload, do: 'restart' });
      expect(step.commands).toEqual([`kubectl rollout restart ${workload}`, `kubectl rollout status ${workload} --timeout=20s`]);
      expect(step.described).toMatchObject({ effect: 'idempotent', destructive: false, changes: [] });
      expect(await step.probe()).toMatchObject({ outcome: 'absent' });
      expect(await step.execute()).toMatchObject({ ok: true, receipt: { workload, replicas: 2, pods: [text('ready'), text('ready')] } });
      expect(await step.probe()).toMatchObject({ outcome: 'happened' });
    }
  });

  it('goes back to a revision, and twice does no harm', { timeout: 240_000 }, async () => {
    const world = await workloads('1.0.0', '1.1.0', '1.2.0');
    const step = await plan(world, { do: 'undo', toRevision: 1 });
    expect(step.commands).toEqual(['kubectl rollout undo deployment/api --to-revision=1', 'kubectl rollout status deployment/api --timeout=20s', '# revision 1: repo/api:1.0.0']);
    expect(step.described.changes).toEqual([{ key: 'kubectl:prod/deployment/api', to: { main: 'repo/api:1.0.0' } }]);
    expect(await step.execute()).toMatchObject({ ok: true, receipt: { revision: '4', images: { main: 'repo/api:1.0.0' } } });
    expect(await step.probe()).toMatchObject({ outcome: 'happened' });
    // Revision 1 is called 4 now; by number kubectl would not find it.
    expect(await step.execute()).toMatchObject({ ok: true, receipt: { revision: '4' } });

    const set = await plan(world, { workload: 'statefulset/worker', do: 'undo' });
    expect(set.commands[0]).toBe('kubectl rollout undo statefulset/worker --to-revision=2');
    expect(await set.execute()).toMatchObject({ ok: true, receipt: { images: { main: 'repo/worker:1.1.0' } } });
    expect(imageOf(world, 'statefulsets', 'worker')).toBe('repo/worker:1.1.0');
    await expect(plan(world, { do: 'undo', toRevision: 9 })).rejects.toMatchObject({ code: 'no-such-revision', message: text('2 (repo/api:1.1.0), 3 (repo/api:1.2.0), 4 (repo/api:1.0.0)') });
  });

  it('scales to 0 so that nobody writes, keeps the logs, and back to as many as before', { timeout: 240_000 }, async () => {
    const world = await workloads('1.0.0');
    const [pod = ''] = world.api.store.list({ groupVersion: 'v1', plural: 'pods', namespace: 'prod' }).map((object) => textAt(object, 'metadata', 'name'));
    world.api.logs.set(pod, 'the last words\n');
    const down = await plan(world, { do: 'scale', replicas: 0 });
    const up = await plan(world, { do: 'scale', replicas: 'former' });
    expect(down.commands.slice(0, 2)).toEqual(['kubectl annotate deployment/api --overwrite planb.replicas-before=2', 'kubectl scale deployment/api --replicas=0']);
    expect(down.described.stopsWriters).toBe(true);
    expect(down.undo).toMatchObject({ replicas: 2 });
    expect(await readFile(join(down.runFolder, 'replaced', 's1', `${pod}-main.log`), 'utf8')).toBe('the last words\n');
    expect(await readdir(join(down.runFolder, 'replaced', 's1'))).toHaveLength(2);
    expect(await down.execute()).toMatchObject({ ok: true, receipt: { replicas: 0, before: 2, pods: [] } });
    expect(await down.probe()).toMatchObject({ outcome: 'happened' });

    // A run of its own, which knows nothing of the one that scaled down.
    expect((await plan(world, { do: 'scale', replicas: 'former' })).commands[0]).toBe('kubectl scale deployment/api --replicas=2');
    expect(up.commands[0]).toBe('kubectl scale deployment/api --replicas=2');
    expect(up.described.stopsWriters).toBeUndefined();
    expect(await up.execute()).toMatchObject({ ok: true, receipt: { replicas: 2 } });
    expect(replicasOf(world, 'api')).toBe(2);
    expect(await up.execute()).toMatchObject({ ok: true });
    await (await plan(world, { do: 'scale', replicas: 0 })).execute();
    await world.kubectl('annotate', 'deployment/api', 'planb.replicas-before-');
    await expect(plan(world, { do: 'scale', replicas: 'former' })).rejects.toMatchObject({ code: 'no-former-replicas' });
  });

  it('does not call the writers stopped while a pod is being ended', { timeout: 240_000 }, async () => {
    const world = await workloads('1.0.0');
    const step = await plan(world, { do: 'scale', replicas: 0, within: '1s' });
    const pods = { groupVersion: 'v1', plural: 'pods', namespace: 'prod' };
    world.api.rule = ({ method, path }) => {
      // A pod whose process takes its time, from the moment that replicas are 0.
      if (method === 'GET' && path.endsWith('/pods') && replicasOf(world, 'api') === 0 && world.api.store.find(pods, 'api-slow') === undefined) {
        world.api.store.put(pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'api-slow', labels: { app: 'api' }, deletionTimestamp: '2026-01-01T00:00:00Z' }, spec: {}, status: { phase: 'Running', containerStatuses: [{ name: 'main', ready: true }] } });
      }
      return undefined;
    };
    expect(await step.execute()).toMatchObject({ ok: false, error: { code: 'not-ready', message: text('api-slow') } });
    expect(await step.probe()).toMatchObject({ outcome: 'unclear' });
    world.api.rule = () => undefined;
    world.api.store.remove(pods, 'api-slow');
    expect(await step.probe()).toMatchObject({ outcome: 'happened' });
  });

  it('ends at once, with the last log line, when new pods crash or their image cannot be had; not for old ones', { timeout: 240_000 }, async () => {
    const world = await workloads('1.0.0', '1.1.0');
    world.api.controllers.behaviour.set('repo/api:1.0.0', 'crash');
    world.api.controllers.behaviour.set('repo/worker:1.0.0', 'no-image');
    world.api.rule = ({ path }) => {
      const pod = /pods\/([^/]+)\/log$/.exec(path)?.[1];
      if (pod !== undefined) world.api.logs.set(pod, 'starting\nKeyError: SALT_KEY\n');
      return undefined;
    };
    const crash = await (await plan(world, { do: 'undo', within: '10m' })).execute();
    expect(crash).toMatchObject({ ok: false, error: { code: 'not-healthy', message: expect.stringMatching(/^api-\w+-0 main: CrashLoopBackOff, 4 restarts, last line: KeyError: SALT_KEY$/) as string, tail: 'starting\nKeyError: SALT_KEY' } });
    const pull = await (await plan(world, { workload: 'statefulset/worker', do: 'undo', within: '10m' })).execute();
    expect(pull).toMatchObject({ ok: false, error: { code: 'not-healthy', message: text('worker-0 main: ImagePullBackOff (repo/worker:1.0.0: Back-off pulling image: manifest unknown)') } });

    // Now 1.0.0 is the crashing one that is left, and 1.1.0 comes.
    const back = await plan(world, { do: 'undo', within: '10m' });
    expect(await back.execute()).toMatchObject({ ok: true, receipt: { images: { main: 'repo/api:1.1.0' } } });
  });

  it('waits no longer than it may, and says how far it came', { timeout: 240_000 }, async () => {
    const world = await workloads('1.0.0', '1.1.0');
    world.api.controllers.behaviour.set('repo/api:1.0.0', 'starting');
    const step = await plan(world, { do: 'undo', within: '1s' });
    expect(await step.execute()).toMatchObject({ ok: false, error: { code: 'not-ready', message: text('deployment/api not ready within 1 s: 2 old pods left') } });
    expect(await step.probe()).toMatchObject({ outcome: 'unclear' });
    const status = await plan(world, { do: 'status', within: '1s' });
    expect(status.described).toMatchObject({ effect: 'read', changes: [] });
    expect(await status.execute()).toMatchObject({ ok: false, error: { code: 'not-ready' } });
    world.api.controllers.behaviour.delete('repo/api:1.0.0');
    world.api.controllers.reconcileAll();
    expect(await status.execute()).toMatchObject({ ok: true, receipt: { images: { main: 'repo/api:1.0.0' } } });
  });

  it('says by the probe what became of an order whose answer was lost', { timeout: 240_000 }, async () => {
    const world = await workloads('1.0.0');
    const step = await plan(world, { do: 'restart' });
    world.api.rule = ({ method }) => (method === 'PATCH' ? 'cut-after' : undefined);
    expect(await step.execute()).toMatchObject({ ok: false, retryable: true, error: { code: 'cluster-unreachable' } });
    expect(await step.probe()).toMatchObject({ outcome: 'unclear', saw: 'the Kubernetes API server does not answer' });
    world.api.heal();
    expect(await step.probe()).toMatchObject({ outcome: 'happened' });
  });

  it('names what is not there and what is not allowed, and refuses wrong words', { timeout: 240_000 }, async () => {
    const world = await workloads('1.0.0');
    await expect(plan(world, { workload: 'deployment/apo', do: 'restart' })).rejects.toMatchObject({ code: 'not-found', message: text('"apo" not found') });
    const step = await plan(world, { do: 'restart' });
    world.api.rule = ({ method }) => (method === 'PATCH' ? 'forbid' : undefined);
    expect(await step.execute()).toMatchObject({ ok: false, retryable: false, error: { code: 'no-permission', message: 'planb may not patch deployments of apps in namespace prod; its role needs verb "patch" on "deployments"' } });
    expect(await step.probe()).toMatchObject({ outcome: 'absent' });
    const refused = (raw: object) => kubectlRolloutAction.input.safeParse({ namespace: 'prod', ...raw }).success;
    expect([refused({ workload: 'pod/x', do: 'restart' }), refused({ workload: 'deployment/--all', do: 'restart' }), refused({ workload: 'deployment/x', do: 'scale' }), refused({ workload: 'deployment/x', do: 'restart', toRevision: 1 })]).toEqual([false, false, false, false]);
  });
});

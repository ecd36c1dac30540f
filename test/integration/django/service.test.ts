import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { djangoReverseAction } from '../../../jobs/actions/django-reverse.js';
import { readDjangoHistory } from '../../../src/verdict/django-facts.js';
import { fakeEngine } from '../../support/django/fake-engine.js';
import { kubernetesWorld } from '../../support/kubernetes/kubernetes-world.js';
import { addField, createModel } from '../../support/django/project.js';
import { stepContext } from '../actions/step-context.js';
import { rowsOf, twoReleases } from './world.js';

const timeout = 180_000;
const features = { '0001_initial': createModel('Feature', { name: 'models.CharField(max_length=50)' }) };

async function service() {
  const releases = await twoReleases({ features }, { features: { ...features, '0002_rank': addField('Feature', 'rank', 'models.IntegerField(default=0)') } });
  const engine = await fakeEngine(releases.target, releases.current);
  const input = djangoReverseAction.input.parse({ databases: releases.databases, current: { project: engine.project, service: 'api' }, target: { image: 'flags:1.0.0', settings: 'project.settings', env: { TOKEN: 'abcdef' } }, stopped: ['worker'] });
  const { context } = await stepContext();
  return { ...releases, engine, input, context, inspect: async () => (await djangoReverseAction.inspect?.(context, input)) ?? [] };
}

describe('django.reverse in a compose project', { timeout }, () => {
  it('reads both images without a network, and reverses in the running one only while nothing of it is up', async () => {
    const { engine, input, context, database, inspect } = await service();
    const facts = await inspect();
    const history = readDjangoHistory(facts[0] ?? { key: '', value: null }, facts);
    expect(history.runsIn).toBe(`sha256:${'110'.padEnd(64, '0')}`);
    const compose = `docker compose --project-name flags --project-directory ${engine.project} -f ${engine.project}/compose.yaml run --rm -T --no-deps --entrypoint python api manage.py migrate features 0001_initial --database default --noinput --no-color`;
    expect(djangoReverseAction.describe(input, { facts }).commands).toEqual([`${compose}   # unapplies features.0002_rank`]);
    const reads = (await engine.calls()).filter((line) => line.startsWith('run '));
    // Values of variables are no arguments.
    expect(reads).toContain(`run --rm --interactive --network none --label planb.target=shop --env TOKEN --env DJANGO_SETTINGS_MODULE --entrypoint python sha256:${'100'.padEnd(64, '0')} -`);

    const step = { ...context, facts };
    for (const [up, words] of [[['api', 'worker'], 'api and worker still run'], [['worker'], 'worker still runs']] as const) {
      for (const name of ['api', 'worker'] as const) await engine.status(name, up.includes(name as never) ? 'running' : 'exited');
      await expect(djangoReverseAction.before?.(step, input)).rejects.toThrow(words);
      expect(await djangoReverseAction.execute(step, input)).toMatchObject({ ok: false, error: { code: 'still-running', message: expect.stringContaining(words) as string } });
    }
    await engine.status('worker', 'restarting');
    expect(await djangoReverseAction.execute(step, input)).toMatchObject({ ok: false, error: { code: 'still-running' } });
    expect(await rowsOf(database, 'features')).toHaveLength(2);

    await engine.status('worker', 'exited');
    // An earlier attempt's container is awaited first.
    await engine.set('leftovers', 'abc\n');
    expect(await djangoReverseAction.execute(step, input)).toMatchObject({ ok: true });
    expect(await rowsOf(database, 'features')).toEqual(['features.0001_initial']);
    const calls = await engine.calls();
    expect(calls).toContain('wait abc');
    expect(calls).toContain(compose.replace('docker ', '').replace('run --rm', 'run --label planb.attempt=r1/s1/1 --label planb.step=r1/s1 --rm'));
  });

  it('does not reverse with another release than the one that runs', async () => {
    const { engine, input, context, inspect, database } = await service();
    const facts = await inspect();
    for (const name of ['api', 'worker'] as const) await engine.status(name, 'exited');
    await writeFile(join(engine.project, 'compose.yaml'), 'services:\n  api:\n    image: flags:1.0.0\n');
    await expect(inspect()).rejects.toThrow('api runs another image than flags:1.0.0, which compose would start');
    expect(await djangoReverseAction.execute({ ...context, facts }, input)).toMatchObject({ ok: false, error: { code: 'other-image' } });
    expect(await rowsOf(database, 'features')).toHaveLength(2);
  });
});

describe('django.reverse in an image that runs in a cluster', { timeout }, () => {
  it('runs on this machine with the variables by name, and only while the cluster has no pod of it', async () => {
    const { current, target, database, databases } = await twoReleases({ features }, { features: { ...features, '0002_rank': addField('Feature', 'rank', 'models.IntegerField(default=0)') } });
    const engine = await fakeEngine(target, current);
    const kubernetes = await kubernetesWorld();
    await kubernetes.deploy({ tag: '1.1.0' });
    const input = djangoReverseAction.input.parse({
      databases, current: { image: 'flags:1.1.0', settings: 'project.settings', env: { ...current.env } }, target: { image: 'flags:1.0.0', settings: 'project.settings', env: { ...target.env } },
      scaledDown: { namespace: 'prod', kubeconfig: kubernetes.kubeconfig, workloads: ['deployment/shop'] },
    });
    const { context } = await kubernetes.context();
    const facts = (await djangoReverseAction.inspect?.(context, input)) ?? [];
    const [command] = djangoReverseAction.describe(input, { facts }).commands;
    expect(command).toMatch(/docker run --rm --network host .*--env DJANGO_SETTINGS_MODULE --entrypoint python sha256:1100+ manage\.py migrate features 0001_initial --database default --noinput --no-color {3}# unapplies features\.0002_rank$/);
    const step = { ...context, facts };
    expect(await djangoReverseAction.execute(step, input)).toMatchObject({ ok: false, error: { code: 'still-running', message: expect.stringContaining('deployment/shop still runs') as string } });
    expect(await rowsOf(database, 'features')).toHaveLength(2);
    await kubernetes.kubectl('scale', 'deployment/shop', '--replicas', '0');
    expect(await djangoReverseAction.execute(step, input)).toMatchObject({ ok: true });
    expect(await rowsOf(database, 'features')).toEqual(['features.0001_initial']);
    const runs = (await engine.calls()).filter((line) => line.includes(' manage.py '));
    expect(runs.at(-1)).toMatch(/^run --label planb\.attempt=r1\/s1\/1 --label planb\.step=r1\/s1 --rm --network host /);
    expect((await engine.calls()).join('\n')).not.toContain(database.url);
  });
});

describe('bad input', { timeout }, () => {
  it('is a clear error', async () => {
    const { current, target, databases, database } = await twoReleases({ features }, { features });
    const { context } = await stepContext();
    const inspect = (given: object) => djangoReverseAction.inspect?.(context, djangoReverseAction.input.parse({ databases, current: current.source, target: target.source, ...given }));
    await expect(inspect({ databases: { other: database.url } })).rejects.toThrow(`the releases' settings know the databases default, not other`);
    await expect(inspect({ target: { ...target.source, settings: 'nothing.here' } })).rejects.toThrow(/the migrations of .* cannot be read: ModuleNotFoundError: No module named 'nothing'/);
    await expect(inspect({ target: { ...target.source, cwd: '/' } })).rejects.toThrow('neither DJANGO_SETTINGS_MODULE nor a manage.py in / tells the settings module');
    await writeFile(join(target.folder, 'features/migrations/0002_broken.py'), 'from nowhere import it\n');
    await expect(inspect({})).rejects.toThrow(`ModuleNotFoundError: No module named 'nowhere'`);
    await database.pool.query('DROP TABLE django_migrations');
    await expect(inspect({ target: current.source })).rejects.toThrow('database default has no table django_migrations');
    expect(djangoReverseAction.input.safeParse({ databases, current: current.source, target: target.source, stopped: ['api'] }).success).toBe(false);
  });
});

import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';

import { djangoReverseAction } from '../../../jobs/actions/django-reverse.js';
import { prismaDeployAction } from '../../../jobs/actions/prisma-deploy.js';
import { readShipped } from '../../../jobs/actions/prisma/migration-source.js';
import type { StepContext } from '../../../src/ports/action.js';
import { fakeEngine } from '../../support/django/fake-engine.js';
import { addField, createModel } from '../../support/django/project.js';
import { historyOf, localCli } from '../../support/prisma/prisma-step.js';
import { prismaRelease } from '../../support/prisma/release.js';
import { thereFrom } from '../../support/ssh/remote-context.js';
import { sshHosts, startSshd } from '../../support/ssh/sshd.js';
import { tempFolder } from '../../support/temp-folder.js';
import { stepContext } from '../actions/step-context.js';
import { rowsOf, testDatabase, twoReleases } from '../django/world.js';

vi.setConfig({ testTimeout: 180_000 });

/** `path`: where programs are found there, and nowhere here. */
async function there(path = process.env['PATH'] ?? ''): Promise<StepContext> {
  const sshd = await startSshd([`SetEnv PATH=${path}`]);
  return thereFrom((await stepContext()).context, sshHosts(sshd).at(sshd.address));
}

describe('migrations of a release on another machine', () => {
  test('prisma.deploy reads what a release ships and runs its command line there', async () => {
    const database = await testDatabase();
    const release = await prismaRelease({ '1_init': 'CREATE TABLE t (id int PRIMARY KEY, old text);', '2_größe x': '' });
    const context = await there();
    expect(await readShipped(context, { directory: release.directory })).toEqual(await readShipped((await stepContext()).context, { directory: release.directory }));
    const input = prismaDeployAction.input.parse({ database: database.url, ...localCli(release) });
    const facts = (await prismaDeployAction.inspect?.(context, input)) ?? [];
    expect(prismaDeployAction.describe(input, { facts }).commands.join('\n')).toContain('applies 1_init, 2_größe x');
    expect(await prismaDeployAction.execute({ ...context, facts }, input)).toMatchObject({ ok: true, receipt: { applied: ['1_init', '2_größe x'] } });
    expect(await historyOf(database)).toEqual({ '1_init': 'applied', '2_größe x': 'applied' });
  });

  test('a folder without migrations, or none at all, is told with the machine', async () => {
    const context = await there();
    const empty = await tempFolder();
    await expect(readShipped(context, { directory: empty })).rejects.toMatchObject({ code: 'no-migrations-folder', message: `${empty} on ${context.on ?? ''} holds no <name>/migration.sql` });
    await expect(readShipped(context, { directory: join(empty, 'none') })).rejects.toMatchObject({ code: 'no-migrations-folder', message: expect.stringMatching(/cannot be read on ssh:\S+: .*No such file/) as string });
  });

  test('django.reverse reads images and reverses there, and keeps here what goes', async () => {
    const local = process.env['PATH'] ?? '';
    const features = { '0001_initial': createModel('Feature', { name: 'models.CharField(max_length=50)' }) };
    const { database, target, current, databases } = await twoReleases({ features }, { features: { ...features, '0002_rank': addField('Feature', 'rank', 'models.IntegerField(null=True)') } });
    await database.pool.query(`INSERT INTO features_feature (name, rank) VALUES ('dark', 7)`);
    const engine = await fakeEngine(target, current);
    const context = await there(process.env['PATH']);
    process.env['PATH'] = local;
    const input = djangoReverseAction.input.parse({ databases, current: { project: engine.project, service: 'api' }, target: { image: 'flags:1.0.0', settings: 'project.settings' } });
    for (const name of ['api', 'worker'] as const) await engine.status(name, 'exited');
    const facts = (await djangoReverseAction.inspect?.(context, input)) ?? [];
    const step = { ...context, facts };
    const undo = await djangoReverseAction.before?.(step, input);
    expect(undo).toMatchObject({ saved: expect.arrayContaining([expect.stringContaining(await context.runFolder())]) as string[] });
    expect(await djangoReverseAction.execute(step, input)).toMatchObject({ ok: true });
    expect(await rowsOf(database, 'features')).toEqual(['features.0001_initial']);
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { prismaDeployAction } from '../../../jobs/actions/prisma-deploy.js';
import { eventually } from '../../support/eventually.js';
import { type FakeContainers, fakeContainers } from '../../support/prisma/fake-container.js';
import { type TestDatabase, createDatabase } from '../../support/postgres.js';
import { historyOf, planAction } from '../../support/prisma/prisma-step.js';
import { type PrismaRelease, prismaRelease } from '../../support/prisma/release.js';
import { stepContext } from '../actions/step-context.js';

let database: TestDatabase;
let release: PrismaRelease;
let containers: FakeContainers;

beforeEach(async () => {
  database = await createDatabase();
  release = await prismaRelease({ '1_init': 'CREATE TABLE t (id int PRIMARY KEY);' });
  containers = await fakeContainers(release, database.url);
});
afterEach(() => database.drop());

const inContainer = () => ({ database: database.url, cli: { container: { image: 'repo/app:1', network: 'app_default', entrypoint: [...containers.entrypoint] } }, migrations: { directory: release.directory } });

describe('Prisma\'s command line in a container', { timeout: 180_000 }, () => {
  it('gets the address by the name of its variable, and stands under the attempt\'s label', async () => {
    const step = await planAction('prisma.deploy', inContainer());
    expect(await step.execute()).toMatchObject({ ok: true, receipt: { applied: ['1_init'] } });
    expect(await historyOf(database)).toEqual({ '1_init': 'applied' });
    const calls = await containers.calls();
    expect(calls.find((call) => call.startsWith('run '))).toMatch(/^run --rm --label planb\.attempt=r1\/s1\/1 --label planb\.step=r1\/s1 --network app_default --env DATABASE_URL --entrypoint \S+ repo\/app:1 .* migrate deploy --schema prisma\/schema\.prisma$/);
    expect(calls.join('\n')).not.toContain(database.url);
  });

  it('in a one-off container of a Compose service uses the service\'s own address', async () => {
    const step = await planAction('prisma.deploy', { database: database.url, cli: { compose: { project: containers.project, service: 'app', entrypoint: [...containers.entrypoint] } }, migrations: { directory: release.directory } });
    expect(await step.execute()).toMatchObject({ ok: true, receipt: { applied: ['1_init'] } });
    const call = (await containers.calls()).find((line) => line.includes(' run '));
    expect(call).toMatch(/^compose .*-f \S+compose\.yaml run --rm --no-deps -T --label planb\.attempt=r1\/s1\/1 --label planb\.step=r1\/s1 --entrypoint \S+ app .* migrate deploy /);
    expect(call).not.toContain('DATABASE_URL');
  });

  it('ends the container when the step is stopped', async () => {
    await containers.hang(true);
    const stop = new AbortController();
    const { context } = await stepContext({ signal: stop.signal });
    const input = prismaDeployAction.input.parse(inContainer());
    const running = prismaDeployAction.execute({ ...context, facts: (await prismaDeployAction.inspect?.(context, input)) ?? [] }, input);
    await eventually(() => containers.begun(), 60_000);
    stop.abort(new Error('stopped'));
    await expect(running).rejects.toThrow('stopped');
    expect(await containers.left()).toBe(false);
    expect((await containers.calls()).filter((call) => call.startsWith('ps ')).at(-1)).toContain('label=planb.attempt=r1/s1/1');
  });

  it('ends what a dead worker\'s attempt left, and does not call it absent before', async () => {
    await containers.hang(true);
    const stop = new AbortController();
    const { context } = await stepContext();
    const input = prismaDeployAction.input.parse(inContainer());
    const facts = (await prismaDeployAction.inspect?.(context, input)) ?? [];
    // A worker that is killed takes docker's client along and leaves the container.
    const dying = context.run({ argv: ['docker', 'run', '--rm', 'repo/app:1'], signal: stop.signal });
    await eventually(() => containers.begun(), 60_000);
    stop.abort();
    await dying;
    expect(await containers.left()).toBe(true);
    expect(await prismaDeployAction.probe?.({ ...context, facts }, input, undefined)).toEqual({ outcome: 'unclear', saw: 'its container still runs' });
    await containers.hang(false);
    expect(await prismaDeployAction.execute({ ...context, facts }, input)).toMatchObject({ ok: true, receipt: { applied: ['1_init'] } });
    expect(await containers.left()).toBe(false);
  });
});

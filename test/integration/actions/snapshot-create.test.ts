import { describe, expect, it } from 'vitest';

import { snapshotCreateAction } from '../../../jobs/actions/snapshot-create.js';
import { snapshotName } from '../../../jobs/actions/snapshot/snapshot-name.js';
import { fakeCloud } from '../../support/fake-cloud.js';
import { stepContext } from './step-context.js';

const rds = { rds: { instance: 'shop-db', region: 'eu-central-1', profile: 'ops' } };
const cloudSql = { 'cloud-sql': { instance: 'shop-db', project: 'proj' } };
const name = snapshotName('7KQ', 'snapshot', 'shop-db');
const step = (given: object = {}) => stepContext({ runId: '7KQ', step: 'snapshot', pause: () => Promise.resolve(), ...given });
const parse = (raw: object) => snapshotCreateAction.input.parse(raw);

describe('the name of a snapshot', () => {
  it('is one that RDS takes, and differs where run, step or instance do', () => {
    expect(name).toMatch(/^planb-7kq-snapshot-[0-9a-f]{8}$/);
    expect(snapshotName('r', '_a__b.', 'i')).toMatch(/^planb-r-a-b-[0-9a-f]{8}$/);
    expect(snapshotName('r'.repeat(300), 's', 'i').length).toBeLessThan(200);
    expect(new Set([snapshotName('r', 'a_b', 'i'), snapshotName('r', 'a-b', 'i'), snapshotName('r', 'a_b', 'j')]).size).toBe(3);
  });
});

describe('snapshot.create on RDS', () => {
  it('creates, waits, and says that it is not provable', async () => {
    const cloud = await fakeCloud();
    await cloud.change({ needed: 2 });
    const { context, progress } = await step();
    const end = ['--region', 'eu-central-1', '--profile', 'ops', '--output', 'json'];
    expect((await snapshotCreateAction.inspect?.(context, parse(rds)))?.[0]).toMatchObject({ kind: 'identity', value: 'db-ABC' });
    expect(snapshotCreateAction.describe(parse(rds), { facts: [] })).toMatchObject({ effect: 'idempotent', destructive: false, commands: [`aws rds create-db-snapshot --db-instance-identifier shop-db --db-snapshot-identifier planb-RUN-STEP ${end.join(' ')}`, expect.stringContaining('not provable') as string] });
    const result = await snapshotCreateAction.execute(context, parse(rds));
    expect(result).toEqual({ ok: true, receipt: { snapshot: name, provider: 'rds', instance: 'shop-db', takenAt: '2026-03-04T05:06:07.123Z', engine: 'postgres 15.4', diskGb: 20, proven: false, provable: false, why: expect.stringContaining('managed snapshot') as string } });
    expect(progress).toContain('creating, 40 %');
    const look = ['aws', 'rds', 'describe-db-snapshots', '--db-snapshot-identifier', name, ...end];
    expect(await cloud.calls()).toEqual([
      ['aws', 'rds', 'describe-db-instances', '--db-instance-identifier', 'shop-db', ...end],
      look, ['aws', 'rds', 'create-db-snapshot', '--db-instance-identifier', 'shop-db', '--db-snapshot-identifier', name, ...end], look, look, look,
    ]);
  });

  it('is found by its name after a crash between creating and the receipt', async () => {
    const cloud = await fakeCloud();
    const { context } = await step();
    expect(await snapshotCreateAction.probe?.(context, parse(rds), undefined)).toMatchObject({ outcome: 'absent' });
    // The worker dies while it waits.
    const died = await step({ pause: () => Promise.reject(new Error('killed')) });
    await cloud.change({ needed: 2 });
    await expect(snapshotCreateAction.execute(died.context, parse(rds))).rejects.toThrow('killed');
    expect(await snapshotCreateAction.probe?.(context, parse(rds), undefined)).toMatchObject({ outcome: 'unclear', saw: `snapshot ${name} is creating` });
    expect(await snapshotCreateAction.probe?.(context, parse(rds), undefined)).toMatchObject({ outcome: 'happened', receipt: { snapshot: name, provable: false } });
    expect(await snapshotCreateAction.execute(context, parse(rds))).toMatchObject({ ok: true });
    expect((await cloud.calls()).filter((call) => call.includes('create-db-snapshot'))).toHaveLength(1);
  });

  it('says what AWS says', async () => {
    const cloud = await fakeCloud();
    const { context } = await step();
    const run = (raw: object = rds) => snapshotCreateAction.execute(context, parse(raw));
    await expect(snapshotCreateAction.inspect?.(context, parse({ rds: { instance: 'other' } }))).rejects.toMatchObject({ code: 'no-such-instance' });
    await cloud.change({ refuses: 'An error occurred (InvalidDBInstanceState) when calling the CreateDBSnapshot operation: Instance shop-db is not currently available.' });
    expect(await run()).toMatchObject({ ok: false, retryable: true, error: { code: 'snapshot-failed', message: expect.stringContaining('not currently available') as string } });
    await cloud.change({ refuses: 'An error occurred (AccessDenied) when calling the CreateDBSnapshot operation: not authorized' });
    expect(await run()).toMatchObject({ ok: false, retryable: false, error: { code: 'permission-denied' } });
    await cloud.change({ refuses: '', stuck: 'failed' });
    expect(await run()).toMatchObject({ ok: false, error: { code: 'snapshot-failed', message: expect.stringContaining('is failed; delete it there') as string } });
    await cloud.change({ stuck: 'creating' });
    expect(await run({ ...rds, within: '0s' })).toMatchObject({ ok: false, retryable: true, error: { code: 'timed-out', message: expect.stringContaining('is creating after') as string } });
  });
});

describe('snapshot.create on Cloud SQL', () => {
  it('creates with its name as description, waits, and never makes a second one', async () => {
    const cloud = await fakeCloud();
    await cloud.change({ needed: 1 });
    const { context } = await step();
    expect((await snapshotCreateAction.inspect?.(context, parse(cloudSql)))?.[0]?.value).toContain('proj:eu:shop-db');
    const result = await snapshotCreateAction.execute(context, parse(cloudSql));
    expect(result).toMatchObject({ ok: true, receipt: { snapshot: name, id: '1700000000001', provider: 'cloud-sql', takenAt: '2026-03-04T05:06:07.123Z', proven: false, provable: false } });
    const end = ['--project=proj', '--format=json', '--quiet'];
    const look = ['gcloud', 'sql', 'backups', 'list', '--instance=shop-db', `--filter=description=${name}`, ...end];
    expect((await cloud.calls()).slice(1)).toEqual([look, ['gcloud', 'sql', 'backups', 'create', '--instance=shop-db', `--description=${name}`, '--async', ...end], look, look]);
    expect(await snapshotCreateAction.probe?.(context, parse(cloudSql), undefined)).toMatchObject({ outcome: 'happened' });
    expect(await snapshotCreateAction.execute(context, parse(cloudSql))).toMatchObject({ ok: true });
    expect((await cloud.read()).twice).toBeUndefined();
  });

  it('says what Google says', async () => {
    const cloud = await fakeCloud();
    const { context } = await step();
    await expect(snapshotCreateAction.inspect?.(context, parse({ 'cloud-sql': { instance: 'other' } }))).rejects.toMatchObject({ code: 'no-such-instance' });
    await cloud.change({ refuses: 'ERROR: (gcloud.sql.backups.create) HTTPError 409: Operation failed because another operation was already in progress.' });
    expect(await snapshotCreateAction.execute(context, parse(cloudSql))).toMatchObject({ ok: false, retryable: true, error: { message: expect.stringContaining('another operation') as string } });
  });

  it('takes no word that a command line would read as an option', () => {
    for (const bad of ['--help', '', 'a b', '-x']) expect(snapshotCreateAction.input.safeParse({ rds: { instance: bad } }).success, bad).toBe(false);
    expect(snapshotCreateAction.input.safeParse({ ...rds, ...cloudSql }).success).toBe(false);
  });
});

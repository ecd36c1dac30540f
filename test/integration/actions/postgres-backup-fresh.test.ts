import { chmod, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { postgresBackupAction } from '../../../jobs/actions/postgres-backup.js';
import { backupsTaken } from '../../../src/run/backups-taken.js';
import type { JsonObject } from '../../../src/plan/plan.js';
import type { BackupRecord } from '../../../src/ports/backups.js';
import { emptyRun } from '../../../src/run/state.js';
import { type TestDatabase, createDatabase } from '../../support/postgres.js';
import { tempFolder } from '../../support/temp-folder.js';
import { stepContext } from './step-context.js';

let database: TestDatabase;
let folder: string;
let kept: BackupRecord;

beforeAll(async () => {
  database = await createDatabase();
  await database.pool.query('CREATE TABLE orders AS SELECT n FROM generate_series(1, 500) n');
});
afterAll(() => database.drop());

const input = (raw: object = {}) => postgresBackupAction.input.parse({ database: database.url, prove: true, ...raw });

/** What the catalogue would have of a step's receipt. */
function recordOf(receipt: JsonObject): readonly BackupRecord[] {
  const plan = { from: { name: '1.1.0' }, steps: [{ id: 's1', uses: 'postgres.backup' }] };
  return backupsTaken([{ type: 'StepSucceeded', at: 1, step: 's1', attempt: 1, receipt }], { ...emptyRun('r1'), target: 'shop', plan: plan as never });
}

async function later(given: { readonly records?: readonly BackupRecord[]; readonly freshMs?: number; readonly machine?: string } = {}) {
  const backups = {
    machine: () => Promise.resolve(given.machine ?? 'm1'), policy: { freshMs: given.freshMs ?? 7_200_000, keep: { days: 7, last: 5 } },
    listBackups: () => Promise.resolve(given.records ?? [kept]), findBackup: () => Promise.resolve(undefined),
  };
  return (await stepContext({ runId: 'r2', attemptId: 'r2/s1/1', backups, destroysNothing: true })).context;
}

const isFresh = ({ key }: { readonly key: string }): boolean => key.startsWith('postgres-fresh:');

describe('a fresh proven backup', () => {
  it('is used again by a plan that destroys nothing, and said in it', async () => {
    folder = await tempFolder('planb-dumps');
    const first = await postgresBackupAction.execute((await stepContext()).context, input({ folder }));
    if (!first.ok) throw new Error(first.error.message);
    [kept] = recordOf(first.receipt) as [BackupRecord];
    expect(kept).toMatchObject({ target: 'shop', release: '1.1.0', machine: 'm1', proof: { state: 'proven' }, run: 'r1', step: 's1', database: { system: expect.stringMatching(/^\d+$/) as string } });

    const context = await later();
    const facts = (await postgresBackupAction.inspect?.(context, input({ folder }))) ?? [];
    const planned = postgresBackupAction.describe(input({ folder }), { facts, destroysNothing: true });
    expect(planned.commands[0]).toMatch(new RegExp(`^# uses the proven backup of \\d\\d:\\d\\d UTC, \\d+ kB \\(${kept.id}\\)`));
    const again = await postgresBackupAction.execute({ ...context, facts }, input({ folder }));
    expect(again).toMatchObject({ ok: true, receipt: { reused: true, proven: true, folder: kept.folder, takenAt: first.receipt['takenAt'] ?? '', backup: kept.id } });
    expect(await readdir(folder)).toHaveLength(1);
    expect(recordOf(again.ok ? again.receipt : {})).toEqual([]);

    // Not by one that destroys something, whatever the facts say.
    expect(postgresBackupAction.describe(input({ folder }), { facts, destroysNothing: false }).commands[0]).toMatch(/pg_dump/);
    const destructive = await postgresBackupAction.execute({ ...context, facts, destroysNothing: false }, input({ folder }));
    expect(destructive.ok ? destructive.receipt['reused'] : '').toBeUndefined();

    // Nor when it is too old, of another database, on another machine, not proven, or not whole.
    const seen = async (given: Parameters<typeof later>[0]) => ((await postgresBackupAction.inspect?.(await later(given), input({ folder }))) ?? []).some(isFresh);
    expect(await seen({})).toBe(true);
    expect(await seen({ freshMs: 0 })).toBe(false);
    expect(await seen({ records: [{ ...kept, takenAt: Date.now() - 7_300_000 }] })).toBe(false);
    expect(await seen({ records: [{ ...kept, database: { ...kept.database, oid: 1 } }] })).toBe(false);
    expect(await seen({ records: [{ ...kept, database: { ...kept.database, system: null } }] })).toBe(false);
    expect(await seen({ machine: 'm2' })).toBe(false);
    expect(await seen({ records: [{ ...kept, proof: { state: 'not-proven' } }] })).toBe(false);
    expect(await seen({ records: [{ ...kept, sha256: 'b'.repeat(64) }] })).toBe(false);
    await rm(join(kept.folder, 'toc.dat'));
    expect(await seen({})).toBe(false);
    const anew = await postgresBackupAction.execute({ ...(await later()), runId: 'r3', facts }, input({ folder }));
    expect(anew).toMatchObject({ ok: true, receipt: { proven: true } });
    expect(anew.ok ? anew.receipt['reused'] : '').toBeUndefined();
  });
});

/** A docker that has one image, whose pg_dump is this machine's; `version` is what it says of itself. */
async function dockerWith(version: string): Promise<{ calls(): Promise<readonly string[]> }> {
  const bin = await tempFolder('planb-fake-docker');
  await writeFile(join(bin, 'docker'), `#!/bin/bash
printf '%s\\n' "$*" >> "${bin}/calls"
[ "$1" = rm ] && exit 1
for last; do :; done
if [ "$last" = --version ]; then echo "pg_dump (PostgreSQL) ${version}"; exit 0; fi
while [ "$1" != --entrypoint ]; do case "$1" in type=bind,*) source="\${1#type=bind,source=}"; source="\${source%,target=/dump}" ;; esac; shift; done
shift 3
exec pg_dump "\${@/#--file=\\/dump/--file=$source}"
`);
  await chmod(join(bin, 'docker'), 0o755);
  const path = process.env['PATH'] ?? '';
  process.env['PATH'] = `${bin}${delimiter}${path}`;
  onTestFinished(() => { process.env['PATH'] = path; });
  return { calls: async () => (await readFile(join(bin, 'calls'), 'utf8')).trim().split('\n') };
}

describe('pg_dump of an image', () => {
  it('dumps into the same folder, and the password is in no argument', async () => {
    const docker = await dockerWith('99.1 (Debian 99.1-1)');
    const url = new URL(database.url);
    url.password = 'sesame-open';
    const dumps = await tempFolder('planb-dumps');
    const given = postgresBackupAction.input.parse({ database: url.href, folder: dumps, jobs: 1, compress: 0, client: { image: 'postgres:99' } });
    const { context } = await stepContext();
    expect(await postgresBackupAction.execute(context, given)).toMatchObject({ ok: true, receipt: { pgDump: '99.1 (Debian 99.1-1)' } });
    const calls = await docker.calls();
    expect(calls[0]).toBe('run --rm --network none --entrypoint pg_dump postgres:99 --version');
    const dump = calls.find((call) => call.includes('--snapshot')) ?? '';
    const [name = ''] = await readdir(dumps);
    expect(dump.replace(/--snapshot=\S+/, '--snapshot=S').replace(/--dbname=\S+/, '--dbname=URL')).toBe(
      `run --rm --init --name planb-dump-r1-s1 --network host --user ${String(process.getuid?.())}:${String(process.getgid?.())} --env HOME=/tmp --env PGAPPNAME --env PGCONNECT_TIMEOUT --env PGPASSWORD `
      + `--mount type=bind,source=${join(dumps, `${name}.partial`)},target=/dump --entrypoint pg_dump postgres:99 --format=directory --no-sync --no-password --lock-wait-timeout=60s --snapshot=S --jobs=1 --compress=0 --dbname=URL --file=/dump`);
    expect(calls.join('\n')).not.toContain('sesame-open');
  });

  it('is refused where it is older than the server, and named where nothing on this machine fits', async () => {
    await dockerWith('9.6.24');
    const { context } = await stepContext();
    expect(await postgresBackupAction.execute(context, input({ folder: await tempFolder(), client: { image: 'postgres:9.6' } }))).toMatchObject({
      ok: false, error: { code: 'no-client', message: expect.stringMatching(/^the server is PostgreSQL \d+ and postgres:9\.6 has pg_dump 9; name an image of \d+ or newer under client:$/) as string },
    });
  });
});

import { execFile } from 'node:child_process';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

import { keepBackups } from '../../../jobs/backups/keep-backups.js';
import { removeExpired } from '../../../jobs/backups/retention.js';
import { registerBackup } from '../../../jobs/backups/register-backup.js';
import { type DumpManifest, hashFolder, writeManifest } from '../../../jobs/actions/postgres/dump-manifest.js';
import type { BackupRecord } from '../../../src/ports/backups.js';
import { eventually } from '../../support/eventually.js';
import { createDatabase } from '../../support/postgres.js';
import { createTestStore } from '../../support/planb-database.js';
import { tempFolder } from '../../support/temp-folder.js';
import { appendOf, note, openRun } from '../postgres/requests.js';
import { planningParts } from '../planning/planning-parts.js';

const dayMs = 86_400_000;
const runbook = 'name: look\nkind: rollback\nsteps:\n  - { id: look, uses: http.check, with: { url: "http://127.0.0.1:1/" } }\n';
const record: BackupRecord = {
  id: 'k3m9x2ab', target: 'shop', database: { system: '7', name: 'shop', oid: 16_384 }, release: '1.1.0', machine: 'm1', folder: '/srv/backups/a', format: 'directory', bytes: 5_000_000_000, sha256: 'a'.repeat(64),
  server: '15.14', pgDump: '15.14', takenAt: 1_700_000_000_000, tables: 3, rows: 12_000_000_000, proof: { state: 'not-proven' }, run: '7KQ', step: 'backup', state: 'kept',
};

test('a backup is in the catalogue with its receipt or not at all, once, and gains its proof', async () => {
  const { store } = await createTestStore();
  const head = await openRun(store, '7KQ');
  const wrong = { ...head, version: 7 };
  expect(await store.append(appendOf('7KQ', wrong, [note('x')], { backups: [record] }))).toEqual({ status: 'conflict' });
  expect(await store.listBackups('shop')).toEqual([]);
  const first = await store.append(appendOf('7KQ', head, [note('taken')], { backups: [record] }));
  expect(await store.listBackups('shop')).toEqual([record]);
  expect(await store.findBackup('k3m9x2ab')).toEqual(record);
  if (first.status !== 'appended') throw new Error(first.status);

  const proven: BackupRecord = { ...record, step: 'prove', proof: { state: 'proven', at: 1_700_000_100_000, on: '15.14' } };
  const second = await store.append(appendOf('7KQ', first.head, [note('proven')], { backups: [proven] }));
  if (second.status !== 'appended') throw new Error(second.status);
  expect(await store.listBackups('shop')).toEqual([{ ...proven, step: 'backup' }]);
  // A later word without a proof takes none away.
  await store.append(appendOf('7KQ', second.head, [note('again')], { backups: [{ ...record, proof: { state: 'not-provable', why: 'no server' } }] }));
  expect(await store.listBackups('shop')).toEqual([{ ...proven, step: 'backup' }]);
  expect(await store.listBackups('other')).toEqual([]);

  expect((await store.unloggedBackups('m1')).map(({ id }) => id)).toEqual(['k3m9x2ab']);
  await store.backupLogged('k3m9x2ab');
  expect(await store.unloggedBackups('m1')).toEqual([]);
});

/** planb's parts with a catalogue of `days` old dumps of files that are really there. */
async function keptBackups(days: readonly number[], proven: readonly number[] = []) {
  const { store } = await createTestStore();
  const { parts } = await planningParts({ runbook });
  const folder = await tempFolder('planb-kept');
  const now = await store.now();
  const head = await openRun(store, '1AA');
  const records = await Promise.all(days.map(async (age): Promise<BackupRecord> => {
    const dump = join(folder, `d${String(age)}`);
    await mkdir(dump);
    await writeFile(join(dump, 'toc.dat'), `dump ${String(age)}`);
    const takenAt = new Date(now - age * dayMs).toISOString();
    const snapshot = { takenAt, encoding: 'UTF8', collate: 'C', ctype: 'C', roles: [], extensions: [], collations: [], foreignTables: [] };
    const manifest: DumpManifest = { version: 1, ...(await hashFolder(dump)), database: 'shop', server: '15', pgDump: '15', compress: 0, jobs: 1, startedAt: takenAt, finishedAt: takenAt, databaseBytes: 1, snapshot, tables: [] };
    await writeManifest(dump, manifest);
    return { ...record, id: `d${String(age)}`, folder: dump, sha256: manifest.sha256, takenAt: now - age * dayMs, run: '1AA', proof: proven.includes(age) ? { state: 'proven', at: now, on: '15' } : { state: 'not-proven' } };
  }));
  const appended = await store.append(appendOf('1AA', head, [note('taken')], { backups: records }));
  if (appended.status !== 'appended') throw new Error(appended.status);
  return { store, parts: { ...parts, store }, folder, left: async () => (await readdir(folder)).sort(), listed: async () => (await store.listBackups('shop')).map(({ id }) => id) };
}

test('old backups go, files and all; the last five, young ones and the only proven one stay', async () => {
  const { store, parts, left, listed } = await keptBackups([1, 2, 8, 9, 10, 11, 12, 20], [20]);
  await removeExpired(parts, 'another-machine');
  expect(await left()).toHaveLength(8);
  await removeExpired(parts, 'm1');
  expect(await listed()).toEqual(['d1', 'd2', 'd8', 'd9', 'd10', 'd20']);
  expect(await left()).toEqual(['d1', 'd10', 'd2', 'd20', 'd8', 'd9']);
  expect(await store.findBackup('d11')).toMatchObject({ state: 'deleted' });
});

test('nothing goes while a run of the target is live, or while a live run names it', async () => {
  const { store, parts, listed } = await keptBackups([1, 2, 3, 4, 5, 30, 31]);
  const head = await openRun(store, '2BB', { lock: 'take' });
  await removeExpired(parts, 'm1');
  expect(await listed()).toContain('d30');
  await store.append(appendOf('2BB', head, [note('over')], { lock: 'release' }));
  const other = await openRun(store, '3CC', { lock: 'take', summary: { target: 'other', kind: 'rollback', phase: 'planning', title: 'Other' } });
  await store.append({ ...appendOf('3CC', other, [note('restores backup d30')]), summary: { target: 'other', kind: 'rollback', phase: 'running', title: 'Other' } });
  await removeExpired(parts, 'm1');
  expect(await listed()).toEqual(['d1', 'd2', 'd3', 'd4', 'd5', 'd30']);
});

test('a deletion that a crash cut short is finished, wherever it was cut', async () => {
  const { store, parts, folder, left, listed } = await keptBackups([1, 2, 3, 4, 5, 30, 31, 32]);
  expect(await store.beginDeletion('d30')).toBe(true);
  expect(await listed()).not.toContain('d30');
  expect(await store.beginDeletion('d31')).toBe(true);
  await rename(join(folder, 'd31'), join(folder, 'd31.deleting'));
  expect(await store.beginDeletion('d32')).toBe(true);
  await rm(join(folder, 'd32'), { recursive: true });
  await removeExpired(parts, 'm1');
  expect(await left()).toEqual(['d1', 'd2', 'd3', 'd4', 'd5']);
  for (const id of ['d30', 'd31', 'd32']) expect(await store.findBackup(id)).toMatchObject({ state: 'deleted' });
});

test('files that vanish are said to be gone, come back with their disk, and what lies in their place is left alone', async () => {
  const { store, parts, folder, left } = await keptBackups([1, 2, 3, 4, 5, 30, 31], [30]);
  await rename(join(folder, 'd1'), join(folder, 'away'));
  await rm(join(folder, 'd31', 'toc.dat'));
  await writeFile(join(folder, 'd31', 'mine'), 'somebody’s');
  await removeExpired(parts, 'm1');
  expect(await store.findBackup('d1')).toMatchObject({ state: 'missing' });
  expect(await left()).toContain('d31');
  await rename(join(folder, 'away'), join(folder, 'd1'));
  await removeExpired(parts, 'm1');
  expect(await store.findBackup('d1')).toMatchObject({ state: 'kept' });
});

test('a dump that was taken elsewhere is registered with what it says of itself, and never taken away', async () => {
  const { store } = await createTestStore();
  const { parts } = await planningParts({ runbook });
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  await database.pool.query('CREATE TABLE orders AS SELECT 1 AS n');
  const folder = await tempFolder('planb elsewhere');
  const [custom, directory, text] = [join(folder, 'a.dump'), join(folder, 'b'), join(folder, 'c.sql')];
  await promisify(execFile)('pg_dump', ['-Fc', `--file=${custom}`, database.url]);
  await promisify(execFile)('pg_dump', ['-Fd', `--file=${directory}`, database.url]);
  await writeFile(text, 'CREATE TABLE orders ();');

  const own = { ...parts, store };
  const registered = await registerBackup(own, 'shop', custom);
  expect(registered).toMatchObject({ ok: true, known: false, backup: { target: 'shop', folder: custom, format: 'custom', machine: 'm1', database: { name: new URL(database.url).pathname.slice(1) }, proof: { state: 'not-provable' } } });
  expect(registered.ok && Math.abs(registered.backup.takenAt - Date.now()) < 600_000).toBe(true);
  expect(await registerBackup(own, 'shop', custom)).toMatchObject({ ok: true, known: true });
  expect(await registerBackup(own, 'shop', directory)).toMatchObject({ ok: true, known: false, backup: { format: 'directory' } });
  expect(await store.listBackups('shop')).toHaveLength(2);
  for (const { id } of await store.listBackups('shop')) expect(await store.beginDeletion(id)).toBe(false);
  expect(await registerBackup(own, 'shop', text)).toMatchObject({ ok: false, message: expect.stringContaining('plain SQL') as string });
  expect(await registerBackup(own, 'shpo', custom)).toEqual({ ok: false, message: 'There is no target "shpo"; did you mean "shop"?' });
  expect(await registerBackup(own, 'shop', join(folder, 'nothing'))).toMatchObject({ ok: false });
});

test('what lies on another machine, which may be gone, lets nothing go here', async () => {
  const { store, parts, listed } = await keptBackups([30, 31], [31]);
  const head = await openRun(store, '9ZZ');
  const elsewhere = [1, 2, 3, 4, 5, 6].map((age): BackupRecord => ({ ...record, id: `e${String(age)}`, machine: 'gone', folder: `/gone/${String(age)}`, takenAt: Date.now() - age * dayMs, proof: { state: 'proven', at: 1, on: '15' } }));
  const appended = await store.append(appendOf('9ZZ', head, [note('elsewhere')], { backups: elsewhere }));
  expect(appended.status).toBe('appended');
  await removeExpired(parts, 'm1');
  expect(await listed()).toEqual(expect.arrayContaining(['d30', 'd31']));
});

test('a backup that planb took away is listed again once a person has brought it back', async () => {
  const { store } = await keptBackups([30]);
  await store.beginDeletion('d30');
  await store.backupDeleted('d30');
  const deleted = await store.findBackup('d30');
  if (deleted === undefined) throw new Error('not there');
  const { run: _run, step: _step, ...found } = deleted;
  expect(await store.registerBackup({ ...found, state: 'kept' })).toBe(true);
  expect(await store.findBackup('d30')).toEqual({ ...found, state: 'kept' });
  // It is that person's now.
  expect(await store.beginDeletion('d30')).toBe(false);
});

test('a log that cannot be written does not keep old backups on the disk', async () => {
  const { store, parts, listed } = await keptBackups([1, 2, 3, 4, 5, 30]);
  const over = new AbortController();
  const broken = { ...parts, store: { ...store, unloggedBackups: () => Promise.reject(new Error('ENOSPC')) } };
  const keeping = keepBackups(broken, 'm1', over.signal);
  await eventually(async () => !(await listed()).includes('d30'));
  over.abort();
  await keeping;
});

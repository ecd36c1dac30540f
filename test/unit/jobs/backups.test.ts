import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backupLogLine, writeBackupLog, type BackupLogParts } from '../../../jobs/backups/backup-log.js';
import { chooseExpired } from '../../../jobs/backups/choose-expired.js';
import type { BackupProofState, BackupRecord } from '../../../src/ports/backups.js';
import { tempFolder } from '../../support/temp-folder.js';

const dayMs = 86_400_000;
const now = Date.UTC(2026, 2, 1, 3, 0);
const keep = { days: 7, last: 5 };

function backup(id: string, daysOld: number, more: Partial<BackupRecord> = {}): BackupRecord {
  return {
    id, target: 'shop', database: { system: '7', name: 'shop', oid: 16_384 }, release: '1.1.0', machine: 'web-1', folder: `/srv/backups/${id}`, format: 'directory', bytes: 1, sha256: 'a'.repeat(64),
    server: '15.14', pgDump: '15.14', takenAt: now - daysOld * dayMs, proof: { state: 'not-proven' }, run: '7KQ', step: 'backup', state: 'kept', ...more,
  };
}
const proven: BackupProofState = { state: 'proven', at: now, on: '15.14' };
const chosen = (all: readonly BackupRecord[], wanted = keep): readonly string[] => chooseExpired(all, { keep: wanted }, now).map(({ id }) => id);

describe('which backups go', () => {
  const nine = [1, 2, 8, 9, 10, 11, 12, 13, 14].map((days) => backup(`d${days}`, days));

  it('takes what is neither young nor among the last', () => {
    expect(chosen(nine)).toEqual(['d11', 'd12', 'd13', 'd14']);
    expect(chosen(nine, { days: 12, last: 5 })).toEqual(['d13', 'd14']);
    expect(chosen(nine, { days: 7, last: 8 })).toEqual(['d14']);
  });

  it('leaves the newest proven one, what a person registered, and what is not there', () => {
    const { run: _, ...byHand } = backup('by-hand', 40);
    const all = [...nine, backup('proven', 30, { proof: proven }), backup('older-proven', 31, { proof: proven }), byHand, backup('gone', 50, { state: 'missing' })];
    expect(chosen(all)).toEqual(['d11', 'd12', 'd13', 'd14', 'older-proven']);
  });

  it('counts each database by itself', () => {
    const other = [20, 21].map((days) => backup(`o${days}`, days, { database: { system: '8', name: 'shop', oid: 16_384 } }));
    expect(chosen([...nine, ...other])).toEqual(['d11', 'd12', 'd13', 'd14']);
  });

  it('never takes one of the last five, a young one or the only proven one, whatever there is', () => {
    const some = fc.array(fc.record({ days: fc.double({ min: 0, max: 60, noNaN: true }), isProven: fc.boolean(), isThere: fc.boolean() }), { maxLength: 30 });
    fc.assert(fc.property(some, (made) => {
      const all = made.map(({ days, isProven, isThere }, index) => backup(`b${index}`, days, { ...(isProven ? { proof: proven } : {}), state: isThere ? 'kept' : 'missing' }));
      const gone = new Set(chosen(all));
      const left = all.filter(({ id, state }) => state === 'kept' && !gone.has(id));
      expect(left.length).toBeGreaterThanOrEqual(Math.min(5, all.filter(({ state }) => state === 'kept').length));
      expect(all.filter(({ id, takenAt }) => gone.has(id) && takenAt >= now - 7 * dayMs)).toEqual([]);
      const isGood = ({ proof, state }: BackupRecord): boolean => proof.state === 'proven' && state === 'kept';
      expect(left.some(isGood)).toBe(all.some(isGood));
    }));
  });
});

describe('ops/backups.log', () => {
  const line = `2026-02-28T03:00:00.000Z 1.1.0 /srv/backups/a sha256:${'a'.repeat(64)}`;

  async function parts(unlogged: readonly BackupRecord[]) {
    const dataFolder = await tempFolder('planb-ops');
    const marked: string[] = [];
    const store = { unloggedBackups: async () => unlogged, backupLogged: async (id: string) => { marked.push(id); } };
    const given: BackupLogParts = { store, config: { targets: {} }, world: { dataFolder } };
    return { given, marked, path: join(dataFolder, 'ops', 'backups.log') };
  }

  it('says time, running release, path and checksum', () => {
    expect(backupLogLine(backup('a', 1))).toBe(line);
    const { release: _, ...unknown } = backup('a', 1, { folder: '/srv/my backups/a' });
    expect(backupLogLine(unknown)).toBe(`2026-02-28T03:00:00.000Z - "/srv/my backups/a" sha256:${'a'.repeat(64)}`);
  });

  it('gets each line once, also when a worker died before it was marked, and begins a line of its own', async () => {
    const { given, marked, path } = await parts([backup('a', 1), backup('b', 0)]);
    await writeBackupLog(given, 'web-1');
    await writeBackupLog(given, 'web-1');
    expect((await readFile(path, 'utf8')).split('\n')).toEqual([line, backupLogLine(backup('b', 0)), '']);
    expect(marked).toEqual(['a', 'b', 'a', 'b']);
    await writeFile(path, 'half a li');
    await writeBackupLog(given, 'web-1');
    expect((await readFile(path, 'utf8')).split('\n').slice(0, 2)).toEqual(['half a li', line]);
  });
});

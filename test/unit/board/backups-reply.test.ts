import { describe, expect, it } from 'vitest';
import { backupsReply } from '../../../src/board/backups-reply.js';
import type { BackupRecord } from '../../../src/ports/backups.js';
import type { ReplyView } from '../../../src/board/reply-input.js';
import { replyText } from '../../support/board-text.js';

const at = (time: string): number => Date.parse(`2026-03-01T${time}:00Z`);
const view: ReplyView = { locale: 'en', now: at('03:20'), people: (id) => id, command: '/rollback' };
const proven: BackupRecord = {
  id: 'k3m9x2ab', target: 'litellm', database: { system: '7', name: 'litellm', oid: 16_384 }, release: '1.82.1', machine: 'web-1', folder: '/srv/backups/7KQ', format: 'directory',
  bytes: 1_100_000_000, sha256: 'a'.repeat(64), server: '15.14', pgDump: '15.14', takenAt: at('03:14'), proof: { state: 'proven', at: at('03:16'), on: '15.14' }, run: '7KQ', step: 'backup', state: 'kept',
};
const { run: _run, step: _step, release: _release, ...elsewhere } = proven;

describe('the list of backups', () => {
  it('says when, of which release, how large, proven or not, and where', () => {
    const others: readonly BackupRecord[] = [
      { ...proven, id: 'b', takenAt: at('02:10'), bytes: 420_300_000, proof: { state: 'not-proven' } },
      { ...proven, id: 'c', takenAt: at('01:10'), proof: { state: 'not-provable', why: 'no extension postgis' }, state: 'kept' },
      { ...proven, id: 'd', takenAt: at('00:10'), state: 'missing' },
      { ...elsewhere, id: 'e', takenAt: at('00:05'), proof: { state: 'not-proven' }, folder: '/mnt/old.dump', format: 'custom' },
    ];
    expect(replyText(backupsReply('litellm', [proven, ...others], view))).toBe([
      '2026-03-01 03:14 UTC of 1.82.1 · 1.1 GB · proven 03:16 UTC · web-1:/srv/backups/7KQ · k3m9x2ab',
      '2026-03-01 02:10 UTC of 1.82.1 · 420 MB · NOT proven · web-1:/srv/backups/7KQ · b',
      '2026-03-01 01:10 UTC of 1.82.1 · 1.1 GB · not provable (no extension postgis) · web-1:/srv/backups/7KQ · c',
      '2026-03-01 00:10 UTC of 1.82.1 · 1.1 GB · FILES GONE · web-1:/srv/backups/7KQ · d',
      '2026-03-01 00:05 UTC 1.1 GB · NOT proven · taken elsewhere · web-1:/mnt/old.dump · e',
    ].join('\n'));
    expect(replyText(backupsReply('litellm', [proven, ...others.slice(0, 1)], { ...view, locale: 'ru' }))).toBe([
      '2026-03-01 03:14 UTC от 1.82.1 · 1,1 ГБ · проверен в 03:16 UTC · web-1:/srv/backups/7KQ · k3m9x2ab',
      '2026-03-01 02:10 UTC от 1.82.1 · 420 МБ · НЕ проверен · web-1:/srv/backups/7KQ · b',
    ].join('\n'));
  });

  it('stays short and keeps the newest proven one in sight', () => {
    const many = Array.from({ length: 30 }, (_, index): BackupRecord => ({ ...proven, id: `n${String(index)}`, takenAt: proven.takenAt - index * 60_000, proof: index >= 20 ? proven.proof : { state: 'not-proven' } }));
    const lines = replyText(backupsReply('litellm', many, view)).split('\n');
    expect(lines).toHaveLength(11);
    expect(lines[9]).toMatch(/proven 03:16 UTC .* n20$/);
    expect(lines[10]).toBe('and 20 older ones, 9 of them proven.');
  });

  it('says where none is proven, and names the database where there are several', () => {
    const unproven: BackupRecord = { ...proven, proof: { state: 'not-proven' } };
    const text = replyText(backupsReply('litellm', [unproven, { ...unproven, database: { system: '7', name: 'spend', oid: 2 } }], view));
    expect(text).toMatch(/^NONE of these is proven\.\n/);
    expect(text).toContain('of 1.82.1 · database spend · 1.1 GB');
    expect(replyText(backupsReply('litellm', [], view))).toBe('planb knows no backup of litellm. A plan with a `postgres.backup` step takes one; `planb backups register` names one that was taken elsewhere.');
    expect(replyText(backupsReply('litellm', [], { ...view, locale: 'ru' }))).toMatch(/^Бэкапов litellm planb не знает\./);
  });
});

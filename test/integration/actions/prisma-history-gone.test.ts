import { describe, expect, it } from 'vitest';

import { prismaHistoryAction } from '../../../jobs/actions/prisma-history.js';
import { base, historyWorld, more } from './history-world.js';

const { database, deploy, plan } = historyWorld();

describe('what is gone and recorded as applied', () => {
  const doubled = { ...base, '2_more': 'CREATE TABLE u (id int); UPDATE t SET a = a || a;' };

  it('a person decides where running the script again would change rows of older tables a second time', async () => {
    await deploy(base);
    await database().pool.query(`INSERT INTO t VALUES (1, 'x')`);
    await deploy(doubled);
    await database().pool.query('DROP TABLE u');
    const { verdict } = await plan({ current: doubled, target: base });
    expect(verdict.kind).toBe('restore-backup');
    expect(verdict.reasons[0]?.text).toContain('2_more: its objects are gone, and its script also changes rows, which it would do a second time');
  });

  it.each([
    ['a column that is gone too', `ALTER TABLE t ADD COLUMN b text; UPDATE t SET b = a;`, 'ALTER TABLE t DROP COLUMN b'],
    ['a table that is gone too', `CREATE TABLE u (id int); INSERT INTO u VALUES (1);`, 'DROP TABLE u'],
    ['rows only where they are missing', `CREATE TABLE u (id int); INSERT INTO t VALUES (9, 'x') ON CONFLICT DO NOTHING;`, 'DROP TABLE u'],
  ])('but not where it fills %s', async (_what, sql, gone) => {
    const filled = { ...base, '2_more': sql };
    await deploy(filled);
    await database().pool.query(gone);
    const { context, input, verdict } = await plan({ current: filled, target: base });
    expect(verdict.kind).toBe('clean-history');
    expect(await prismaHistoryAction.execute(context, input)).toMatchObject({ ok: true, receipt: { deleted: ['2_more'] } });
    expect(await deploy(filled)).toBe(true);
  });
});

describe('what planb cannot know is said', () => {
  it('going back a second time: rows of a release that is neither the running one nor the older one', async () => {
    await deploy({ ...more, '3_drop': 'ALTER TABLE t DROP COLUMN a' });
    for (const name of ['0_init', '20260101000000_baseline_diff']) await database().pool.query(`INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ($1, '', $1, now())`, [name]);
    const { facts, verdict } = await plan({ current: more, target: base });
    expect(facts[0]?.value).toMatchObject({ unknown: ['3_drop'] });
    expect(verdict.reasons.map(({ text }) => text)).toContain('neither release ships 3_drop, which is applied: what it did to the schema was not judged');
  });

  it('a newer migration whose row bears another checksum than its script', async () => {
    await deploy(more);
    const { verdict } = await plan({ current: { ...more, '2_more': `${more['2_more']} -- edited` }, target: base });
    expect(verdict.kind).toBe('revert-only');
    expect(verdict.reasons.map(({ text }) => text)).toContain('2_more: another script ran under this name (its row has another checksum), and it was judged by the one that the release ships');
  });
});

describe('a row that somebody deleted, of a migration that is there all the same', () => {
  const filled = { '1_init': "CREATE TABLE t (id int PRIMARY KEY, a text DEFAULT 'x'); ALTER TABLE t RENAME COLUMN a TO b;" };

  it.each([
    ['only drops a default, which older code relies on', { ...filled, '2_more': 'ALTER TABLE t ALTER COLUMN b DROP DEFAULT' }, 'roll-forward', '2_more: it drops the default of column "b" of "t"; older INSERTs rely on it'],
    ['makes a table, drops it and makes it again', { ...filled, '2_more': 'CREATE TABLE u (id int); DROP TABLE u; CREATE TABLE u (id int)' }, 'revert-only', 'the next deploy that ships it will fail with "already exists"'],
  ] as const)('it %s', async (_what, current, kind, reason) => {
    await deploy(current);
    await database().pool.query(`DELETE FROM _prisma_migrations WHERE migration_name = '2_more'`);
    const { verdict } = await plan({ current, target: filled });
    expect([verdict.kind, verdict.reasons.map(({ text }) => text).join('\n')]).toEqual([kind, expect.stringContaining(reason)]);
  });

  it('only drops a default: where that is still there, it never ran', async () => {
    await deploy(filled);
    const { verdict } = await plan({ current: { ...filled, '2_more': 'ALTER TABLE t ALTER COLUMN b DROP DEFAULT' }, target: filled });
    expect([verdict.kind, verdict.reasons.map(({ text }) => text).join('\n')]).toEqual(['revert-only', expect.not.stringContaining('it drops the default')]);
  });

  it('makes what the next one renames, and the next one never came to its end', async () => {
    const current = { ...filled, '2_more': 'ALTER TABLE t ADD COLUMN c text', '3_name': 'ALTER TABLE t RENAME COLUMN c TO d' };
    await deploy(current);
    await database().pool.query(`DELETE FROM _prisma_migrations WHERE migration_name = '2_more'`);
    await database().pool.query(`UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = '3_name'`);
    const { facts, verdict } = await plan({ current, target: filled });
    expect(verdict.kind).toBe('clean-history');
    expect(facts[0]?.value).toMatchObject({ migrations: [expect.objectContaining({ name: '2_more', treatment: 'mark-applied' }), expect.objectContaining({ name: '3_name', treatment: 'mark-applied' })] });
  });
});

import { describe, expect, it } from 'vitest';

import { type TimeColumn, chooseTimeColumn, zoneOf } from '../../../jobs/actions/postgres/loss-columns.js';
import { lostLines } from '../../../jobs/actions/postgres/loss-fact.js';

const column = (name: string, given: Partial<TimeColumn> = {}): TimeColumn => ({ name, zoned: false, notNull: true, fallback: null, indexed: false, position: 1, ...given });
const now = { fallback: 'CURRENT_TIMESTAMP' };

describe('the time column of a table', () => {
  it.each([
    { what: 'SpendLogs has no created_at', columns: [column('startTime'), column('endTime'), column('completionStartTime', { notNull: false })], chosen: 'startTime', tells: 'created' },
    { what: 'creation before change', columns: [column('updated_at', { ...now, indexed: true }), column('created_at', { ...now, position: 2 })], chosen: 'created_at', tells: 'created' },
    { what: 'any name that is filled with now()', columns: [column('budget_reset_at'), column('noticed', { fallback: 'now()' })], chosen: 'noticed', tells: 'created' },
    { what: 'change where there is nothing else', columns: [column('updatedAt'), column('expires')], chosen: 'updatedAt', tells: 'changed' },
    { what: 'the indexed one of two', columns: [column('created_at'), column('inserted_at', { indexed: true, position: 2 })], chosen: 'inserted_at', tells: 'created' },
    { what: 'null only where PostgreSQL fills it', columns: [column('created_at', { notNull: false }), column('started_at', { notNull: false, ...now })], chosen: 'started_at', tells: 'created' },
    { what: 'Django’s history', columns: [column('applied', { zoned: true })], chosen: 'applied', tells: 'created' },
  ])('$what', ({ columns, chosen, tells }) => {
    expect(chooseTimeColumn(columns)).toMatchObject({ name: chosen, tells });
  });

  it.each([['expires'], ['endTime'], ['last_login'], ['deleted_at'], ['birthday'], ['next_run']])('is never %s', (name) => {
    expect(chooseTimeColumn([column(name)])).toBeUndefined();
  });

  it('is none where it may be null and nobody fills it', () => {
    expect(chooseTimeColumn([column('created_at', { notNull: false })])).toBeUndefined();
    expect(chooseTimeColumn([])).toBeUndefined();
  });
});

describe('a time without a zone', () => {
  it('is UTC where Prisma writes, else as its default says, else the session’s', () => {
    const session = 'Europe/Berlin';
    expect(zoneOf(column('a', { zoned: true }), { prisma: true, session })).toBeUndefined();
    expect(zoneOf(column('a'), { prisma: true, session })).toEqual({ zone: 'UTC', because: 'Prisma writes UTC' });
    expect(zoneOf(column('a'), { prisma: false, session })).toMatchObject({ zone: session });
    expect(zoneOf(column('a', { fallback: `timezone('Asia/Tokyo'::text, now())` }), { prisma: true, session })).toMatchObject({ zone: 'Asia/Tokyo' });
    expect(zoneOf(column('a', { fallback: `(now() AT TIME ZONE 'utc'::text)` }), { prisma: false, session })).toMatchObject({ zone: 'utc' });
  });
});

describe('what the plan calls lost', () => {
  const seen = { asked: 'b1', losing: true, onlyCame: [], database: 'litellm', since: '2026-11-20T02:10:07.000Z', folder: '/runs/r1/loss', told: [], untold: [] };

  it('is said by table, largest first, and says where the copy will lie', () => {
    const told = [{ table: 'a', rows: 1, about: false, changed: true }, { table: 'LiteLLM_SpendLogs', rows: 1204, about: false, changed: false }, { table: 'big', rows: 5_000_000, about: true, changed: false }];
    expect(lostLines({ ...seen, told }, 'b1')).toEqual([
      'about 5,000,000 rows of big since 2026-11-20 02:10 UTC, exported to /runs/r1/loss', '1,204 rows of LiteLLM_SpendLogs since 2026-11-20 02:10 UTC, exported to /runs/r1/loss', '1 row of a new or changed since 2026-11-20 02:10 UTC, exported to /runs/r1/loss',
    ]);
  });

  it('names the tables that do not tell', () => {
    const untold = [{ table: 'config', why: 'no column says when its rows came', whole: true, difference: 2 }, { table: 'x', why: 'it is locked at this moment', whole: false }, { table: 'y', why: 'it is locked at this moment', whole: false }];
    expect(lostLines({ ...seen, untold }, 'b1')).toEqual(['2 rows more in config than in the backup; the table is exported whole', 'rows since 2026-11-20 02:10 UTC that cannot be told in x, y: it is locked at this moment']);
    expect(lostLines({ ...seen, onlyCame: ['a', 'b'] }, 'b1')).toEqual(['changes of older rows since 2026-11-20 02:10 UTC, which cannot be told: a, b say only when a row came']);
    expect(lostLines(undefined, 'backup')[0]).toContain('after the snapshot of backup');
  });
});

import { describe, expect, it } from 'vitest';

import { type RestoreMarker, readMarker, writeMarker } from '../../../jobs/actions/postgres/restore-marker.js';
import { restoreNames } from '../../../jobs/actions/postgres/restore-names.js';
import { databaseUrl, literal } from '../../../jobs/actions/postgres/restore-sql.js';
import { settingClause, splitList } from '../../../jobs/actions/postgres/swap-settings.js';
import { createStatement } from '../../../jobs/actions/postgres/swap-properties.js';

describe('the names of a restore', () => {
  it('say what they are, and keep what tells them apart within 63 bytes', () => {
    expect(restoreNames('litellm', '7KQ2A')).toEqual({ live: 'litellm', fresh: 'litellm_restored_7kq2a', kept: 'litellm_before_7kq2a' });
    const long = restoreNames('ä'.repeat(31), '7KQ2A');
    expect(long.kept.endsWith('_before_7kq2a')).toBe(true);
    expect([long.fresh, long.kept].every((name) => Buffer.byteLength(name) <= 63)).toBe(true);
  });
});

describe('a database URL', () => {
  it.each([
    ['postgresql://me:p%40ss@h:5432/shop?sslmode=require', 'postgresql://me:p%40ss@h:5432/new%20one?sslmode=require'],
    ['postgres://h', 'postgres://h/new%20one'],
    ['postgresql://me@/shop?host=/run/pg', 'postgresql://me@/new%20one?host=/run/pg'],
  ])('%s leads to another database', (url, other) => {
    expect(databaseUrl(url, 'new one')).toBe(other);
  });

  it('leads to no other database by a parameter', () => {
    expect(databaseUrl('postgresql://u:p@h:1/shop?dbname=shop&sslmode=require', 'fresh')).toBe('postgresql://u:p@h:1/fresh?sslmode=require');
    expect(databaseUrl('postgresql://h/shop?dbname=shop', 'fresh')).toBe('postgresql://h/fresh');
  });

  it('that cannot be read is not repeated', () => {
    expect(() => databaseUrl('mysql://me:sesame@h/db', 'x')).toThrow(/^(?!.*sesame)the database URL cannot be read/);
  });
});

describe('what is copied', () => {
  it('keeps lists lists, and all else one value', () => {
    expect(splitList('"$user", "Odd ""one""", public')).toEqual(['$user', 'Odd "one"', 'public']);
    expect(settingClause('search_path="$user", public')).toBe(`"search_path" TO '$user', 'public'`);
    expect(settingClause('search_path=')).toBe(`"search_path" TO ''`);
    expect(settingClause('app.list=a, b=c')).toBe(`"app"."list" TO 'a, b=c'`);
  });

  it('quotes texts whatever is in them', () => {
    expect(literal(`it's`)).toBe(`'it''s'`);
    expect(literal('a\\b')).toBe(` E'a\\\\b'`);
  });

  it('names the locale as each major has it', () => {
    const like = { owner: 'o', encoding: 'UTF8', tablespace: 'pg_default', limit: -1, comment: null, grants: undefined, settings: [] };
    const row = { datcollate: 'C', datctype: 'C' };
    expect(createStatement('n', { ...like, row })).toBe(`CREATE DATABASE "n" TEMPLATE template0 OWNER "o" ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`);
    expect(createStatement('n', { ...like, row: { ...row, datlocprovider: 'i', daticulocale: 'de' } })).toMatch(/ LOCALE_PROVIDER icu ICU_LOCALE 'de'$/);
    expect(createStatement('n', { ...like, tablespace: 'fast', row: { ...row, datlocprovider: 'b', datlocale: 'C.UTF-8' } })).toMatch(/ LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' TABLESPACE "fast"$/);
  });
});

describe('a mark', () => {
  const marker: RestoreMarker = { run: 'r', step: 's', attempt: 'r/s/1', stage: 'kept', live: 5, dump: 'd', receipt: { rows: 1 }, comment: 'two\nlines planb {' };

  it('is read as it was written', () => {
    expect(readMarker(writeMarker(marker))).toEqual(marker);
  });

  it.each([null, '', 'somebody’s words', 'x planb {}', 'x planb {"run":1', `${writeMarker(marker)} and more`])('is not seen in %s', (comment) => {
    expect(readMarker(comment)).toBeUndefined();
  });
});

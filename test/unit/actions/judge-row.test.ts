import { describe, expect, it } from 'vitest';

import { type RowCase, judgeRow } from '../../../jobs/actions/postgres/carry/judge-row.js';
import type { StreamRow } from '../../../jobs/actions/postgres/carry/key-stream.js';

const row = (hash: string, changed: boolean | null = null, newest: string | null = null): StreamRow => ({ id: '1', key: '["1"]', bytes: 1, hash, changed, newest });
const judge = (from: StreamRow | undefined, to: StreamRow | undefined, policy: Partial<Parameters<typeof judgeRow>[1]> = {}): RowCase =>
  judgeRow({ ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }, { onConflict: 'fail', onDelete: 'keep', ...policy }).counts;

describe('judgeRow', () => {
  it('goes by who changed a row since the base', () => {
    expect(judge(row('a', true), row('b', false))).toBe('updated');
    expect(judge(row('a', false), row('b', true))).toBe('oldChanged');
    expect(judge(row('a', true), row('b', true))).toBe('refused');
    // Nobody changed it, and it differs: the copy was never the same.
    expect(judge(row('a', false), row('b', false))).toBe('refused');
    expect(judge(row('a', true), row('a', true))).toBe('same');
    expect(judge(row('a', true), undefined)).toBe('inserted');
    expect(judge(row('a', false), undefined)).toBe('deletedOnOld');
    expect(judge(undefined, row('a', true), { onDelete: 'delete' })).toBe('oldOnly');
    expect(judge(undefined, row('a', false))).toBe('deletedOnNew');
    expect(judge(undefined, row('a', false), { onDelete: 'delete' })).toBe('deleted');
  });

  it('deletes nothing, and takes every difference for a conflict, without a base', () => {
    expect(judge(undefined, row('a'), { onDelete: 'delete' })).toBe('oldOnly');
    expect(judge(row('a'), undefined)).toBe('inserted');
    expect(judge(row('a'), row('b'))).toBe('refused');
    expect(judge(row('a'), row('b'), { onConflict: 'keep-old' })).toBe('keptOld');
    expect(judge(row('a'), row('b'), { onConflict: 'take-new' })).toBe('overwritten');
  });

  it.each([['9', '10', 'keptOld'], ['10', '9', 'overwritten'], ['9', '9', 'keptOld'], [null, '1', 'keptOld'], ['-1', null, 'overwritten'], [null, null, 'keptOld'], ['9223372036854775807', '9223372036854775806', 'overwritten']])('newest-by: %s on the new server, %s on the old one: %s', (newer, older, expected) => {
    expect(judge(row('a', true, newer), row('b', true, older), { onConflict: { 'newest-by': 'at' } })).toBe(expected);
  });
});

import { describe, expect, it } from 'vitest';

import { compareCounts, sayDifferences } from '../../../jobs/actions/postgres/count-rows.js';
import { proofCommands } from '../../../jobs/actions/postgres/proof-plan.js';
import { whyNotProvable } from '../../../jobs/actions/postgres/provable.js';
import type { ActionContext } from '../../../src/ports/action.js';
import type { ThrowawayKind } from '../../../src/ports/throwaway-postgres.js';

const gb = 1_000_000_000;
const needs = { major: 15, extensions: ['plpgsql'], databaseBytes: gb, freeBytes: 10 * gb };
const machine = (kind: ThrowawayKind | undefined): Pick<ActionContext, 'throwawayPostgres'> => ({
  throwawayPostgres: { find: () => Promise.resolve(kind), start: () => Promise.reject(new Error('not asked for')) },
});

describe('whether a dump can be proven here', () => {
  const fifteen = machine({ major: 15, extensions: new Set(['plpgsql', 'citext']) });

  it('is not denied without a reason', async () => {
    expect(await whyNotProvable(fifteen, needs)).toBeUndefined();
    expect(await whyNotProvable(machine({ major: 15, extensions: undefined }), { ...needs, extensions: ['anything'] })).toBeUndefined();
  });

  it('is denied where the disk would not hold the restored database', async () => {
    expect(await whyNotProvable(fifteen, { ...needs, freeBytes: gb })).toBe('restoring it may need 1.5 GB and 1.0 GB are free');
  });

  it('names what is missing', async () => {
    expect(await whyNotProvable(machine(undefined), needs)).toContain('no server of PostgreSQL 15 or newer');
    expect(await whyNotProvable(fifteen, { ...needs, extensions: ['plpgsql', 'timescaledb', 'citext', 'vector'] })).toBe('PostgreSQL 15 on this machine does not have the extensions timescaledb, vector');
  });

  it('is not said of one database when a plan has several', () => {
    const fact = (key: string, value: { provable: boolean; why?: string }) => ({ key: `postgres-proof:${key}`, kind: 'measured', label: '', readAt: '', value }) as const;
    const unprovable = fact('a', { provable: false, why: 'of this' });
    expect(proofCommands('./dump', [unprovable])[0]).toBe('# NOT PROVABLE here: of this');
    expect(proofCommands('./dump', [unprovable, fact('b', { provable: true })])[0]).toMatch(/^pg_restore /);
  });
});

describe('two counts', () => {
  it('differ by rows, and by tables that only one of them has', () => {
    const differences = compareCounts([{ name: 'a', rows: 1 }, { name: 'b', rows: 2 }, { name: 'c', rows: 3 }], [{ name: 'a', rows: 1 }, { name: 'b', rows: 1 }, { name: 'd', rows: 0 }]);
    expect(sayDifferences(differences)).toBe('b: 2 rows in the snapshot, 1 row restored; c: 3 rows in the snapshot, no table restored; d: no table in the snapshot, 0 rows restored');
  });

  it('are said in a line, however many tables differ', () => {
    const many = Array.from({ length: 50 }, (_, n) => ({ name: `t${String(n)}`, rows: 1 }));
    expect(sayDifferences(compareCounts(many, []))).toMatch(/^t0: .*; t1: .*; t2: [^;]*; and 47 more$/);
    expect(compareCounts(many, many)).toEqual([]);
  });
});

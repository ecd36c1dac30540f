import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { postgresCarryAction } from '../../../jobs/actions/postgres-carry.js';
import { type Break, type CarryWorld, breaking, carryInput, carryWorld } from './carry-world.js';
import { receiptOf } from './restore-world.js';
import { stepContext } from './step-context.js';

/** A row: its content, when it says that it was written, and whether its server wrote it since the switch. */
interface Row {
  readonly v: string;
  readonly at: number;
  readonly touched: boolean;
}
type Rows = Map<number, Row>;

interface Write {
  readonly side: 'old' | 'new';
  readonly does: 'put' | 'delete';
  readonly id: number;
  readonly v: string;
  readonly at: number;
}

const policies = ['keep-old', 'take-new', { 'newest-by': 'at' }] as const;
type Policy = (typeof policies)[number];

let world: CarryWorld;
beforeAll(async () => {
  world = await carryWorld('CREATE TABLE thing (id int PRIMARY KEY, at int NOT NULL, v text NOT NULL); CREATE TABLE part (id int PRIMARY KEY REFERENCES thing ON DELETE RESTRICT DEFERRABLE, v text)');
});
afterAll(() => world.drop());

const write: fc.Arbitrary<Write> = fc.record({ side: fc.constantFrom('old', 'new'), does: fc.constantFrom('put', 'put', 'put', 'delete'), id: fc.integer({ min: 1, max: 12 }), v: fc.constantFrom('a', 'b', 'c', 'd'), at: fc.integer({ min: 0, max: 3 }) });
const breakAt: fc.Arbitrary<Break> = fc.oneof(fc.constantFrom<Break>('before-commit', 'after-commit'), fc.integer({ min: 1, max: 60 }));

/** What design.md asks for, said once more without the code's words: `undefined` is a row that is not there. */
function expected(fromNew: Row | undefined, fromOld: Row | undefined, { policy, deletes }: { readonly policy: Policy; readonly deletes: boolean }): Row | undefined {
  if (fromNew === undefined) return fromOld === undefined || fromOld.touched || !deletes ? fromOld : undefined;
  if (fromOld === undefined) return fromNew.touched ? fromNew : undefined;
  if (fromNew.touched !== fromOld.touched) return fromNew.touched ? fromNew : fromOld;
  if (policy === 'keep-old') return fromOld;
  if (policy === 'take-new') return fromNew;
  return fromNew.at > fromOld.at ? fromNew : fromOld;
}

async function make(rows: Rows, { side, does, id, v, at }: Write): Promise<void> {
  const run = side === 'old' ? world.onOld : world.onNew;
  if (does === 'delete') {
    rows.delete(id);
    await run(`DELETE FROM thing WHERE id = ${id}`);
  } else {
    rows.set(id, { v, at, touched: true });
    await run(`INSERT INTO thing VALUES (${id}, ${at}, '${v}') ON CONFLICT (id) DO UPDATE SET (at, v) = (excluded.at, excluded.v)`);
  }
}

/** As the runs of a step that breaks go: again, until it is done, and only where the probe finds nothing. */
async function carryThrough(run: string, input: ReturnType<typeof carryInput>, breaks: readonly Break[]): Promise<unknown> {
  const { context } = await stepContext({ step: 'carry', runId: run });
  for (const at of breaks) {
    const result = await postgresCarryAction.execute(breaking(context, world, at), input);
    if (result.ok) return result.receipt;
    expect(result).toMatchObject({ retryable: true });
    const probed = await postgresCarryAction.probe?.(context, input, undefined);
    if (probed?.outcome === 'happened') return probed.receipt;
    expect(probed).toMatchObject({ outcome: 'absent' });
  }
  return receiptOf(await postgresCarryAction.execute(context, input));
}

const runs = Number(process.env['PLANB_PROPERTY_RUNS'] ?? '30');

describe('postgres.carry, whatever both servers wrote', () => {
  it('leaves every row exactly once, as the policy says, whenever the connection breaks, and again when more was written', async () => {
    let number = 0;
    await fc.assert(fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 10 }), fc.array(fc.record({ writes: fc.array(write, { maxLength: 14 }), breaks: fc.array(breakAt, { maxLength: 2 }) }), { minLength: 1, maxLength: 2 }), fc.constantFrom(...policies), fc.boolean(),
      async (ids, phases, policy, deletes) => {
        number += 1;
        await world.onBoth(`TRUNCATE thing, part; ${ids.map((id) => `INSERT INTO thing VALUES (${id}, 1, 'base')`).join('; ')}`);
        await world.mark(`m${number}`);
        const fresh = (): Rows => new Map(ids.map((id) => [id, { v: 'base', at: 1, touched: false }]));
        const sides = { old: fresh(), new: fresh() };
        for (const [phase, { writes, breaks }] of phases.entries()) {
          for (const one of writes) await make(sides[one.side], one);
          const input = carryInput(world, [{ table: 'thing', onConflict: policy, onDelete: deletes && policy !== 'keep-old' ? 'delete' : 'keep' }], { base: 'switch' });
          const result: Rows = new Map();
          for (let id = 1; id <= 12; id += 1) {
            const row = expected(sides.new.get(id), sides.old.get(id), { policy, deletes: deletes && policy !== 'keep-old' });
            // What the carry writes, the old server's users did not.
            if (row !== undefined) result.set(id, row === sides.new.get(id) && !same(row, sides.old.get(id)) ? { ...row, touched: false } : sides.old.get(id) ?? row);
          }
          await carryThrough(`r${number}-${phase}`, input, breaks);
          expect(await world.onOld('SELECT id, at, v FROM thing ORDER BY id')).toEqual([...result].map(([id, { at, v }]) => ({ id, at, v })));
          sides.old = result;
        }
      },
    ), { numRuns: runs, seed: 20261120 });
  });

  it('holds a batch in memory, however many rows there are and however large they are', async () => {
    await world.onBoth('TRUNCATE thing, part');
    await world.mark('large');
    await world.onNew(`INSERT INTO thing SELECT n, n, 'v' || n FROM generate_series(1, 100000) n; INSERT INTO thing SELECT 100000 + n, n, repeat(md5(n::text), 8000) FROM generate_series(1, 60) n; INSERT INTO part SELECT id, 'p' FROM thing LIMIT 700`);
    const { context } = await stepContext({ step: 'carry', runId: 'large' });
    const most = { rows: 0, received: 0, sent: 0 };
    const watched = { ...context, connectDatabase: async (...[url, limits]: Parameters<typeof context.connectDatabase>) => {
      const real = await context.connectDatabase(url, limits);
      const query: typeof real.query = async (sql, parameters = []) => {
        const rows = await real.query(sql, parameters);
        most.rows = Math.max(most.rows, rows.length);
        most.received = Math.max(most.received, rows.reduce((sum, row) => sum + Object.values(row).reduce((all: number, value) => all + (typeof value === 'string' ? value.length : 8), 0), 0));
        most.sent = Math.max(most.sent, parameters.reduce((sum: number, value) => sum + (typeof value === 'string' ? value.length : 0), 0));
        return rows;
      };
      return { query, close: real.close.bind(real), transaction: async <T>(work: (database: typeof real) => Promise<T>) => real.transaction(async () => work({ query, transaction: real.transaction.bind(real), close: real.close.bind(real) })) };
    } };
    expect(receiptOf(await postgresCarryAction.execute(watched, carryInput(world, ['part', 'thing'], { base: 'switch' })))).toMatchObject({ carried: 100_760 });
    // 15 MB of large rows, 256 KB each.
    expect(most.rows).toBeLessThanOrEqual(2_000);
    expect(Math.max(most.received, most.sent)).toBeLessThan(5 * 1024 * 1024);
    expect(await world.onOld('SELECT count(*)::int AS n, count(DISTINCT v)::int AS v, max(length(v)) AS longest FROM thing')).toEqual([{ n: 100_060, v: 100_060, longest: 256_000 }]);
  });
});

function same(a: Row, b: Row | undefined): boolean {
  return b !== undefined && a.v === b.v && a.at === b.at;
}

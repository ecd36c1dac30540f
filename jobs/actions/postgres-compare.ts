import { z } from 'zod';
import type { Action, StepContext, StepResult } from '../../src/ports/action.js';
import { paste } from './paste.js';
import { withSides } from './postgres/carry/both-sides.js';
import { type ComparedTable, compareTable, tablesToCompare } from './postgres/carry/compare-tables.js';
import { setTextSettings } from './postgres/carry/key-stream.js';
import { readShapes } from './postgres/carry/table-shape.js';
import { failed, failingInWords } from './step-failure.js';

const input = z.strictObject({
  from: z.string().min(1),
  to: z.string().min(1),
  /** Default: all. */
  tables: z.union([z.literal('all'), z.array(z.string().min(1)).min(1)]).default('all'),
  /** Also what is in the rows. */
  contents: z.boolean().default(false),
});
type Input = z.output<typeof input>;

/** Counting a large table takes its time. */
const statementMs = 24 * 3_600_000;
/** Differences that a sentence names. */
const named = 5;

/** Compares two databases table by table, each in one snapshot. */
export const postgresCompareAction: Action<Input> = {
  name: 'postgres.compare',
  summary: 'Compares the rows of two databases, table by table: how many there are, and with `contents` what is in them.',
  input,
  check: true,
  remote: true,
  defaultTimeoutMs: 2 * 3_600_000,
  describe: ({ from, to, tables, contents }) => ({
    commands: [from, to].map((url) => `${paste(['psql', url, '-c', 'SELECT count(*) FROM …'])}   # of ${tables === 'all' ? 'every table' : tables.join(', ')}${contents ? ', with a checksum over the rows' : ''}`),
    effect: 'read', destructive: false, changes: [],
  }),
  execute: (context, given) => failingInWords(context.mask, () => compare(context, given)),
};

async function compare(context: StepContext, given: Input): Promise<StepResult> {
  const compared = await withSides(context, { from: given.from, to: given.to, statementMs }, async (sides) => sides.from.transaction(async () => sides.to.transaction(async () => {
    for (const side of [sides.from, sides.to]) {
      await side.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
      await setTextSettings(side);
    }
    const tables = tablesToCompare(await readShapes(sides.from), await readShapes(sides.to), given.tables === 'all' ? undefined : given.tables);
    const found: ComparedTable[] = [];
    for (const table of tables) {
      context.progress(`comparing ${found.length + 1} of ${tables.length} tables`);
      found.push(await compareTable(sides, table, given.contents));
    }
    return found;
  })));
  const different = compared.filter(({ difference }) => difference !== undefined);
  for (const { said, difference } of different) context.log(`${said}: ${difference ?? ''}`);
  if (different.length > 0) {
    const said = different.slice(0, named).map((table) => `${table.said}: ${table.difference ?? ''}`).join('; ');
    return failed('not-equal', `${different.length} of ${compared.length} tables differ: ${said}${different.length > named ? `; and ${different.length - named} more` : ''}`);
  }
  return { ok: true, receipt: { tables: compared.length, rows: compared.reduce((sum, { from }) => sum + (from ?? 0), 0), contents: given.contents } };
}

import { z } from 'zod';
import { writesPrefix } from '../../src/migration/seen-facts.js';
import { sayRows, type SeenWrites } from '../../src/migration/scenario.js';
import type { JsonObject } from '../../src/plan/plan.js';
import type { Action, ActionContext } from '../../src/ports/action.js';
import { HostError } from '../../src/ports/host.js';
import { paste } from './paste.js';
import { countWritesSince } from './postgres/carry/count-writes.js';
import { failed, failingInWords } from './step-failure.js';

const input = z.strictObject({
  database: z.string().min(1),
  side: z.enum(['old', 'new']),
  /** Of `postgres.mark`. */
  mark: z.string().min(1).default('switch'),
  tables: z.array(z.string().min(1)).min(1).optional(),
  /** A count that cannot be had fails the step; else it is told and that is all. */
  required: z.boolean().default(false),
});
type Input = z.output<typeof input>;

/** What one of the two servers of a migration wrote since the switch: which way back fits rests on it. */
export const migrationWritesAction: Action<Input> = {
  name: 'migration.writes',
  summary: 'Counts what a server of a migration wrote since the switch, table by table.',
  input,
  remote: true,
  measuresOnly: true,
  defaultTimeoutMs: 5 * 60_000,
  inspect: async (context, given) => [{
    key: `${writesPrefix}${given.side}`, kind: 'measured', label: `rows that the ${given.side} server wrote since the switch`,
    value: { side: given.side, writes: asJson(await seenWrites(context, given)) }, readAt: new Date(context.now()).toISOString(),
  }],
  describe: (given) => ({ commands: [`${paste(['psql', given.database])}   # counts the rows since the mark "${given.mark}", of ${given.tables?.join(', ') ?? 'every table'}`], effect: 'read', destructive: false, changes: [] }),
  execute: (context, given) => failingInWords(context.mask, async () => {
    const writes = await seenWrites(context, given);
    const said = writes.counted ? sayRows(writes) : writes.why;
    context.log(`${given.side} server: ${said}`);
    if (!writes.counted && given.required) {
      return failed('writes-uncounted', `what the ${given.side} server wrote cannot be counted: ${writes.why} Retry once it answers, or stop and go back without its data (with scenario=day-later with data=accept)`, { retryable: true });
    }
    return { ok: true, receipt: { side: given.side, ...(writes.counted ? { rows: writes.rows, about: writes.about, tables: Object.fromEntries(writes.tables.map(({ table, rows }) => [table, rows])) } : { uncounted: writes.why }) } };
  }),
};

function asJson(writes: SeenWrites): JsonObject {
  return writes.counted ? { ...writes, tables: writes.tables.map((table) => ({ ...table })) } : { ...writes };
}

/** A server that is not to be had is an answer here, not a failure: people are asked. */
async function seenWrites(context: ActionContext, { database, mark, tables }: Input): Promise<SeenWrites> {
  try {
    const since = await countWritesSince(context, database, { mark, ...(tables === undefined ? {} : { tables }) });
    if (!since.ok) return { counted: false, why: since.why };
    return {
      counted: true, rows: since.rows, about: since.tables.some(({ about }) => about), tables: since.tables.map(({ table, rows }) => ({ table, rows })),
      untold: since.untold.map(({ table, why }) => `${table} (${why})`),
    };
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof HostError) return { counted: false, why: context.mask(error.message) };
    throw error;
  }
}

import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Json, JsonObject } from '../../src/plan/plan.js';
import type { Action, ActionContext, StepContext, StepResult } from '../../src/ports/action.js';
import { TargetDatabaseError } from '../../src/ports/target-database.js';
import { durationInput, sayDuration } from './duration-input.js';
import { missingFrom } from './json-subset.js';
import { paste } from './paste.js';
import { pollUntilGood } from './poll-until-good.js';
import { splitPassword } from './postgres/libpq-url.js';
import { readOnlyQuery } from './postgres/read-only-query.js';
import { failed } from './step-failure.js';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const input = z.strictObject({
  database: z.string().min(1),
  /** One SELECT, WITH, VALUES or TABLE. */
  sql: z.string().min(1),
  /** $1, $2 … of the statement: bound by PostgreSQL, never spliced. */
  params: z.array(scalar).default([]),
  expect: z.strictObject({
    /** How many rows there are. */
    rows: z.number().int().min(0).max(10_000).optional(),
    /** The first column of the first row. */
    value: scalar.optional(),
    min: z.number().optional(),
    max: z.number().optional(),
    /** Columns of the first row; there may be more. */
    row: z.record(z.string(), z.json()).optional(),
  }).refine((given) => Object.keys(given).length > 0, 'say what to expect: rows, value, min, max or row'),
  /** How long it may take to become true. */
  within: durationInput.default(30_000),
  /** How long it must then stay true. */
  hold: durationInput.default(0),
  interval: durationInput.default(1_000),
});
type Input = z.output<typeof input>;
/** What is asked, and what the answer should be. */
export type Question = Pick<Input, 'database' | 'sql' | 'params'> & { readonly expect: Omit<Input['expect'], 'row'> & { readonly row?: Readonly<Record<string, Json>> | undefined } };

const statementMs = 10_000;
const inspectMs = 3_000;

/** `saw`: a few words, masked. */
export interface Answer {
  readonly good: boolean;
  readonly saw: string;
}

/** Asks a database until the answer is as expected, and stays so. The server itself lets it read only. */
export const postgresQueryAction: Action<Input> = {
  name: 'postgres.query',
  summary: 'Asks a database until the answer is as expected, and stays so for `hold`; it can only read.',
  input,
  check: true,
  remote: true,
  measuresOnly: true,
  defaultTimeoutMs: 10 * 60_000,
  inspect: async (context, given) => {
    const { good, saw } = await askDatabase(context, given, inspectMs);
    const key = `postgres-query:${splitPassword(given.database).short}:${createHash('sha256').update(given.sql).digest('hex').slice(0, 8)}`;
    return [{ key, kind: 'measured', label: `answer to ${shorten(given.sql)}`, value: { good, saw }, readAt: new Date(context.now()).toISOString() }];
  },
  describe: (given) => ({
    commands: [`${paste(['psql', given.database, '-c', given.sql])}   # ${[...parameters(given), expectation(given)].join('; ')} within ${sayDuration(given.within)}${given.hold > 0 ? `, then for ${sayDuration(given.hold)}` : ''}`],
    effect: 'read',
    destructive: false,
    changes: [],
    ...(given.hold > 0 ? { estimateMs: given.hold } : {}),
  }),
  execute: check,
};

function parameters({ params }: Input): readonly string[] {
  return params.length === 0 ? [] : [`with ${params.map((value, index) => `$${index + 1} = ${JSON.stringify(value)}`).join(', ')}`];
}

function expectation({ expect }: Input): string {
  return Object.entries(expect).flatMap(([what, wanted]) => (wanted === undefined ? [] : [`${what} ${JSON.stringify(wanted)}`])).join(', ');
}

async function check(context: StepContext, given: Input): Promise<StepResult> {
  const polled = await pollUntilGood(context, given, { says: 'true' }, () => askDatabase(context, given, Math.min(statementMs, Math.max(1_000, given.within))));
  const { saw } = polled.looked;
  if (!polled.good) return failed('not-as-expected', `${saw}${polled.fellAfter === undefined ? '' : ` (it was true for ${sayDuration(polled.fellAfter)})`}`);
  const { asked, goodAfterMs, heldMs } = polled;
  return { ok: true, receipt: { saw, asked, goodAfterMs, heldMs } };
}

/** Asks once and judges the answer. Rejects only for what is no answer of the database. */
export async function askDatabase(context: ActionContext, given: Question, limitMs: number): Promise<Answer> {
  try {
    return judge(given, await readOnlyQuery(context, given.database, given.sql, given.params, { rows: (given.expect.rows ?? 0) + 1, ms: limitMs }));
  } catch (error) {
    if (error instanceof TargetDatabaseError) return { good: false, saw: context.mask(error.message) };
    throw error;
  }
}

function judge({ expect }: Question, rows: readonly JsonObject[]): Answer {
  const found = expect.rows !== undefined && rows.length > expect.rows ? `more than ${expect.rows}` : String(rows.length);
  if (expect.rows !== undefined && rows.length !== expect.rows) return { good: false, saw: `${found} ${found === '1' ? 'row' : 'rows'}, expected ${expect.rows}` };
  const first = rows[0];
  const value = first === undefined ? undefined : Object.values(first)[0];
  const wrong = [
    ...(expect.value !== undefined && !isEqual(value, expect.value) ? [`expected ${JSON.stringify(expect.value)}`] : []),
    ...(expect.min !== undefined && !(numberOf(value) >= expect.min) ? [`expected at least ${expect.min}`] : []),
    ...(expect.max !== undefined && !(numberOf(value) <= expect.max) ? [`expected at most ${expect.max}`] : []),
    ...(expect.row === undefined ? [] : missingFrom(first, expect.row).map(({ path, expected }) => `expected ${path === '' ? 'a row' : path} ${JSON.stringify(expected)}`)),
  ];
  const saw = first === undefined ? 'no row' : shorten(expect.row === undefined ? JSON.stringify(value) : JSON.stringify(first));
  return { good: wrong.length === 0, saw: [expect.rows === undefined || first !== undefined ? saw : `${found} rows`, ...wrong].join(', ') };
}

/** PostgreSQL's large numbers come as texts. */
function isEqual(value: Json | undefined, expected: Json): boolean {
  return value === expected || (typeof expected === 'number' && numberOf(value) === expected);
}

function numberOf(value: Json | undefined): number {
  return typeof value === 'number' || (typeof value === 'string' && value.trim() !== '') ? Number(value) : Number.NaN;
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 120 ? `${line.slice(0, 117)}...` : line;
}

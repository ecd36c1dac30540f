import { z } from 'zod';
import type { JsonObject } from '../../src/plan/plan.js';
import type { Action, ProbeResult, StepContext, StepResult } from '../../src/ports/action.js';
import { paste } from './paste.js';
import { markName } from './postgres/carry/carry-input.js';
import { type Mark, findMark, setMark } from './postgres/carry/marks.js';
import { readDatabaseFacts } from './postgres/database-facts.js';
import { failingInWords } from './step-failure.js';

const input = z.strictObject({
  /** The old server's and the new one's. */
  databases: z.array(z.string().min(1)).min(1).max(10),
  /** What `base:` of `postgres.carry` names. */
  name: markName.default('switch'),
});
type Input = z.output<typeof input>;

const tooLongMs = 30_000;

/** Notes in each database which transactions came before the switch, so that rows written afterwards can be told from older ones, on both servers and whatever their own times say. */
export const postgresMarkAction: Action<Input> = {
  name: 'postgres.mark',
  summary: 'Notes the moment of a switch in both databases, so that a way back can tell what each of them wrote since.',
  input,
  remote: true,
  defaultTimeoutMs: 5 * 60_000,
  describe: ({ databases, name }) => ({
    commands: databases.map((url) => `${paste(['psql', url, '-c', `INSERT INTO planb_carry.marks … VALUES ('${name}', …)`])}   # one row: the moment, and the number of the next transaction`),
    effect: 'idempotent', destructive: false, changes: [],
  }),
  execute: (context, given) => failingInWords(context.mask, () => mark(context, given)),
  probe: probeMarks,
};

async function mark(context: StepContext, given: Input): Promise<StepResult> {
  const marks: JsonObject[] = [];
  for (const url of given.databases) {
    const database = await context.connectDatabase(url, { statementMs: tooLongMs });
    try {
      marks.push(said(await setMark(database, given.name, idOf(context)), (await readDatabaseFacts(database)).name));
    } finally {
      await database.close();
    }
  }
  return { ok: true, receipt: receiptOf(given, marks) };
}

async function probeMarks(context: StepContext, given: Input): Promise<ProbeResult> {
  const marks: JsonObject[] = [];
  for (const url of given.databases) {
    const database = await context.connectDatabase(url, { statementMs: tooLongMs });
    try {
      const found = await findMark(database, given.name, idOf(context));
      const { name } = await readDatabaseFacts(database);
      if (!found.ok) return { outcome: 'absent', saw: `${name} does not have the mark "${given.name}" of this step` };
      marks.push(said(found.mark, name));
    } finally {
      await database.close();
    }
  }
  return { outcome: 'happened', receipt: receiptOf(given, marks), saw: `every database has the mark "${given.name}"` };
}

function idOf({ runId, step }: StepContext): { readonly run: string; readonly step: string } {
  return { run: runId, step };
}

function said({ at, horizon }: Mark, database: string): JsonObject {
  return { database, at, horizon };
}

function receiptOf({ name }: Input, marks: readonly JsonObject[]): JsonObject {
  return { name, at: marks[0]?.['at'] ?? null, marks };
}

import { z } from 'zod';
import type { Fact } from '../../src/plan/plan.js';
import type { Action, ActionContext, ProbeResult, StepContext, StepResult } from '../../src/ports/action.js';
import { ActionError } from './action-error.js';
import { prismaInput, stepKey } from './prisma/cli-input.js';
import { endContainers, leftContainers } from './docker/one-off.js';
import { explainPrisma } from './prisma/explain-prisma.js';
import { findRemovals } from './prisma/find-removals.js';
import { pastePrisma, runPrisma } from './prisma/prisma-cli.js';
import { failed, failingInWords } from './step-failure.js';

const { migrations: _migrations, ...cliInput } = prismaInput;
const input = z.strictObject(cliInput);
type Input = z.output<typeof input>;

const pushFact = z.strictObject({ sql: z.string(), removals: z.array(z.string()) });
type PushFact = z.output<typeof pushFact>;

/**
 * Makes the database what schema.prisma says, past the migration history: what the guide recommends outside production. The script is Prisma's own difference, read when the
 * plan is made; what it drops is said before anybody votes.
 */
export const prismaPushAction: Action<Input> = {
  name: 'prisma.push',
  summary: 'Outside production: makes the database what schema.prisma says (prisma db push).',
  input,
  remote: true,
  defaultTimeoutMs: 15 * 60_000,
  inspect: async (context, given) => [{ key: factKey(given), kind: 'identity', label: 'what db push would do', value: await readDifference(context, given), readAt: new Date(context.now()).toISOString() }],
  describe: (given, { facts, environment }) => {
    if (environment === undefined || /^prod/i.test(environment)) {
      throw new ActionError('production', 'db push passes the migration history by and drops what schema.prisma does not name, so planb runs it outside production only; use prisma.history and prisma.deploy');
    }
    const fact = planned(given, facts);
    const removals = fact?.removals ?? [];
    return {
      commands: [pastePrisma(given, argumentsOf(given, removals)), ...(fact === undefined ? [] : linesOf(fact.sql).map((line) => `#   ${line}`))],
      effect: 'idempotent',
      destructive: removals.length > 0,
      changes: [{ key: factKey(given), to: { sql: '', removals: [] } }],
      lost: removals.map((what) => `db push drops ${what}`),
      estimateMs: 15_000,
    };
  },
  execute: (context, given) => failingInWords(context.mask, () => push(context, given)),
  probe: async (context, given): Promise<ProbeResult> => {
    if (!('cwd' in given.cli) && (await leftContainers(context)).length > 0) return { outcome: 'unclear', saw: 'its container still runs' };
    const now = await readDifference(context, given);
    if (now.sql === '') return { outcome: 'happened', receipt: { statements: 0 }, saw: 'the database is what schema.prisma says' };
    return { outcome: now.sql === planned(given, context.facts)?.sql ? 'absent' : 'unclear', saw: `${linesOf(now.sql).length} lines of difference are left` };
  },
};

const factKey = (given: Input): string => stepKey('push', given);

/** Without --accept-data-loss Prisma stops at the first row that would go: given only where people have seen what goes. */
function argumentsOf(given: Input, removals: readonly string[]): readonly string[] {
  return ['db', 'push', '--skip-generate', ...(removals.length === 0 ? [] : ['--accept-data-loss']), '--schema', given.schemaFile];
}

/** The script from the live database to schema.prisma, without comments and blank lines. Throws ActionError. */
async function readDifference(context: ActionContext, given: Input): Promise<PushFact> {
  const outcome = await runPrisma(context, given, ['migrate', 'diff', '--from-schema-datasource', given.schemaFile, '--to-schema-datamodel', given.schemaFile, '--script'], { quiet: true });
  if (!outcome.ok) {
    const why = explainPrisma(outcome);
    throw new ActionError(why.ok ? 'prisma-failed' : why.error.code, why.ok ? outcome.summary : `what db push would do cannot be read: ${why.error.message}`);
  }
  if (outcome.droppedBytes > 0) throw new ActionError('prisma-failed', 'the difference between the database and schema.prisma is too long to be read');
  const sql = linesOf(outcome.stdout).join('\n');
  return { sql, removals: [...(await findRemovals(sql))] };
}

function linesOf(sql: string): readonly string[] {
  return sql.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('--'));
}

function planned(given: Input, facts: readonly Fact[]): PushFact | undefined {
  const fact = facts.find(({ key }) => key === factKey(given));
  return fact === undefined ? undefined : pushFact.parse(fact.value);
}

async function push(context: StepContext, given: Input): Promise<StepResult> {
  if (!('cwd' in given.cli)) await endContainers(context, 'step');
  const wanted = planned(given, context.facts);
  if (wanted === undefined) return failed('no-facts', 'the plan does not say what db push would do; plan again');
  const now = await readDifference(context, given);
  if (now.sql === '') return { ok: true, receipt: { statements: 0 } };
  if (now.sql !== wanted.sql) return failed('difference-changed', 'db push would now do something else than what was approved; plan again');
  const outcome = await runPrisma(context, given, argumentsOf(given, wanted.removals));
  if (!outcome.ok) return explainPrisma(outcome);
  const left = await readDifference(context, given);
  if (left.sql !== '') return failed('not-settled', 'Prisma said it was done, and the database still differs from schema.prisma', { tail: left.sql });
  return { ok: true, receipt: { statements: linesOf(wanted.sql).length } };
}

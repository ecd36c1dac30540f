import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Fact } from '../../src/plan/plan.js';
import type { Action, ActionContext, ProbeResult, StepContext, StepDescription, StepResult } from '../../src/ports/action.js';
import { paste } from './paste.js';
import { backupReceipt, reusedReceipt } from './postgres/backup-receipt.js';
import { clientInput, findDumpClient } from './postgres/dump-client.js';
import { readManifest } from './postgres/dump-manifest.js';
import { dumpName } from './postgres/dump-name.js';
import { planDump } from './postgres/dump-plan.js';
import { freeBytes } from './postgres/free-bytes.js';
import { freshFacts, plannedFresh, sayFresh } from './postgres/fresh-backup.js';
import { splitPassword } from './postgres/libpq-url.js';
import { proofCommands, proofFact, proofMs } from './postgres/proof-plan.js';
import { proveStep } from './postgres/prove-step.js';
import { readProof } from './postgres/proof-file.js';
import { dumpOptions, readFacts, refuseFullDisk, takeDump } from './postgres/take-dump.js';
import { failingInWords } from './step-failure.js';

const input = z.strictObject({
  database: z.string().min(1),
  /** Where dumps are kept, an absolute path; default: the target's `backup.folder`, else with the run. */
  folder: z.string().startsWith('/').optional(),
  /** Parallel connections; never more than cores. */
  jobs: z.number().int().min(1).max(64).optional(),
  /** gzip level; default by free disk. */
  compress: z.number().int().min(0).max(9).optional(),
  /** Restores the dump into a throwaway server and compares every table's rows before the step is done. */
  prove: z.boolean().optional(),
  /** Whose `pg_dump`, where this machine's is older than the server. */
  client: clientInput.optional(),
});
type Input = z.output<typeof input>;

/** What `inspect` leaves for `describe`, which cannot know the server. */
const dumpFact = z.object({ pgDump: z.array(z.string()), folder: z.string().optional(), jobs: z.number(), compress: z.number(), bytes: z.number(), needed: z.number(), free: z.number(), on: z.string().optional() });

/**
 * Dumps a database with a `pg_dump` that fits its server, in directory format, in parallel, within one snapshot whose rows are counted meanwhile, and writes counts and
 * checksums beside it. With `prove`, the dump is then restored and compared. In a plan that destroys nothing a proven backup that is fresh enough is used again.
 */
export const postgresBackupAction: Action<Input> = {
  name: 'postgres.backup',
  summary: 'Dumps a PostgreSQL database with checksums; refuses before it starts where the disk would not hold it.',
  input,
  remote: true,
  defaultTimeoutMs: 2 * 3_600_000,
  inspect: inspectDatabase,
  describe: (given, { facts, destroysNothing }) => describeBackup(given, facts, destroysNothing === true),
  execute: (context, given) => failingInWords(context.mask, () => backUp(context, given)),
  probe: probeDump,
  cleanup: async (context, given) => {
    const folder = await dumpFolder(context, given);
    await rm(`${folder}.partial`, { recursive: true, force: true });
    // A dump whose proof was cancelled has no receipt: nobody would ever find it.
    if (given.prove === true) await rm(folder, { recursive: true, force: true });
  },
};

async function inspectDatabase(context: ActionContext, given: Input): Promise<readonly Fact[]> {
  const { short } = splitPassword(given.database);
  const { facts, extensions } = await readFacts(context, given.database);
  const client = await findDumpClient(context, given.client, facts.serverMajor, 'planb-dump-RUN-STEP');
  const folder = given.folder ?? context.backups.policy.folder;
  const free = await freeBytes(folder ?? (await context.runFolder()));
  const plan = planDump(facts.tableBytes, free, availableParallelism(), given);
  const readAt = new Date(context.now()).toISOString();
  const identity = { system: facts.system, database: facts.name, oid: facts.oid };
  const how = { pgDump: client.command, bytes: facts.tableBytes, free, ...plan, ...(folder === undefined ? {} : { folder }), ...(context.on === undefined ? {} : { on: context.on }) };
  return [
    { key: `postgres:${short}`, kind: 'identity', label: `database ${facts.name}`, value: identity, readAt },
    { key: `postgres-size:${short}`, kind: 'measured', label: `size of ${facts.name}, bytes`, value: facts.databaseBytes, readAt },
    // No threshold: a dump that is taken while votes are awaited uses the disk itself, and `execute` looks again before it starts.
    { key: `postgres-dump:${short}`, kind: 'measured', label: 'how the dump is taken', value: how, readAt },
    // The dump will be there as well when it is proven.
    await proofFact(context, short, { major: client.major, extensions, databaseBytes: facts.databaseBytes, freeBytes: free - plan.needed }),
    ...(await freshFacts(context, short, facts)),
  ];
}

/** The URL is still a reference here: with several databases in one plan nothing tells which facts are this step's. */
function describeBackup(given: Input, facts: readonly Fact[], destroysNothing: boolean): StepDescription {
  const plans = facts.filter((fact) => fact.key.startsWith('postgres-dump:')).map((fact) => dumpFact.parse(fact.value));
  const plan = plans.length === 1 ? plans[0] : undefined;
  const fresh = destroysNothing ? sayFresh(facts) : [];
  const harmless = { effect: 'idempotent', destructive: false, changes: [] } as const;
  if (plan !== undefined && fresh.length === 1) return { ...harmless, commands: [`# uses ${fresh.join()}; takes a new one if that is no longer whole`], estimateMs: 1_000 };
  for (const one of plans) refuseFullDisk(one, one.free);
  const args = plan === undefined ? [] : [`--jobs=${plan.jobs}`, `--compress=${plan.compress}`];
  const dump = `${given.folder ?? plan?.folder ?? '.'}/dump`;
  return {
    ...harmless,
    commands: [
      ...fresh.map((words) => `# uses ${words} where it is of this database`),
      `${paste([...(plan?.pgDump ?? ['pg_dump']), ...dumpOptions, ...args, `--file=${given.client === undefined ? dump : '/dump'}`, given.database])}   # planb names it after run and step${plan?.on === undefined ? '' : `; on planb's machine, through ${plan.on}`}`,
      ...(given.prove === true ? proofCommands(dump, facts) : []),
    ],
    // facts.md: 1.1 GB in 3.6 s uncompressed, 5.7 s at level 1, two jobs.
    ...(plan === undefined ? {} : { estimateMs: Math.round(1_000 + plan.bytes / (plan.compress === 0 ? 300_000 : 190_000)) + (given.prove === true ? proofMs(plan.bytes) : 0) }),
  };
}

async function backUp(context: StepContext, given: Input): Promise<StepResult> {
  const folder = await dumpFolder(context, given);
  const machine = await context.backups.machine();
  const done = await readManifest(folder);
  if (done === undefined) {
    const fresh = await plannedFresh(context, splitPassword(given.database).short);
    if (fresh !== undefined) return { ok: true, receipt: reusedReceipt(machine, fresh) };
  }
  const taken = done === undefined ? await takeDump(context, given, folder) : { ok: true as const, manifest: done };
  if (!taken.ok) return { ok: false, error: taken.error, retryable: false };
  if (given.prove === true) return proveStep(context, folder, taken.manifest, asideOf(folder));
  return { ok: true, receipt: backupReceipt(machine, folder, taken.manifest, undefined) };
}

async function probeDump(context: StepContext, given: Input): Promise<ProbeResult> {
  const folder = await dumpFolder(context, given);
  const machine = await context.backups.machine();
  const manifest = await readManifest(folder);
  if (manifest === undefined) return { outcome: 'absent', saw: `there is no complete dump in ${folder}` };
  if (given.prove !== true) return { outcome: 'happened', receipt: backupReceipt(machine, folder, manifest, undefined), saw: `${folder} is complete` };
  const proof = await readProof(folder, manifest);
  if (proof === undefined) return { outcome: 'absent', saw: `${folder} is complete and not yet proven` };
  return { outcome: 'happened', receipt: backupReceipt(machine, folder, manifest, proof), saw: `${folder} is complete and proven` };
}

async function dumpFolder(context: StepContext, given: Input): Promise<string> {
  return join(given.folder ?? context.backups.policy.folder ?? join(await context.runFolder(), 'backup'), dumpName(context, context.step, given.database));
}

/** Where a disproven dump goes. */
function asideOf(folder: string): string {
  return `${folder}.not-proven`;
}

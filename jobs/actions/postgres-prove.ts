import { z } from 'zod';
import { stepId } from '../../src/runbook/check-references.js';
import type { Action, ProbeResult, StepContext, StepResult } from '../../src/ports/action.js';
import { backupReceipt } from './postgres/backup-receipt.js';
import { type DumpManifest, readManifest } from './postgres/dump-manifest.js';
import { readProof } from './postgres/proof-file.js';
import { proofCommands } from './postgres/proof-plan.js';
import { proveStep } from './postgres/prove-step.js';
import { failed, failingInWords } from './step-failure.js';

const input = z.strictObject({
  /** The id of the `postgres.backup` step whose dump is proven. */
  backup: stepId('postgres.backup'),
});
type Input = z.output<typeof input>;

/**
 * Proves the dump of an earlier step, for plans that must not wait for a proof: what needs the backup needs only that step, and this one runs beside it
 * (design.md, rule 5: a revert that destroys nothing waits for no proof).
 */
export const postgresProveAction: Action<Input> = {
  name: 'postgres.prove',
  summary: 'Restores the dump of an earlier step into a throwaway server and compares every table with the rows counted when it was taken.',
  input,
  // Dumps and the throwaway server are on planb's machine, wherever the database is.
  remote: 'irrelevant',
  defaultTimeoutMs: 2 * 3_600_000,
  describe: (given, { facts }) => ({ commands: proofCommands(`./dump-of-${given.backup}`, facts), effect: 'idempotent', destructive: false, changes: [] }),
  execute: (context, given) => failingInWords(context.mask, () => prove(context, given)),
  probe: probeProof,
};

async function prove(context: StepContext, given: Input): Promise<StepResult> {
  const dump = await findDump(context, given);
  if (dump === undefined) return failed('no-backup', `step ${given.backup} left no complete dump on this machine`);
  return proveStep(context, dump.folder, dump.manifest);
}

async function probeProof(context: StepContext, given: Input): Promise<ProbeResult> {
  const dump = await findDump(context, given);
  const proof = dump === undefined ? undefined : await readProof(dump.folder, dump.manifest);
  if (dump === undefined || proof === undefined) return { outcome: 'absent', saw: `the dump of step ${given.backup} is not proven yet` };
  return { outcome: 'happened', receipt: backupReceipt(await context.backups.machine(), dump.folder, dump.manifest, proof), saw: `${dump.folder} is proven` };
}

async function findDump(context: StepContext, given: Input): Promise<{ readonly folder: string; readonly manifest: DumpManifest } | undefined> {
  const folder = context.receipts[given.backup]?.['folder'];
  if (typeof folder !== 'string') return undefined;
  const manifest = await readManifest(folder);
  return manifest === undefined ? undefined : { folder, manifest };
}

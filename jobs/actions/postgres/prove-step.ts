import { rename, rm } from 'node:fs/promises';
import type { StepContext, StepResult } from '../../../src/ports/action.js';
import { failed } from '../step-failure.js';
import { backupReceipt } from './backup-receipt.js';
import type { DumpManifest } from './dump-manifest.js';
import { readProof } from './proof-file.js';
import { proveDump } from './prove-dump.js';

/**
 * Proves a dump, once, as a step's result: what cannot be proven here is a receipt that says so, what was disproven fails the step. A disproven dump is kept at `keepAt`
 * for whoever looks into it; where that is another folder, the next try takes a new dump.
 */
export async function proveStep(context: StepContext, folder: string, manifest: DumpManifest, keepAt = folder): Promise<StepResult> {
  const machine = await context.backups.machine();
  const proof = await readProof(folder, manifest);
  if (proof !== undefined) return { ok: true, receipt: backupReceipt(machine, folder, manifest, proof) };
  const outcome = await proveDump(context, folder, manifest);
  switch (outcome.kind) {
    case 'proven':
      return { ok: true, receipt: backupReceipt(machine, folder, manifest, outcome.proof) };
    case 'not-provable':
      context.log(`not provable: ${outcome.why}`);
      return { ok: true, receipt: backupReceipt(machine, folder, manifest, { why: outcome.why }) };
    case 'disproven':
      if (keepAt !== folder) {
        await rm(keepAt, { recursive: true, force: true });
        await rename(folder, keepAt);
      }
      return failed('backup-not-proven', `the backup in ${keepAt} does not hold what it should: ${outcome.message}`, outcome.tail === undefined ? {} : { tail: outcome.tail });
    default:
      throw new Error(`unreachable: ${JSON.stringify(outcome satisfies never)}`);
  }
}

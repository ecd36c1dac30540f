import { z } from 'zod';
import type { JsonObject, PlannedStep } from '../plan/plan.js';
import type { StepError } from './events.js';
import { stepState, type RunState, type StepState } from './state.js';

/**
 * The receipt that says how far the dump of `receipt` is proven: that of a step that proved it later (`postgres.prove` names the same folder), else its own.
 */
export function proofReceipt(state: RunState, receipt: JsonObject): JsonObject {
  const { folder } = receipt;
  if (folder === undefined) return receipt;
  const about = state.steps.flatMap((step) => (step.status === 'succeeded' && step.receipt?.['folder'] === folder ? [step.receipt] : []));
  return about.find((one) => one['proven'] === true) ?? about.find((one) => one['provable'] === false) ?? receipt;
}

/**
 * Why a destructive step may not begin (rule 5); undefined where it may. It needs a backup of this run that a restore proved, and that nothing came after: taken once the
 * target's writers were stopped, or followed by a step that counted and exported the rows since. What cannot be proven here takes two people's waiver; a skipped step proves nothing.
 */
export function whyNotDestroy(planned: PlannedStep, state: RunState): StepError | undefined {
  const all = dumpsOf(state);
  const replaced = replacedBy(planned, state);
  const dumps = all.filter(({ receipt }) => isOf(receipt, replaced));
  const whole = dumps.filter((dump) => isWhole(dump, state));
  if (whole.some(({ proof }) => proof['proven'] === true)) return undefined;
  const unprovable = whole.find(({ proof }) => proof['provable'] === false);
  if (unprovable !== undefined) {
    if (state.waivers.some(({ step }) => step === planned.id)) return undefined;
    const { why } = unprovable.proof;
    return { code: 'backup-not-provable', message: `It destroys something, and the backup cannot be proven here${typeof why === 'string' ? `: ${why}` : ''}.` };
  }
  if (dumps.some(({ proof }) => proof['proven'] === true)) {
    return { code: 'backup-not-whole', message: `It destroys something, and the proven backup was taken while the target could still write${sayUncounted(state)}` };
  }
  if (replaced !== undefined && all.some(({ proof }) => proof['proven'] === true)) {
    return { code: 'backup-not-proven', message: `It replaces the database ${replaced.database}, and no backup of that database was proven in this run.` };
  }
  return { code: 'backup-not-proven', message: 'It destroys something, and no backup of this run was proven by a restore.' };
}

/** A database as the facts of PostgreSQL's actions tell it (jobs/actions/postgres-restore.ts). */
const databaseSchema = z.object({ system: z.string().nullable(), database: z.string(), oid: z.number() });
type Database = z.output<typeof databaseSchema>;

/** The database that the step says it replaces; undefined where it destroys something else, or does not say. */
function replacedBy({ changes }: PlannedStep, state: RunState): Database | undefined {
  const facts = (state.plan?.facts ?? []).filter(({ key }) => key.startsWith('postgres:') && changes.some((change) => change.key === key));
  return facts.flatMap(({ value }) => databaseSchema.safeParse(value).data ?? [])[0];
}

/** With several databases a dump of one of them proves nothing for the others. */
function isOf(receipt: JsonObject, wanted: Database | undefined): boolean {
  if (wanted === undefined || receipt['database'] === undefined) return true;
  return receipt['database'] === wanted.database && (receipt['oid'] ?? wanted.oid) === wanted.oid && (receipt['system'] ?? wanted.system) === wanted.system;
}

const untoldSchema = z.array(z.object({ table: z.string(), exportedWhole: z.boolean() }));

function sayUncounted(state: RunState): string {
  const untold = state.steps.flatMap(({ status, receipt }) => (status === 'succeeded' && receipt?.['exported'] === false ? untoldSchema.safeParse(receipt['untold']).data ?? [] : []));
  const left = untold.filter(({ exportedWhole }) => !exportedWhole).map(({ table }) => table);
  if (left.length === 0) return '; nothing counted and exported what came after it.';
  return `. What came after it was counted and not exported of ${left.slice(0, 5).join(', ')}${left.length > 5 ? ` and ${left.length - 5} more` : ''}: stop the target before the backup, or name the tables with tables:.`;
}

interface Dump {
  readonly step: StepState;
  readonly receipt: JsonObject;
  readonly proof: JsonObject;
}

/** Steps that took a dump; one that only proved another step's dump names the same folder and is not listed beside it. */
function dumpsOf(state: RunState): readonly Dump[] {
  const folders = new Set<unknown>();
  return state.steps.flatMap((step) => {
    const { receipt } = step;
    if (step.status !== 'succeeded' || receipt === undefined || typeof receipt['proven'] !== 'boolean' || folders.has(receipt['folder'])) return [];
    if (receipt['folder'] !== undefined) folders.add(receipt['folder']);
    return [{ step, receipt, proof: proofReceipt(state, receipt) }];
  });
}

function isWhole(dump: Dump, state: RunState): boolean {
  return tookAfterWritersStopped(dump, state) || lossIsExported(dump, state);
}

/** Judged by when the steps ran on planb's own clock, and as long as nothing started them again; a dump that an earlier run took cannot have been taken after this one's stop. */
function tookAfterWritersStopped({ step, receipt }: Dump, state: RunState): boolean {
  if (receipt['reused'] === true) return false;
  const stops = stepsThat('stopsWriters', state);
  const began = step.firstStartedAt;
  if (began !== undefined && stepsThat('startsWriters', state).some((start) => (start?.startedAt ?? -Infinity) >= Math.max(...stops.map((stop) => stop?.changedAt ?? -Infinity)))) return false;
  return began !== undefined && stops.length > 0 && stops.every((stop) => stop?.status === 'succeeded' && stop.changedAt !== undefined && stop.changedAt <= began);
}

function stepsThat(does: 'stopsWriters' | 'startsWriters', state: RunState): readonly (StepState | undefined)[] {
  return (state.plan?.steps ?? []).filter((planned) => planned[does] === true).map(({ id }) => stepState(state, id));
}

/** A count that began before the dump was there says nothing of what came after it. Both named instants are of the target's own clock. */
function lossIsExported({ step, receipt }: Dump, state: RunState): boolean {
  const taken = instant(receipt['takenAt']);
  return state.steps.some((other) => {
    const since = instant(other.receipt?.['lossSince']);
    const sameDatabase = [receipt['database'], undefined].includes(other.receipt?.['database']) || receipt['database'] === undefined;
    const exported = sameDatabase && other.status === 'succeeded' && other.receipt?.['exported'] === true && taken !== undefined && since !== undefined && since <= taken;
    return exported && (other.firstStartedAt ?? -Infinity) >= (step.changedAt ?? Infinity);
  });
}

function instant(value: unknown): number | undefined {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

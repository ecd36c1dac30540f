import type { PlannedStep } from './plan.js';

/** A destructive step that could never begin, and why in one sentence. */
export interface Unproven {
  readonly step: PlannedStep;
  readonly code: 'backup-not-proven' | 'backup-not-whole';
  readonly message: string;
}

/**
 * Rule 5, seen while planning: what destroys something comes after a backup that this run takes and proves, and that is whole: taken after the step that stops the
 * target's writers, or followed by one that counts and exports what came since. Undefined where every destructive step may begin when its turn comes.
 */
export function findUnproven(steps: readonly PlannedStep[]): Unproven | undefined {
  const byId = new Map(steps.map((step) => [step.id, step]));
  for (const step of steps.filter(({ destructive }) => destructive)) {
    const before = ancestorsOf(step, byId);
    const dumps = [...before].flatMap((one) => dumpOf(one, byId) ?? []);
    if (dumps.length === 0) {
      return { step, code: 'backup-not-proven', message: `Step "${step.name}" destroys something, and no step before it proves a backup (postgres.backup with prove: true, or postgres.prove).` };
    }
    const isCounted = (dump: PlannedStep): boolean => [...before].some((one) => one.uses === 'postgres.loss' && ancestorsOf(one, byId).has(dump));
    const isAfterStop = (dump: PlannedStep): boolean => [...ancestorsOf(dump, byId)].some(({ stopsWriters }) => stopsWriters === true);
    const isStartedAgain = (dump: PlannedStep): boolean => [...before].some((one) => one.startsWriters === true && !ancestorsOf(dump, byId).has(one));
    if (dumps.some((dump) => isCounted(dump) || (isAfterStop(dump) && !isStartedAgain(dump)))) continue;
    return {
      step, code: 'backup-not-whole',
      message: `Step "${step.name}" destroys something, and the backup before it is taken while the target can still write. Put the step that stops the target before the backup (stops-writers: true where it is a program of your own), or a postgres.loss step after it.`,
    };
  }
  return undefined;
}

/** The step that takes the dump which this step proves; a snapshot stands for itself: nobody here can prove one, so it takes a waiver. */
function dumpOf(step: PlannedStep, byId: ReadonlyMap<string, PlannedStep>): PlannedStep | undefined {
  if (step.uses === 'snapshot.create') return step;
  if (step.uses === 'postgres.backup') return step.with['prove'] === true ? step : undefined;
  const named = step.uses === 'postgres.prove' ? step.with['backup'] : undefined;
  return typeof named === 'string' ? byId.get(named) : undefined;
}

function ancestorsOf(step: PlannedStep, byId: ReadonlyMap<string, PlannedStep>): ReadonlySet<PlannedStep> {
  const found = new Set<PlannedStep>();
  const visit = (id: string): void => {
    const one = byId.get(id);
    if (one === undefined || found.has(one)) return;
    found.add(one);
    one.needs.forEach(visit);
  };
  step.needs.forEach(visit);
  return found;
}

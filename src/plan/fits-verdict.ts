import type { Verdict } from '../verdict/verdict.js';
import type { PlannedStep } from './plan.js';

/** Why there can be no plan. */
export interface Misfit {
  readonly code: 'roll-forward' | 'verdict-not-served';
  readonly message: string;
}

/** The actions that do what a verdict says; a program or a line for people that destroys something may do it in a way of its own. */
const serving: Readonly<Partial<Record<Verdict['kind'], { readonly uses: string; readonly what: string }>>> = {
  'clean-history': { uses: 'prisma.history', what: 'settles the migration history' },
  'reverse-migrations': { uses: 'django.reverse', what: 'reverses the migrations' },
  'restore-backup': { uses: 'postgres.restore', what: 'restores a backup' },
};

/** Going back would be worse than staying: no plan is made, whatever the runbook says. */
export function refuseRollForward(verdict: Verdict): Misfit | undefined {
  return verdict.kind === 'roll-forward' ? { code: 'roll-forward', message: `Do not go back: ${said(verdict)}.` } : undefined;
}

/** A plan that leaves out what the verdict asks for would put the old release on a schema that is not its own. */
export function findMisfit(verdict: Verdict, steps: readonly PlannedStep[], runbook: string): Misfit | undefined {
  const served = serving[verdict.kind];
  if (served === undefined) return undefined;
  const { uses, what } = served;
  const own = verdict.kind !== 'clean-history' && steps.some((step) => step.destructive && (step.uses === 'run' || step.uses === 'manual'));
  if (own || steps.some((step) => step.uses === uses)) return undefined;
  return { code: 'verdict-not-served', message: `The verdict is ${verdict.kind} (${said(verdict)}), and runbook "${runbook}" has no step here that ${what} (${uses}).` };
}

function said(verdict: Verdict): string {
  return verdict.reasons.map(({ text }) => text).join('; ');
}

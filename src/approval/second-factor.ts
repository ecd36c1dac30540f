import type { ApprovalPolicy, Plan } from '../plan/plan.js';

/** Wrong codes within this time after which no more are looked at: six digits can be tried. */
export const codeTries = { most: 5, withinMs: 10 * 60_000 } as const;

/** Whether a word for this plan counts only with its speaker's own code: the policy asks for it, and something is destroyed. */
export function needsCode(plan: { readonly steps: Plan['steps']; readonly policy: ApprovalPolicy }): boolean {
  return plan.policy.secondFactor === 'totp' && plan.steps.some((step) => step.destructive);
}

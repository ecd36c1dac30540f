import type { AutoPolicy } from '../plan/plan.js';
import type { VerdictKind } from '../verdict/verdict.js';
import { isPrepare } from '../plan/prepare.js';
import type { RunState } from '../run/state.js';
import { isWithinHours } from './hours.js';

/** Verdicts that themselves say that something is destroyed: listing one lets a destructive plan through, and no other does. */
const destroys: ReadonlySet<VerdictKind> = new Set(['clean-history', 'reverse-migrations', 'restore-backup']);

/**
 * The policy that pre-approves the plan on the table at `now` (PostgreSQL's clock), or undefined: off, not asked for by a watch or an alert that it names, another verdict,
 * another hour, a plan that destroys more than its verdict says, a plan of what remains, or one way back after another without people: those are for people.
 */
export function preapproval(state: RunState, now: number): AutoPolicy | undefined {
  const { plan, raisedBy } = state;
  const auto = plan?.policy.auto;
  if (plan === undefined || auto === undefined || raisedBy === undefined || state.phase !== 'voting' || state.startedAt !== undefined) return undefined;
  // A person who said no ends the run; a plan that somebody already objects to is nobody's to pre-approve.
  if (state.votes.some(({ choice }) => choice === 'reject')) return undefined;
  // Where going back did not help, the trouble is elsewhere: planb would walk through every release there is.
  if (raisedBy.again === true) return undefined;
  const { kind } = plan.verdict;
  if (!auto.by.includes(raisedBy.source === 'rule' ? 'rules' : 'alerts') || !auto.for.includes(kind) || !isWithinHours(auto.hours, now)) return undefined;
  const destructive = plan.steps.some((step) => step.destructive && !isPrepare(step)) || plan.verdict.lost.length > 0;
  return destructive && !destroys.has(kind) ? undefined : auto;
}

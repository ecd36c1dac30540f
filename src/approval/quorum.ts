import type { PersonId, Platform } from '../person.js';
import { preparesOnly } from '../plan/prepare.js';
import { preapproval } from './auto.js';
import type { BrokenGlass, RunState } from '../run/state.js';

/** Approvals of the plan on the table that count at `now`: not expired, by people who may vote now, one a human, the requester's only where the policy says so. */
export function countingVotes(state: RunState, now: number, voters: readonly PersonId[]): readonly { readonly person: PersonId; readonly via: Platform }[] {
  const policy = state.plan?.policy;
  if (policy === undefined) return [];
  return state.votes
    .filter((vote) => vote.choice === 'approve' && vote.expiresAt > now && voters.includes(vote.person))
    .filter((vote) => policy.requesterCounts || vote.person !== state.requester)
    .map(({ person, via }) => ({ person, via }));
}

/** Whether the plan on the table may start: enough people approved, one of those who may start it alone did, its policy approved it beforehand, or it only prepares and needs nobody. */
export function hasQuorum(state: RunState, now: number, voters: readonly PersonId[], breakers: readonly PersonId[] = []): boolean {
  if (state.plan !== undefined && preparesOnly(state.plan)) return true;
  return hasVotes(state, now, voters) || countingGlass(state, now, breakers) !== undefined || preapproval(state, now) !== undefined;
}

/** Whether enough people approved the plan on the table. */
export function hasVotes(state: RunState, now: number, voters: readonly PersonId[]): boolean {
  const needed = state.plan?.policy.people;
  return needed !== undefined && countingVotes(state, now, voters).length >= needed;
}

/** The one who starts the plan on the table alone: not expired, and still among those who may. Without `breakers`, nobody may. */
export function countingGlass({ glass }: RunState, now: number, breakers: readonly PersonId[]): BrokenGlass | undefined {
  return glass !== undefined && glass.expiresAt > now && breakers.includes(glass.person) ? glass : undefined;
}

/** When the plan on the table is void for want of votes: the policy's time after it was posted or after the last approval that still counts. */
export function votingDeadline(state: RunState): number | undefined {
  if (state.phase !== 'voting' || state.plan === undefined || state.plannedAt === undefined) return undefined;
  return Math.max(state.plannedAt + state.plan.policy.expiresMs, state.glass?.expiresAt ?? 0, ...state.votes.filter((vote) => vote.choice === 'approve').map((vote) => vote.expiresAt));
}

import type { PersonId, Platform } from '../person.js';
import { preparesOnly } from '../plan/prepare.js';
import type { RunState } from '../run/state.js';

/** Approvals of the plan on the table that count at `now`: not expired, by people who may vote now, one a human, the requester's only where the policy says so. */
export function countingVotes(state: RunState, now: number, voters: readonly PersonId[]): readonly { readonly person: PersonId; readonly via: Platform }[] {
  const policy = state.plan?.policy;
  if (policy === undefined) return [];
  return state.votes
    .filter((vote) => vote.choice === 'approve' && vote.expiresAt > now && voters.includes(vote.person))
    .filter((vote) => policy.requesterCounts || vote.person !== state.requester)
    .map(({ person, via }) => ({ person, via }));
}

/** Whether the plan on the table may start. One that only prepares needs nobody. */
export function hasQuorum(state: RunState, now: number, voters: readonly PersonId[]): boolean {
  if (state.plan !== undefined && preparesOnly(state.plan)) return true;
  const needed = state.plan?.policy.people;
  return needed !== undefined && countingVotes(state, now, voters).length >= needed;
}

/** When the plan on the table is void for want of votes: the policy's time after it was posted or after the last approval that still counts. */
export function votingDeadline(state: RunState): number | undefined {
  if (state.phase !== 'voting' || state.plan === undefined || state.plannedAt === undefined) return undefined;
  return Math.max(state.plannedAt + state.plan.policy.expiresMs, ...state.votes.filter((vote) => vote.choice === 'approve').map((vote) => vote.expiresAt));
}

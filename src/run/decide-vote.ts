import { preapproval } from '../approval/auto.js';
import { countingGlass, countingVotes, hasQuorum, hasVotes, votingDeadline } from '../approval/quorum.js';
import { needsCode } from '../approval/second-factor.js';
import { accept, refuse, type Decision } from '../refusal.js';
import type { CommandOf } from './command.js';
import { endWith } from './ending.js';
import type { RunEvent } from './events.js';
import type { RunState } from './state.js';

/** One person's word on the plan on the table. Approve may become Reject, never the other way. */
export function castVote(command: CommandOf<'CastVote'>, state: RunState): Decision<readonly RunEvent[]> {
  const { now, person, choice, voters } = command;
  if (!voters.includes(person)) return refuse('not-a-voter', { person, voters: voters.join(', ') });
  if (state.phase === 'planning' && command.digest !== undefined) return refuse('plan-outdated', { run: state.id });
  if (state.phase !== 'voting' || state.plan === undefined || state.digest === undefined) return refuse('not-waiting-for-votes', { run: state.id });
  if (command.digest !== undefined && command.digest !== state.digest) return refuse('plan-outdated', { run: state.id });
  if (isExpired(state, now)) return refuse('vote-expired', { run: state.id });
  const before = state.votes.find((vote) => vote.person === person);
  if (before?.choice === 'reject') return refuse('already-rejected', { run: state.id });
  if (choice === 'approve') {
    if (before !== undefined && before.expiresAt > now) return refuse('already-voted', { run: state.id, since: new Date(before.at).toISOString() });
    if (person === state.requester && !state.plan.policy.requesterCounts) return refuse('requester-may-not-vote', { run: state.id });
    if (command.proven !== true && needsCode(state.plan)) return refuse('second-factor-needed', { run: state.id, words: 'approve' });
  }
  const cast: RunEvent = {
    type: 'VoteCast', at: now, person, choice, digest: state.digest, via: command.via, expiresAt: now + state.plan.policy.expiresMs,
    ...(command.reason === undefined ? {} : { reason: command.reason }),
  };
  if (choice === 'approve') return accept([cast]);
  return accept([cast, ...endWith(state, now, state.startedAt === undefined ? 'rejected' : 'stopped', command.reason)]);
}

/** One person starts the plan on the table alone: only who is named for it, only with a reason, and never what nobody has planned. Rule 5 and drift hold as ever. */
export function breakGlass(command: CommandOf<'BreakGlass'>, state: RunState): Decision<readonly RunEvent[]> {
  const { now, person, breakers } = command;
  const reason = command.reason?.trim() ?? '';
  if (state.phase !== 'voting' || state.plan === undefined || state.digest === undefined) return refuse('not-waiting-for-votes', { run: state.id });
  if (state.plan.policy.breakGlass === undefined) return refuse('break-glass-off', { run: state.id });
  if (!breakers.includes(person)) return refuse('may-not-break-glass', { run: state.id, voters: breakers.join(', ') });
  if (reason === '') return refuse('reason-needed', { run: state.id });
  if (isExpired(state, now)) return refuse('vote-expired', { run: state.id });
  if (state.glass?.person === person && state.glass.expiresAt > now) return refuse('already-voted', { run: state.id, since: new Date(state.glass.at).toISOString() });
  if (command.proven !== true && needsCode(state.plan)) return refuse('second-factor-needed', { run: state.id, words: 'break-glass' });
  return accept([{ type: 'GlassBroken', at: now, person, digest: state.digest, via: command.via, expiresAt: now + state.plan.policy.expiresMs, reason }]);
}

/** Ends a run whose votes did not come together in time. Asked too early it changes nothing. */
export function expirePlan(command: CommandOf<'ExpirePlan'>, state: RunState): Decision<readonly RunEvent[]> {
  if (state.phase !== 'voting' || !isExpired(state, command.now)) return accept([]);
  return accept(endWith(state, command.now, state.startedAt === undefined ? 'expired' : 'stopped'));
}

/**
 * The decision that starts a run, and the only one: every vote is judged again here, by this moment's groups and PostgreSQL's clock, on facts that were
 * read again just before.
 */
export function startRun(command: CommandOf<'StartRun'>, state: RunState): Decision<readonly RunEvent[]> {
  const { now, voters, breakers = [], differences } = command;
  if (state.phase !== 'voting' || state.digest === undefined) return refuse('not-waiting-for-votes', { run: state.id });
  if (command.digest !== state.digest) return refuse('plan-outdated', { run: state.id });
  if (!hasQuorum(state, now, voters, breakers)) return refuse('quorum-not-reached', { run: state.id });
  if (differences.length > 0) return accept([{ type: 'DriftFound', at: now, digest: state.digest, differences }]);
  const approvers = countingVotes(state, now, voters);
  const glass = hasVotes(state, now, voters) ? undefined : countingGlass(state, now, breakers);
  if (glass === undefined) {
    const started: RunEvent = { type: 'RunStarted', at: now, digest: state.digest, approvers };
    const auto = hasVotes(state, now, voters) ? undefined : preapproval(state, now);
    if (auto === undefined || state.raisedBy === undefined) return accept([started]);
    return accept([{ type: 'PlanPreapproved', at: now, digest: state.digest, auto, by: state.raisedBy }, started]);
  }
  const others = approvers.filter((other) => other.person !== glass.person);
  return accept([{ type: 'RunStarted', at: now, digest: state.digest, approvers: [{ person: glass.person, via: glass.via }, ...others], brokenBy: glass.person }]);
}

function isExpired(state: RunState, now: number): boolean {
  const deadline = votingDeadline(state);
  return deadline !== undefined && now >= deadline;
}

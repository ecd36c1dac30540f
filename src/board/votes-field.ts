import { needsCode } from '../approval/second-factor.js';
import { countingVotes, hasQuorum, votingDeadline } from '../approval/quorum.js';
import type { PersonId } from '../person.js';
import { preparesOnly } from '../plan/prepare.js';
import type { RunState } from '../run/state.js';
import type { Language } from './language.js';
import type { Field } from './model.js';
import type { BoardView, MessageView } from './view.js';

/** Those whose vote would still count: they may vote, have not, and are not the requester where the policy excludes that one. */
export function mayStillVote(state: RunState, voters: readonly PersonId[], now: number): readonly PersonId[] {
  const standing = new Set(state.votes.filter((vote) => vote.expiresAt > now || vote.choice === 'reject').map((vote) => vote.person));
  return voters.filter((voter) => !standing.has(voter) && (state.plan?.policy.requesterCounts !== false || voter !== state.requester));
}

/** "1/2 Alice (Slack) · may vote: Bob, Carol · until 03:44 UTC". */
export function votesField(state: RunState, view: BoardView, language: Language): Field {
  const { words, format } = language;
  if (state.plan !== undefined && preparesOnly(state.plan)) return { label: words.board.labels.votes, text: [words.board.noVotes], weight: 3 };
  const counting = countingVotes(state, view.now, view.voters);
  const given = counting.map(({ person, via }) => words.board.approver(view.people(person), words.board.platforms[via]));
  const open = mayStillVote(state, view.voters, view.now);
  const excluded = state.plan?.policy.requesterCounts === false && view.voters.includes(state.requester);
  const deadline = votingDeadline(state);
  const parts = [
    words.board.votes(counting.length, state.plan?.policy.people ?? 0, given),
    ...(hasQuorum(state, view.now, view.voters, view.breakers) ? [words.board.enough] : [
      open.length === 0 ? words.board.nobodyLeft : words.board.mayVote(fewNames(open, view, language).join(', ')),
      ...(excluded ? [words.board.requesterExcluded] : []),
      ...(deadline === undefined ? [] : [words.board.untilTime(format.time(deadline, view.now))]),
    ]),
    ...(state.plan !== undefined && needsCode(state.plan) ? [words.board.codeNeeded] : []),
  ];
  return { label: words.board.labels.votes, text: [parts.join(' · ')], weight: 3 };
}

/** At most five names; the rest is counted, so that a large group does not push the question off the screen. */
export function fewNames(people: readonly PersonId[], view: MessageView, language: Language): readonly string[] {
  const names = people.map(view.people);
  return names.length <= 5 ? names : [...names.slice(0, 4), language.words.board.people(names.length - 4)];
}

import { countingVotes } from '../approval/quorum.js';
import type { Answer } from '../command/command.js';
import type { PersonId } from '../person.js';
import type { RunState } from '../run/state.js';
import { cleanReply } from './clean.js';
import { languageOf } from './language.js';
import type { Line, Reply } from './model.js';
import { answerLabel } from './question.js';
import type { ReplyView } from './reply-input.js';
import type { Question } from './situation.js';
import { questionOf } from './situation.js';
import { stepPlace, subjectOf } from './subject.js';
import { fewNames, mayStillVote } from './votes-field.js';

/** "Approved, 1/2. Still needed: one of Bob, Carol." `state` is the run after the vote. */
export function voteReply(choice: 'approve' | 'reject', state: RunState, voters: readonly PersonId[], view: ReplyView): Reply {
  const language = languageOf(view.locale);
  const words = language.words.replies;
  if (choice === 'reject') return say(words.rejected(state.id));
  const needed = state.plan?.policy.people ?? 0;
  const given = Math.max(countingVotes(state, view.now, voters).length, state.phase === 'running' ? needed : 0);
  if (given >= needed) return say(`${words.approved(given, needed)} ${words.starts}`);
  const open = mayStillVote(state, voters, view.now);
  const next = open.length === 0 ? words.nobodyElse : words.stillNeeded(needed - given, fewNames(open, view, language).join(', '));
  return say(`${words.approved(given, needed)} ${next}`);
}

/** Somebody takes it on alone. */
export function glassReply(run: string, view: ReplyView): Reply {
  return say(languageOf(view.locale).words.replies.alone(run));
}

/** What an answer at a step did. `state` is the run after it; a first of two answers is still a proposal there. */
export function answerReply(answer: Answer, step: string, state: RunState, voters: readonly PersonId[], view: ReplyView): Reply {
  const language = languageOf(view.locale);
  const words = language.words.replies;
  const asked = questionOf(state, step);
  const proposal = asked?.step.proposal;
  if (asked !== undefined && proposal?.answer === answer) {
    const others = voters.filter((voter) => voter !== proposal.person);
    return say(words.proposed(labelOf(answer, asked, view), language.format.anyOf(fewNames(others, view, language))));
  }
  return say(words.answered[answer](stepPlace(state, step, language)));
}

export function stopReply(state: RunState, view: ReplyView): Reply {
  const words = languageOf(view.locale).words.replies;
  return say(state.phase === 'ended' ? words.stopped(state.id) : words.stopRequested(state.id));
}

/** A request was taken on; its board is being posted. */
export function acceptedReply(state: RunState, view: ReplyView, link?: string): Reply {
  const language = languageOf(view.locale);
  return withLink(language.words.replies.accepted(state.id, subjectOf(state, language)), view, link);
}

/** Handling a command failed by a fault of planb's own. */
export function faultReply(view: ReplyView): Reply {
  return say(languageOf(view.locale).words.replies.fault(view.command));
}

export function noteReply(run: string, view: ReplyView): Reply {
  return say(languageOf(view.locale).words.replies.noted(run));
}

/** `release`: what the target's own files name now. */
export function unholdReply(target: string, release: string | undefined, view: ReplyView): Reply {
  return say(languageOf(view.locale).words.replies.unheld(target, release));
}

function labelOf(answer: Answer, question: Question, view: ReplyView): string {
  return answerLabel(answer, question, languageOf(view.locale));
}

function withLink(text: string, view: ReplyView, link: string | undefined): Reply {
  const lines: readonly Line[] = [[text], ...(link === undefined ? [] : [[{ link: languageOf(view.locale).words.replies.seeBoard, url: link }]])];
  return cleanReply({ lines });
}

function say(text: string): Reply {
  return cleanReply({ lines: [[text]] });
}

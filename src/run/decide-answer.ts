import type { Answer } from '../command/command.js';
import { accept, refuse, type Decision } from '../refusal.js';
import type { CommandOf } from './command.js';
import { endWith } from './ending.js';
import type { RunEvent } from './events.js';
import { peopleAwaited, peoplePresent } from './presence.js';
import { stepState, type RunState, type StepState } from './state.js';

const answersFor: Readonly<Record<'failed' | 'unknown' | 'awaiting', readonly Answer[]>> = {
  failed: ['retry', 'skip', 'stop'],
  unknown: ['done', 'retry', 'stop'],
  awaiting: ['done', 'failed', 'stop'],
};

type WaitingStatus = keyof typeof answersFor;

/** What fits at a step that waits. Only what cannot be proven can be waived, never what was not tried or came out wrong; and nobody says of others that they are here. */
function fittingAnswers(step: StepState, awaited: number | undefined): readonly Answer[] {
  if (step.status === 'awaiting' && awaited !== undefined) return ['here', 'stop'];
  const answers = answersFor[step.status as WaitingStatus];
  return mayBeWaived(step) ? ['waive', ...answers] : answers;
}

export function mayBeWaived(step: StepState): boolean {
  return step.status === 'failed' && step.error?.code === 'backup-not-provable';
}

/** The steps at which a person is asked, in the plan's order. */
export function waitingSteps(state: RunState): readonly StepState[] {
  return state.phase === 'running' ? state.steps.filter((step) => step.status in answersFor) : [];
}

/** A person's answer at a step that waits. Retry, Skip, Waive and It was done of a destructive step need a second person. */
export function answerStep(command: CommandOf<'AnswerStep'>, state: RunState): Decision<readonly RunEvent[]> {
  const { now, person, voters, answer } = command;
  if (!voters.includes(person)) return refuse('not-a-voter', { person, voters: voters.join(', ') });
  const found = waitingStep(command, state);
  if (!found.ok) return found;
  const step = found.value;
  const planned = state.plan?.steps.find((other) => other.id === step.id);
  const awaited = peopleAwaited(planned);
  const fitting = fittingAnswers(step, awaited);
  if (!fitting.includes(answer)) return refuse('answer-does-not-fit', { run: state.id, step: planned?.name ?? step.id, answers: fitting.join(', ') });
  const reason = command.reason === undefined ? {} : { reason: command.reason };
  const given = (people: readonly string[]): RunEvent => ({ type: 'AnswerGiven', at: now, step: step.id, attempt: step.attempt, answer, people, ...reason });
  if (answer === 'stop') return accept([given([person]), ...endWith(state, now, 'stopped', command.reason)]);
  if (answer === 'here') return accept(sayHere(command, step, awaited ?? 1));
  const needsSecond = planned?.destructive === true && step.status !== 'awaiting';
  if (!needsSecond) return accept([given([person])]);
  if (command.proven !== true && state.plan?.policy.secondFactor === 'totp') return refuse('second-factor-needed', { run: state.id, words: answer });
  // Whoever left the group since is no second person any more.
  const proposal = step.proposal !== undefined && voters.includes(step.proposal.person) ? step.proposal : undefined;
  if (proposal?.answer !== answer) return accept([{ type: 'AnswerProposed', at: now, step: step.id, attempt: step.attempt, answer, person, ...reason }]);
  if (proposal.person === person) return refuse('second-person-needed', { run: state.id, step: planned.name });
  return accept([given([proposal.person, person])]);
}

/** Each person counts once, and as long as they may vote; the last of them lets the run go on. */
function sayHere({ now, person, voters }: CommandOf<'AnswerStep'>, step: StepState, awaited: number): readonly RunEvent[] {
  const of = { at: now, step: step.id, attempt: step.attempt };
  const before = peoplePresent(step, voters);
  if (before.includes(person)) return [];
  const people = [...before, person];
  const present: readonly RunEvent[] = (step.present ?? []).includes(person) ? [] : [{ type: 'PersonPresent', ...of, person }];
  return people.length < awaited ? present : [...present, { type: 'AnswerGiven', ...of, answer: 'here', people }];
}

function waitingStep(command: CommandOf<'AnswerStep'>, state: RunState): Decision<StepState> {
  if (command.step !== undefined) {
    const step = stepState(state, command.step);
    const current = step !== undefined && step.attempt === command.attempt && waitingSteps(state).includes(step);
    return current ? accept(step) : refuse('button-outdated', { run: state.id });
  }
  const waiting = waitingSteps(state);
  const [first, second] = waiting;
  if (first === undefined) return refuse('not-waiting-for-an-answer', { run: state.id });
  if (second !== undefined) return refuse('answer-does-not-fit', { run: state.id, step: waiting.map((step) => step.id).join(', '), answers: '' });
  return accept(first);
}

/** Stops a run at any point before its end. Who may vote may stop; so may the one who asked, while nothing has started. */
export function stopRun(command: CommandOf<'StopRun'>, state: RunState): Decision<readonly RunEvent[]> {
  const { now, person, voters } = command;
  const ownRequest = person === state.requester && state.startedAt === undefined;
  if (!voters.includes(person) && !ownRequest) return refuse('not-a-voter', { person, voters: voters.join(', ') });
  if (state.phase === 'ending') return accept([]);
  const reason = command.reason === undefined ? {} : { reason: command.reason };
  return accept([{ type: 'StopRequested', at: now, person, ...reason }, ...endWith(state, now, 'stopped', command.reason)]);
}

import { hasQuorum } from '../approval/quorum.js';
import { offersOf } from '../migration/offers.js';
import type { DataChoice } from '../migration/scenario.js';
import { mayBeWaived } from '../run/decide-answer.js';
import type { RunState, StepState } from '../run/state.js';
import { shorten } from './clean.js';
import type { Language } from './language.js';
import type { Button, ButtonAction } from './model.js';
import { lostText } from './plan-fields.js';
import { plannedStep, ranOutOfTime } from './plan-reading.js';
import type { Question, Situation } from './situation.js';
import { subjectOf } from './subject.js';
import type { BoardView, ButtonMeaning } from './view.js';
import { mayStillVote } from './votes-field.js';

const styles: Record<ButtonAction, Button['style']> = {
  'approve': 'primary', 'reject': 'danger', 'details': 'plain', 'stop': 'danger', 'plan-again': 'primary',
  'retry': 'primary', 'skip': 'plain', 'it-was-done': 'plain', 'waive': 'danger', 'done': 'primary', 'failed': 'danger', 'here': 'primary', 'bring-back': 'primary', 'accept-loss': 'danger',
};

/** The buttons that do something at this moment, and no other: a board never shows a dead one. */
export function buildButtons(situation: Situation, state: RunState, view: BoardView, language: Language): readonly Button[] {
  if (view.readOnly === true) return [];
  return actionsOf(situation, state, view).map((action) => {
    const step = situation.kind === 'question' ? situation.step : undefined;
    const confirm = confirmation(action, state, step, language);
    return {
      action,
      label: language.words.board.buttons[action],
      id: view.buttonId(action, meaningOf(action, state, step)),
      style: styles[action],
      ...(confirm === undefined ? {} : { confirm }),
    };
  });
}

function actionsOf(situation: Situation, state: RunState, view: BoardView): readonly ButtonAction[] {
  switch (situation.kind) {
    case 'planning':
      return ['stop'];
    case 'voting':
      // Between the last vote and the start, and when nobody is left who may approve, only Reject still means something.
      return mayStillVote(state, view.voters, view.now).length === 0 || hasQuorum(state, view.now, view.voters, view.breakers) ? ['reject', 'details'] : ['approve', 'reject', 'details'];
    case 'running':
      return ['stop', 'details'];
    case 'question':
      return buttonsAt(situation);
    case 'stopping':
      return ['details'];
    case 'ended': {
      const offers = offersOf(state);
      if (offers !== undefined) return [...offers.map((one) => offerActions[one]), 'plan-again'];
      return situation.outcome === 'expired' || (situation.outcome === 'stopped' && ranOutOfTime(state)) ? ['plan-again'] : [];
    }
    default:
      return unreachable(situation);
  }
}

const offerActions: Record<DataChoice, ButtonAction> = { sync: 'bring-back', accept: 'accept-loss' };

const questionActions: Record<Question['about'], readonly ButtonAction[]> = {
  failed: ['retry', 'skip', 'stop', 'details'],
  unknown: ['it-was-done', 'retry', 'stop', 'details'],
  manual: ['done', 'failed', 'stop', 'details'],
  present: ['here', 'stop', 'details'],
};

/** The buttons of a step that waits for a person. */
export function buttonsAt({ about, step }: Pick<Question, 'about' | 'step'>): readonly ButtonAction[] {
  return mayBeWaived(step) ? ['waive', ...questionActions[about]] : questionActions[about];
}

/** A vote belongs to a digest, an answer to an attempt: a click on an old message then means an old question. */
function meaningOf(action: ButtonAction, state: RunState, step: StepState | undefined): ButtonMeaning {
  switch (action) {
    case 'approve':
    case 'reject':
      return state.digest === undefined ? {} : { digest: state.digest };
    case 'retry':
    case 'skip':
    case 'waive':
    case 'it-was-done':
    case 'done':
    case 'failed':
    case 'here':
      return step === undefined ? {} : { step: step.id, attempt: step.attempt };
    case 'stop':
      return step === undefined ? {} : { step: step.id, attempt: step.attempt };
    case 'details':
    case 'plan-again':
    case 'bring-back':
    case 'accept-loss':
      return {};
    default:
      return unreachable(action);
  }
}

/** Asked where something is lost or where a slip of the thumb would end a paused run. */
function confirmation(action: ButtonAction, state: RunState, step: StepState | undefined, language: Language): Button['confirm'] | undefined {
  const { confirm, buttons } = language.words.board;
  const loses = (state.plan?.verdict.lost.length ?? 0) > 0;
  const loss = confirm.loses(lostText(state, language));
  const ask = (title: string, text: string): Button['confirm'] => ({ title, text: shorten(text, 900), yes: buttons[action], no: confirm.back });
  switch (action) {
    case 'approve':
      return loses ? ask(confirm.title.approve, `${subjectOf(state, language)}. ${loss}`) : undefined;
    case 'reject':
      // Of a paused run Reject is also the end, with the target half way.
      return state.startedAt === undefined ? undefined : ask(confirm.title.reject, language.words.board.remainingPlan);
    case 'retry':
    case 'skip':
    case 'waive':
    case 'it-was-done': {
      const planned = step === undefined ? undefined : plannedStep(state, step.id);
      if (planned?.destructive !== true) return undefined;
      const answer = action === 'it-was-done' ? 'done' : action;
      const second = step?.proposal?.answer === answer ? [] : [confirm.second];
      return ask(confirm.title[action], [planned.name, ...(loses ? [loss] : []), ...second].join('. '));
    }
    default:
      return undefined;
  }
}

function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}

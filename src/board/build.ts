import { isPassed, type RunState } from '../run/state.js';
import { buildButtons } from './buttons.js';
import { cleanBoard } from './clean.js';
import { glassFields } from './glass-field.js';
import { endedFields, endedTitle, endedTone } from './ended.js';
import { languageOf, type Language } from './language.js';
import { planningFields, runningFields, stoppingFields, votingFields } from './live-fields.js';
import type { BoardModel, Field } from './model.js';
import { questionFields, questionTitle } from './question.js';
import { situationOf, type Situation } from './situation.js';
import { subjectLine } from './subject.js';
import { buildTasks } from './tasks.js';
import type { BoardView } from './view.js';

/**
 * What one board shows now, in the order of a tired person's questions: what does the service do, what is planb about to do or waiting for, what is
 * lost, who must act. Pure; the same state and view give the same board, so an unchanged board needs no edit (as long as `view.buttonId` gives the same ids).
 */
export function buildBoard(state: RunState, view: BoardView): BoardModel {
  const language = languageOf(view.locale);
  const situation = situationOf(state);
  return cleanBoard({
    run: state.id,
    locale: view.locale,
    tone: toneOf(situation, state),
    title: titleOf(situation, state, view, language),
    fields: [...glassFields(state, view, language), ...fieldsOf(situation, state, view, language)],
    tasks: buildTasks(state, view, language),
    tasksTitle: language.words.board.steps(state.steps.filter(isPassed).length, state.steps.length),
    buttons: buildButtons(situation, state, view, language),
    urgent: situation.kind === 'voting' || situation.kind === 'question' || situation.kind === 'ended',
  });
}

function toneOf(situation: Situation, state: RunState): BoardModel['tone'] {
  switch (situation.kind) {
    case 'planning':
      return 'planning';
    case 'voting':
      return 'waiting';
    case 'running':
    case 'stopping':
      return 'running';
    case 'question':
      return 'question';
    case 'ended':
      return endedTone(situation.outcome, state);
    default:
      return unreachable(situation);
  }
}

function titleOf(situation: Situation, state: RunState, view: BoardView, language: Language): string {
  switch (situation.kind) {
    case 'planning':
    case 'voting':
      return state.startedAt === undefined ? subjectLine(state, language) : `${language.words.board.paused} · ${subjectLine(state, language)}`;
    case 'running':
      return subjectLine(state, language);
    case 'stopping':
      return `${language.words.board.stopping} · ${subjectLine(state, language)}`;
    case 'question':
      return questionTitle(situation, state, view, language);
    case 'ended':
      return endedTitle(situation.outcome, state, view, language);
    default:
      return unreachable(situation);
  }
}

function fieldsOf(situation: Situation, state: RunState, view: BoardView, language: Language): readonly Field[] {
  switch (situation.kind) {
    case 'planning':
      return planningFields(state, view, language);
    case 'voting':
      return votingFields(state, view, language);
    case 'running':
      return runningFields(state, view, language);
    case 'stopping':
      return stoppingFields(state, view, language);
    case 'question':
      return questionFields(situation, state, view, language);
    case 'ended':
      return endedFields(situation.outcome, state, view, language);
    default:
      return unreachable(situation);
  }
}

function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}

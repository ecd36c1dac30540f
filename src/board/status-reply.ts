import { countingVotes, votingDeadline } from '../approval/quorum.js';
import type { RunState } from '../run/state.js';
import { buildBoard } from './build.js';
import { cleanReply } from './clean.js';
import { endedTitle } from './ended.js';
import { languageOf, type Language } from './language.js';
import type { Field, Line, Reply } from './model.js';
import { questionTitle } from './question.js';
import { situationOf } from './situation.js';
import { stepPlace, subjectLine } from './subject.js';
import type { BoardView } from './view.js';

/** What a status needs: a board's view without its buttons. */
export type StatusView = Omit<BoardView, 'buttonId' | 'readOnly'>;

/** One live run as `status` lists it. */
export interface LiveRun {
  readonly state: RunState;
  readonly view: StatusView;
  /** Opens its board. */
  readonly link?: string;
}

/** All live runs, a line each; the targets that are held, and the watches. */
export function statusReply(runs: readonly LiveRun[], held: readonly { readonly target: string; readonly line: string }[], view: Pick<BoardView, 'locale'>, watches: readonly Line[] = []): Reply {
  const language = languageOf(view.locale);
  const words = language.words.replies;
  const lines: readonly Line[] = [
    [runs.length === 0 ? words.noLiveRuns : words.runs(runs.length)],
    ...runs.map((run) => runLine(run, language)),
    ...held.map(({ target, line }): Line => [{ bold: target }, ` ${words.held(line)}`]),
    ...watches,
  ];
  return cleanReply({ lines });
}

/** One run, as its board shows it, with the checklist below. */
export function runStatusReply(run: LiveRun): Reply {
  const board = buildBoard(run.state, { ...run.view, readOnly: true, buttonId: () => '' });
  const lines: readonly Line[] = [[{ bold: board.title }], ...board.fields.map(fieldLine), ...linkLine(run, languageOf(run.view.locale))];
  const block = board.tasks.map((task, index) => `${index + 1}. ${task.title}: ${task.note}`).join('\n');
  return cleanReply({ lines, ...(block === '' ? {} : { block }) });
}

function runLine(run: LiveRun, language: Language): Line {
  const { state, view, link } = run;
  const text = `${subjectLine(state, language)} · ${situationText(state, view, language)}`;
  return link === undefined ? [text] : [`${text} · `, { link: language.words.replies.seeBoard, url: link }];
}

function linkLine(run: LiveRun, language: Language): readonly Line[] {
  return run.link === undefined ? [] : [[{ link: language.words.replies.seeBoard, url: run.link }]];
}

function fieldLine(field: Field): Line {
  return field.label === '' ? field.text : [{ bold: field.label }, ' ', ...field.text];
}

function situationText(state: RunState, view: StatusView, language: Language): string {
  const words = language.words.replies;
  const situation = situationOf(state);
  switch (situation.kind) {
    case 'planning':
      return words.planning;
    case 'voting': {
      const deadline = votingDeadline(state);
      const votes = `${countingVotes(state, view.now, view.voters).length}/${state.plan?.policy.people ?? 0}`;
      return [words.waitsForVotes(votes), ...(deadline === undefined ? [] : [language.words.board.untilTime(language.format.time(deadline, view.now))])].join(' ');
    }
    case 'running': {
      const running = state.steps.filter((step) => step.status === 'running' || step.status === 'retrying').map((step) => stepPlace(state, step.id, language));
      return running.length === 0 ? language.words.board.starting : words.runningStep(running.join(', '));
    }
    case 'question':
      return questionTitle(situation, state, view, language);
    case 'stopping':
      return words.stopping;
    case 'ended':
      return endedTitle(situation.outcome, state, view, language);
    default:
      return unreachable(situation);
  }
}

function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}

import type { PlannedStep } from '../plan/plan.js';
import type { RunState, StepState } from '../run/state.js';
import { languageOf, type Language } from './language.js';
import type { Details, Line } from './model.js';
import { plannedStep } from './plan-reading.js';
import { planSections, showJson, type DetailsSection } from './details-plan.js';
import { stepPlace, subjectLine } from './subject.js';
import { buildTasks } from './tasks.js';
import { buildTimeline } from './timeline.js';
import type { DetailsView } from './view.js';

/** Nothing is left out here, and a heading stays one line. */
const longestName = 500;

/** Everything behind a board, for its thread: the plan with its exact commands, what was read when, receipts, errors with their last output, the timeline. */
export function buildDetails(state: RunState, view: DetailsView): Details {
  const language = languageOf(view.locale);
  const words = language.words.details;
  const notes = state.notes.map((note): Line => [words.events.note(view.people(note.person), note.text)]);
  return {
    title: words.title(subjectLine(state, language)),
    sections: [
      ...planSections(state, view, language),
      ...state.steps.map((step) => stepSection(step, state, view, language)),
      ...(notes.length === 0 ? [] : [{ heading: words.headings.notes, lines: notes }]),
      { heading: words.headings.timeline, lines: [...buildTimeline(state, view, language), ...(view.head === undefined ? [] : [[words.record(view.head.version, view.head.hash.slice(0, 16))]])] },
    ],
  };
}

function stepSection(step: StepState, state: RunState, view: DetailsView, language: Language): DetailsSection {
  const words = language.words.details;
  const planned = plannedStep(state, step.id);
  const note = buildTasks(state, view, language).find((task) => task.id === step.id)?.note ?? '';
  const lines: Line[] = [
    ...(planned === undefined ? [] : [[traits(planned, language)]]),
    [words.status(note)],
    ...(step.error === undefined ? [] : [[words.error(step.error.code, step.error.message)]]),
    ...(step.saw === undefined ? [] : [[words.probe(step.saw)]]),
    ...(step.instructions === undefined ? [] : [[words.manual(step.instructions)]]),
    ...Object.entries(step.receipt ?? {}).filter(([key]) => key !== 'saidBy').map(([key, value]): Line => [words.receipt(`${key} = ${showJson(value)}`)]),
  ];
  const commands = planned?.commands ?? [];
  const tail = step.error?.tail;
  const block = [...commands.map((command) => `$ ${command}`), ...(tail === undefined ? [] : ['', `${words.output}:`, tail])].join('\n').trim();
  return { heading: words.headings.step(stepPlace(state, step.id, language, longestName)), lines, ...(block === '' ? {} : { block }) };
}

/** "compose.release, acts once, DESTRUCTIVE, time limit 10 min". */
function traits(planned: PlannedStep, language: Language): string {
  const words = language.words.details;
  const { format } = language;
  return [
    planned.uses,
    words.effect[planned.effect],
    ...(planned.destructive ? [words.destructive] : []),
    ...(planned.check ? [words.check] : []),
    ...(planned.prepare ? [words.prepare] : []),
    words.timeout(format.duration(planned.timeoutMs)),
    ...(planned.retry.max > 0 ? [words.tries(planned.retry.max + 1, format.duration(planned.retry.delayMs))] : []),
    ...(planned.continueOnError ? [words.continues] : []),
    ...(planned.on === undefined ? [] : [words.on(planned.on)]),
  ].join(', ');
}

import type { RunEvent } from '../run/events.js';
import { stepName } from '../board/plan-reading.js';
import { prose, table } from './markdown.js';
import type { ReportInput } from './report-input.js';
import type { Speech } from './speech.js';

interface Moment {
  readonly at: number;
  readonly text: string;
}

/** Everything that happened, from the release's going live to the last note, oldest first. */
export function timelineTable(input: ReportInput, speech: Speech): readonly string[] {
  const { words } = speech;
  const from = input.state.plan?.from;
  const moments: readonly Moment[] = [
    ...(input.liveSince === undefined || from === undefined ? [] : [{ at: input.liveSince, text: words.events.live(prose(from.name)) }]),
    ...input.outages.flatMap(({ from: began, until, saw }) => [{ at: began, text: words.events.down(prose(saw, 120)) }, ...(until === undefined ? [] : [{ at: until, text: words.events.up }])]),
    ...input.events.flatMap((event) => {
      const text = sayEvent(event, input, speech);
      return text === undefined ? [] : [{ at: event.at, text }];
    }),
  ];
  // Sorting is stable, so events of one instant stay in the order of the record.
  const rows = [...moments].sort((a, b) => a.at - b.at).map(({ at, text }) => [speech.moment(at).replace(' UTC', ''), text]);
  return table([words.table.time, words.table.what], rows);
}

function sayEvent(event: RunEvent, { state, people }: ReportInput, { words, language }: Speech): string | undefined {
  const { events } = words;
  const { board, details } = language.words;
  const name = (person: string): string => prose(people(person), 80);
  const reason = (text: string | undefined): string => (text === undefined ? '' : prose(text, 300));
  const step = (id: string): string => prose(stepName(state, id), 120);
  const answer = (word: string): string => (Object.hasOwn(board.buttons, word) ? board.buttons[word as keyof typeof board.buttons] : word);
  switch (event.type) {
    case 'RunRequested':
      if (event.raisedBy !== undefined) return reason(event.reason);
      return events.asked(name(event.requester), board.platforms[event.place.platform], reason(event.reason));
    case 'PlanningFailed':
      return events.noPlan(prose(event.message, 300));
    case 'PlanPosted':
      return events.planned;
    case 'DriftFound':
      return events.drift(event.differences.slice(0, 4).map((one) => prose(board.driftPlanned(one.label, one.planned, one.now), 200)).join('; '));
    case 'VoteCast':
      return event.choice === 'approve' ? events.approved(name(event.person), board.platforms[event.via]) : events.rejected(name(event.person), board.platforms[event.via], reason(event.reason));
    case 'GlassBroken':
      return events.glassBroken(name(event.person), board.platforms[event.via], reason(event.reason));
    case 'PlanPreapproved':
      return language.words.watch.preapproved(event.by.source, prose(event.by.name, 120));
    case 'RunStarted':
      return event.brokenBy === undefined ? events.started : events.startedAlone(name(event.brokenBy));
    case 'StepStarted':
      return events.stepStarted(step(event.step), event.attempt);
    case 'StepSucceeded':
      return event.found === undefined ? events.stepDone(step(event.step)) : events.stepFound(step(event.step));
    case 'StepFailed':
      return events.stepFailed(step(event.step), prose(event.error.message, 300));
    case 'StepBlocked':
      return events.stepBlocked(step(event.step), prose(event.error.message, 300));
    case 'StepOutcomeUnknown':
      return events.stepUnknown(step(event.step), prose(event.saw, 300));
    case 'StepCancelled':
      return events.stepCancelled(step(event.step));
    case 'PersonAwaited':
      return events.awaited(step(event.step));
    case 'PersonPresent':
      return events.present(name(event.person), step(event.step));
    case 'AnswerProposed':
      return events.proposed(name(event.person), answer(event.answer), step(event.step));
    case 'AnswerGiven':
      // Everybody's own word stands above.
      if (event.answer === 'here') return undefined;
      return events.answered(event.people.map(name).join(', '), answer(event.answer), step(event.step), reason(event.reason));
    case 'StopRequested':
      return events.stop(name(event.person), reason(event.reason));
    case 'RunEnding':
      return undefined;
    case 'RunEnded':
      return events.ended(details.outcomes[event.outcome]);
    case 'PeopleReminded':
      return event.nth === 0 ? undefined : event.nth === 1 ? events.called : events.escalated;
    case 'NoteAdded':
      return events.note(name(event.person), prose(event.text));
    case 'CommandRefused':
      return events.refused(name(event.who), prose(event.command, 40), event.code);
    default:
      throw new Error(`unreachable: ${JSON.stringify(event satisfies never)}`);
  }
}

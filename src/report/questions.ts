import { howItBegan } from './cause.js';
import { prose } from './markdown.js';
import type { ReportInput } from './report-input.js';
import type { Speech } from './speech.js';

/** The guides' questions, each with what the record says to it, and room for what only people know. */
export function questionLines(input: ReportInput, speech: Speech, facts: { readonly effect: string; readonly lost: string }): readonly string[] {
  const { words } = speech;
  const { questions } = words;
  const began = howItBegan(input, speech).join(' ');
  const reason = input.state.reason === undefined ? '' : `${prose(input.people(input.state.requester), 80)}: ${prose(input.state.reason, 300)}`;
  const asked: readonly (readonly [question: string, known: string])[] = [
    [questions.wrong, reason], [questions.testing, ''], [questions.signals, ''], [questions.detection, began], [questions.effective, facts.effect], [questions.data, facts.lost], [questions.future, ''],
  ];
  return asked.flatMap(([question, known], index) => [`${index + 1}. **${question}**`, ...(known === '' ? [] : [`   ${words.fromRecord(known)}`]), `   ${words.answer}`, '']);
}

import { buildTasks } from '../board/tasks.js';
import { shortDigests } from '../board/details-plan.js';
import type { Json, JsonObject } from '../plan/plan.js';
import type { StepState } from '../run/state.js';
import { prose, table } from './markdown.js';
import type { ReportInput } from './report-input.js';
import type { Speech } from './speech.js';

const shownKeys = 6;

/** Each step with what became of it, how long it took and what its receipt proves. */
export function stepsTable(input: ReportInput, { words, language, duration }: Speech): readonly string[] {
  const { state } = input;
  const tasks = buildTasks(state, input, language);
  const rows = state.steps.flatMap((step, index) => {
    const task = tasks.find(({ id }) => id === step.id);
    if (task === undefined) return [];
    return [[String(index + 1), prose(task.title, 120), prose(task.note, 200), took(step, duration), String(step.attempt), prose(receiptText(step.receipt ?? {}), 300)]];
  });
  return table(['#', words.table.step, words.table.outcome, words.table.duration, words.table.tries, words.table.receipt], rows);
}

/** With the waiting between its tries: what the incident spent on it. */
function took({ firstStartedAt, changedAt }: StepState, duration: Speech['duration']): string {
  return firstStartedAt === undefined || changedAt === undefined ? '' : duration(changedAt - firstStartedAt);
}

/** What fits a table: single values. Lists and objects are in the details. */
function receiptText(receipt: JsonObject): string {
  const single = Object.entries(receipt).filter((entry): entry is [string, Exclude<Json, object>] => entry[0] !== 'saidBy' && entry[1] !== null && typeof entry[1] !== 'object');
  return single.slice(0, shownKeys).map(([key, value]) => `${key} ${shortDigests(String(value)).slice(0, 80)}`).join(', ');
}

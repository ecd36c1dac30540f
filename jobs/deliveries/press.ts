import type { JsonObject } from '../../src/plan/plan.js';
import type { ButtonMeaning, BoardRecord, OutgoingMessage } from '../../src/ports/store.js';
import { isWorthReport } from '../../src/report/build-report.js';
import { loadRun } from '../record.js';
import { runDetails } from '../run-details.js';
import { requestRun } from './request-run.js';
import type { Handled, Sender } from './sender.js';
import { speakToRun } from './speak-to-run.js';

/** A pressed button: what it meant when it was shown is stored, so that a press on an old message is recognised as one. */
export async function press(sender: Sender, button: string, reason: string | undefined): Promise<Handled> {
  const meaning = await sender.parts.store.buttonMeaning(button);
  if (meaning === undefined) return sender.refusal({ code: 'button-outdated', details: {} });
  // A copy of a board, left behind by a crash or carried elsewhere, has buttons that look alive.
  const foreignButton = await isForeign(sender, meaning.run);
  const said = { meaning, foreignButton, ...(reason === undefined ? {} : { reason }) };
  switch (meaning.action) {
    case 'approve':
    case 'reject':
      return speakToRun(sender, meaning.run, { kind: 'vote', choice: meaning.action }, said);
    case 'retry':
    case 'skip':
    case 'waive':
    case 'here':
    case 'stop':
    case 'done':
    case 'failed':
      return speakToRun(sender, meaning.run, { kind: 'answer', answer: meaning.action }, said);
    case 'it-was-done':
      return speakToRun(sender, meaning.run, { kind: 'answer', answer: 'done' }, said);
    case 'details':
    case 'plan-again':
    case 'bring-back':
    case 'accept-loss':
      if (foreignButton) return sender.refusal({ code: 'button-outdated', details: { run: meaning.run } });
      return meaning.action === 'details' ? details(sender, meaning.run) : planAgain(sender, meaning, chosen(meaning.action));
    default:
      return sender.refusal({ code: 'button-outdated', details: { run: meaning.run } });
  }
}

/** Whether the message of the button is none of the run's boards. One that is being posted is known by its place only. */
async function isForeign({ parts, delivery: { place } }: Sender, run: string): Promise<boolean> {
  const here = (await parts.store.boardsOf(run)).filter(({ platform, channel }) => platform === place.platform && channel === place.channel);
  return place.message !== undefined && !here.some(({ message }) => message === undefined || message === place.message);
}

async function details(sender: Sender, run: string): Promise<Handled> {
  const { parts, delivery } = sender;
  const person = sender.person();
  if (!person.ok) return sender.refusal(person.refusal);
  const loaded = await loadRun(parts, run);
  const board = (await parts.store.boardsOf(run)).find((one) => isWhere(one, delivery.place));
  if (board === undefined) return sender.refusal({ code: 'button-outdated', details: { run } });
  // Once more: people may have left notes since.
  const { platform, channel, thread } = board;
  const report: readonly OutgoingMessage[] = isWorthReport(loaded.state) ? [{ kind: 'report', key: `report:${delivery.id}`, run, to: { platform, channel, ...(thread === undefined ? {} : { thread }) } }] : [];
  return { outcome: `details ${run}`, messages: [{ kind: 'details', key: `details:${delivery.id}`, run, board: board.id, details: await runDetails(parts, loaded, board.locale) }, ...report] };
}

function isWhere(board: BoardRecord, place: Sender['delivery']['place']): boolean {
  return board.platform === place.platform && board.channel === place.channel && (place.message === undefined || board.message === place.message);
}

/** What the question of a return from a migration is answered with. */
function chosen(action: string): JsonObject {
  return action === 'bring-back' ? { scenario: 'day-later', data: 'sync' } : action === 'accept-loss' ? { scenario: 'day-later', data: 'accept' } : {};
}

/** The same request once more, as a run of its own: an ended run stays ended. */
async function planAgain(sender: Sender, meaning: ButtonMeaning & { readonly run: string }, choice: JsonObject): Promise<Handled> {
  const { state } = await loadRun(sender.parts, meaning.run);
  if (state.phase !== 'ended') return sender.refusal({ code: 'button-outdated', details: { run: meaning.run } });
  const { target, kind, runbook, params, scope, reason } = state;
  return requestRun(sender, {
    target, kind, runbook, params: { ...params, ...choice }, follows: state.id, ...(scope === undefined ? {} : { scope }), ...(reason === undefined ? {} : { reason }),
  });
}

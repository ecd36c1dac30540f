import { setTimeout as delay } from 'node:timers/promises';
import { buildBoard } from '../../src/board/build.js';
import { languageOf } from '../../src/board/language.js';
import type { BoardModel } from '../../src/board/model.js';
import type { Store } from '../../src/ports/store.js';
import type { RunOutcome } from '../../src/run/events.js';
import { replay } from '../../src/run/evolve.js';
import { CliExit, exitCodes, type ExitCode } from './exit.js';
import type { Output } from './output.js';
import { renderBoard, renderField, renderFields, renderTask } from './render.js';
import type { CliServices } from './services.js';
import { countWorkers } from './workers.js';

const pollMs = 250;
const workersEveryMs = 5_000;

export interface Followed {
  readonly outcome: RunOutcome;
  readonly board: BoardModel;
}

/**
 * Prints what changes in a run until it has ended: a line for each step that moves, the whole question when it waits for people, the board at the end. Throws
 * StoreError, and CliExit where `limitMs` is over; the run itself goes on either way.
 */
export async function followRun(services: Pick<CliServices, 'boardView' | 'ownerState'>, store: Store, run: string, output: Output, limitMs: number | undefined): Promise<Followed> {
  const deadline = limitMs === undefined ? Infinity : performance.now() + limitMs;
  const printer = changePrinter(output);
  let workersDueAt = performance.now() + workersEveryMs;
  let saidNoWorker = false;
  for (;;) {
    const { events, now } = await store.load(run);
    const state = replay(run, events);
    if (state.phase === 'new') throw new CliExit(exitCodes.failed, `There is no run ${run}.`);
    const board = buildBoard(state, await services.boardView(store, state, now));
    if (state.phase === 'ended' && state.outcome !== undefined) {
      output.print(renderBoard(board, output.colours));
      return { outcome: state.outcome, board };
    }
    printer(board);
    if (performance.now() >= deadline) throw new CliExit(exitCodes.failed, `Run ${run} has not ended yet; it goes on without being watched. "planb status ${run}" shows it.`);
    if (performance.now() >= workersDueAt) {
      const { alive, elsewhere } = await countWorkers(services, store);
      const gone = alive + elsewhere === 0;
      if (gone && !saidNoWorker) output.progress('No worker is alive: the run waits until one is started.');
      saidNoWorker = gone;
      workersDueAt = performance.now() + workersEveryMs;
    }
    await delay(pollMs);
  }
}

/** Prints only what is new: a terminal's history, and a CI log, are read from the top. */
function changePrinter(output: Output): (board: BoardModel) => void {
  const shown = new Map<string, string>();
  let title = '';
  let votes = '';
  return (board) => {
    const waits = board.tone === 'waiting' || board.tone === 'question';
    const given = votesLine(board, output);
    // The same question with one more vote needs that line alone; readings of the service's health move without a new question.
    if (waits && board.title !== title) output.print(renderFields(board, output.colours).join('\n'));
    else if (waits && given !== votes && given !== '') output.print(given);
    title = waits ? board.title : '';
    votes = given;
    for (const task of board.tasks) {
      // Progress within a step moves too often for a line each.
      const said = task.status;
      if (shown.get(task.id) === said) continue;
      shown.set(task.id, said);
      if (task.status !== 'pending') output.print(renderTask(task, output.colours));
    }
  };
}

function votesLine(board: BoardModel, { colours }: Output): string {
  const { votes } = languageOf(board.locale).words.board.labels;
  return board.fields.filter((field) => field.label === votes).map((field) => renderField(field, colours)).join('\n');
}

/** Only a verified run counts as done; one that people or rules turned down is refused. */
export function exitCodeOf(outcome: RunOutcome): ExitCode {
  switch (outcome) {
    case 'verified':
      return exitCodes.done;
    case 'rejected':
    case 'nothing-to-do':
      return exitCodes.refused;
    case 'finished-not-verified':
    case 'stopped':
    case 'expired':
    case 'planning-failed':
      return exitCodes.failed;
    default:
      return outcome satisfies never;
  }
}

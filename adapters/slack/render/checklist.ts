import type { KnownBlock, PlanBlock, TaskCardBlock } from '@slack/types';
import type { BoardModel, Task, TaskStatus } from '../../../src/board/model.js';
import { cleanLine, shorten } from './clean-text.js';
import { richBlock, richLines } from './rich-text.js';

/** `plan`: Slack's native checklist. `list`: the same as text, for a workspace that answers `invalid_blocks` to it. */
export type ChecklistStyle = 'plan' | 'list';

/** Longer notes move into the card's details and appear shortened in its title. */
const NOTE_IN_TITLE = 120;
const TITLE_MAX = 250;

// `completed` is refused, the word is `complete` (gitlab-org/gitlab!242201). Skipped and cancelled steps stay open circles:
// a tick would claim that they were done. The note says what happened in words.
const CARD_STATUS: Readonly<Record<TaskStatus, TaskCardBlock['status']>> = {
  pending: 'pending',
  running: 'in_progress',
  waiting: 'in_progress',
  done: 'complete',
  failed: 'error',
  unknown: 'error',
  skipped: 'pending',
  cancelled: 'pending',
};

const SIGN: Readonly<Record<TaskStatus, string>> = {
  pending: '○',
  running: '▶',
  waiting: '✋',
  done: '✓',
  failed: '✗',
  unknown: '?',
  skipped: '–',
  cancelled: '–',
};

/** The board's steps as one block; undefined where it has none. */
export function checklistBlock(board: BoardModel, style: ChecklistStyle, blockId: string): KnownBlock | undefined {
  if (board.tasks.length === 0) return undefined;
  return style === 'plan' ? planBlock(board, blockId) : listBlock(board, blockId);
}

function planBlock(board: BoardModel, blockId: string): PlanBlock {
  return { type: 'plan', block_id: blockId, title: cleanLine(board.tasksTitle) || board.run, tasks: board.tasks.map(taskCard) };
}

function taskCard(task: Task): TaskCardBlock {
  const note = cleanLine(task.note);
  const details = note.length > NOTE_IN_TITLE ? richBlock([richLines([[note]], nobody)]) : undefined;
  return {
    type: 'task_card',
    task_id: shorten(task.id, 255),
    title: taskTitle(task),
    status: CARD_STATUS[task.status],
    ...(details === undefined ? {} : { details }),
  };
}

/** One line with the status in words: a collapsed card shows nothing else. */
function taskTitle(task: Task): string {
  const note = shorten(cleanLine(task.note), NOTE_IN_TITLE);
  const title = shorten(cleanLine(task.title) || task.id, TITLE_MAX - NOTE_IN_TITLE);
  return note === '' ? title : `${title} · ${note}`;
}

/** The same for text: the sign stands for the status, the note says it. */
export function taskLine(task: Task): string {
  return `${SIGN[task.status]} ${taskTitle(task)}`;
}

function listBlock(board: BoardModel, blockId: string): KnownBlock | undefined {
  const title = cleanLine(board.tasksTitle);
  const lines = board.tasks.map((task) => [taskLine(task)]);
  return richBlock([richLines(title === '' ? lines : [[{ bold: title }], ...lines], nobody)], blockId);
}

/** Tasks hold no people. */
function nobody(): { readonly name: string } {
  return { name: '' };
}

import { describe, expect, test } from 'vitest';
import { type BoardRendering, MAX_BLOCKS_CHARACTERS, renderBoard } from '../../../adapters/slack/render/board.js';
import { checkBlocks } from '../../../demo/workspace/slack/blocks/validate.js';
import type { BoardModel, Field, Task } from '../../../src/board/model.js';
import { failedBoard, planBoard } from './boards.js';

const rendering: BoardRendering = {
  mentions: (person) => (person === 'dave' ? { name: 'Dave' } : { id: `U-${person}`, name: person === 'alice' ? 'Alice' : 'Bob' }),
  checklist: 'plan',
  revision: 'rev1',
};

function text(value: unknown): string {
  return JSON.stringify(value);
}

describe('a board as Block Kit', () => {
  test('the plan that is voted on', async () => {
    const content = renderBoard(planBoard, rendering);
    await expect(`${content.text}\n\n${JSON.stringify(content.blocks, null, 2)}\n`).toMatchFileSnapshot('golden/plan-board.txt');
  });

  test('the failed step, its checklist as text', async () => {
    const content = renderBoard(failedBoard, { ...rendering, checklist: 'list' });
    await expect(`${content.text}\n\n${JSON.stringify(content.blocks, null, 2)}\n`).toMatchFileSnapshot('golden/failed-board-list.txt');
  });

  test.each([planBoard, failedBoard])('Slack would take it', (board) => {
    for (const checklist of ['plan', 'list'] as const) {
      expect(checkBlocks(renderBoard(board, { ...rendering, checklist }).blocks)).toMatchObject({ ok: true });
    }
  });

  test('every edit has new block ids', () => {
    const ids = (revision: string): (string | undefined)[] => renderBoard(planBoard, { ...rendering, revision }).blocks.map((block) => block.block_id);
    expect(ids('a').filter((id) => ids('b').includes(id))).toEqual([]);
    expect(new Set(ids('a')).size).toBe(ids('a').length);
  });

  test('a skipped step has no tick, and says so', () => {
    const plan = renderBoard(failedBoard, rendering).blocks.find((block) => block.type === 'plan');
    expect(plan).toMatchObject({ tasks: [{ status: 'complete' }, { status: 'error' }, { title: 'Scan the log · skipped by Alice', status: 'pending' }, { status: 'pending' }] });
  });

  test('a board without steps and buttons has neither block', () => {
    expect(renderBoard({ ...planBoard, tasks: [], buttons: [] }, rendering).blocks.map((block) => block.type)).toEqual(['header', 'rich_text']);
  });

  test('nothing that someone typed is markup: no mention, link, channel or style', () => {
    const nasty = '<!channel> <@U666> <https://evil.example|ok> *bold* & \u202Ereversed\u0007';
    const board: BoardModel = {
      ...planBoard,
      title: nasty,
      fields: [{ label: 'WHY', text: [nasty, { bold: nasty }, { code: nasty }, { link: nasty, url: 'javascript:alert(1)' }], weight: 3 }],
      tasks: [{ id: 'a', title: nasty, status: 'running', note: nasty }],
    };
    const { text: fallback, blocks } = renderBoard(board, rendering);
    expect(fallback).not.toMatch(/<|>/);
    expect(fallback).toContain('&lt;!channel&gt;');
    expect(text(blocks)).not.toMatch(/"type":"(mrkdwn|link|user|broadcast|channel)"/);
    expect(`${fallback}${text(blocks)}`).not.toMatch(/[\u202E\u0007]/);
    expect(text(blocks)).toContain('\u{FFFD}reversed');
  });

  test('a person without an account here is named', () => {
    expect(text(renderBoard(planBoard, rendering).blocks)).toContain(', Dave, until 03:44');
  });
});

describe('a board that is too long', () => {
  const field = (weight: 1 | 2 | 3, label: string, length: number): Field => ({ label, text: [`${label} `.repeat(Math.ceil(length / (label.length + 1)))], weight });
  const tasks = (count: number, done: number): Task[] =>
    Array.from({ length: count }, (_unused, index) => ({ id: `s${index}`, title: `Step number ${index} with a name`, status: index < done ? 'done' : index === done ? 'running' : 'pending', note: index < done ? 'done in 12 s' : '' }));
  const size = (board: BoardModel): number => text(renderBoard(board, rendering).blocks).length;

  test('loses its finished steps first', () => {
    const board = { ...planBoard, tasks: tasks(100, 90) };
    const { blocks } = renderBoard(board, rendering);
    expect(text(blocks).length).toBeLessThanOrEqual(MAX_BLOCKS_CHARACTERS);
    expect(text(blocks)).toContain('90 steps done');
    expect(text(blocks)).toContain('Step number 99');
    expect(text(blocks)).toContain('Shortened to fit: Details has everything.');
  });

  test('says so in the language of the board', () => {
    const shown = text(renderBoard({ ...planBoard, locale: 'ru', tasks: tasks(100, 90) }, rendering).blocks);
    expect(shown).toContain('Готово шагов: 90');
    expect(shown).toContain('Подробностях');
  });

  test('then its light fields, never the heavy ones', () => {
    const board = { ...planBoard, fields: [field(3, 'NOW', 3000), field(1, 'light', 6000), field(2, 'middle', 6000), field(3, 'VOTES', 3000)] };
    const shown = text(renderBoard(board, rendering).blocks);
    expect(shown.length).toBeLessThanOrEqual(MAX_BLOCKS_CHARACTERS);
    expect(shown).toContain('NOW '.repeat(750));
    expect(shown).toContain('middle middle');
    expect(shown).not.toContain('light '.repeat(60));
  });

  test('says nothing about shortening where nothing was shortened', () => {
    expect(text(renderBoard(planBoard, rendering).blocks)).not.toContain('Shortened');
  });

  test('whatever the worst day brings, it fits and keeps title, heavy labels, the running step and the buttons', () => {
    const board: BoardModel = {
      ...planBoard,
      title: 'T'.repeat(500),
      fields: [...planBoard.fields, ...Array.from({ length: 12 }, (_unused, index) => field(3, `H${index}`, 4000)), field(2, 'M', 20_000)],
      tasks: tasks(200, 100).map((task) => ({ ...task, title: task.title.repeat(20), note: task.note.repeat(40) })),
    };
    expect(size(board)).toBeLessThanOrEqual(MAX_BLOCKS_CHARACTERS);
    const { blocks } = renderBoard(board, rendering);
    expect(checkBlocks(blocks)).toMatchObject({ ok: true });
    for (let index = 0; index < 12; index += 1) expect(text(blocks)).toContain(`"H${index}"`);
    expect(text(blocks)).toContain('Step number 100');
    expect(blocks.at(-1)?.type).toBe('actions');
  });

  test('the fallback text ends with a whole line', () => {
    const { text: fallback } = renderBoard({ ...planBoard, fields: Array.from({ length: 40 }, (_unused, index) => field(3, `L${index}`, 200)) }, rendering);
    expect(fallback.length).toBeLessThanOrEqual(3000);
    expect(fallback.split('\n').slice(1).every((line) => line.length > 190)).toBe(true);
  });
});

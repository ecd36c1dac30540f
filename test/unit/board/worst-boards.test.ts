import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_BLOCKS_CHARACTERS, renderBoard as slackBoard } from '../../../adapters/slack/render/board.js';
import { renderBoard as telegramBoard } from '../../../adapters/telegram/render/board.js';
import { renderKeyboard } from '../../../adapters/telegram/render/keyboard.js';
import { checkBlocks } from '../../../demo/workspace/slack/blocks/validate.js';
import { parseHtml } from '../../../demo/workspace/telegram/html.js';
import { cleanBoard } from '../../../src/board/clean.js';
import type { BoardModel, Field, Line, Task } from '../../../src/board/model.js';
import type { Mentions } from '../../../src/ports/chat.js';

const mentions: Mentions = (person) => ({ name: person });

/** Longer than anything that people or programs usually say, and in letters of both alphabets. */
const words = fc.constantFrom('registry.example/platform/litellm-database', 'служба-оплаты-основная', 'соединение прервано', 'x', '😀', 'LiteLLM_SpendLogs', '& < > " *', 'a very long name of a step that nobody has shortened');
const sentence = (max: number): fc.Arbitrary<string> => fc.array(words, { minLength: 1, maxLength: max }).map((parts) => parts.join(' '));

const task = fc.record({ title: sentence(12), note: sentence(30), status: fc.constantFrom<Task['status']>('pending', 'running', 'waiting', 'done', 'failed', 'unknown', 'skipped', 'cancelled') });
const span = fc.oneof(sentence(40), sentence(10).map((bold) => ({ bold })), sentence(10).map((code) => ({ code })), fc.constant({ person: 'alice' }));
const line: fc.Arbitrary<Line> = fc.array(span, { minLength: 1, maxLength: 4 });
/** What a tired person may not miss: NOW, VERDICT, LOST, VOTES or whoever must act. As boards have them, at most ten. */
const heavy = fc.tuple(line, line, line, line).map((texts): readonly Field[] => ['NOW', 'VERDICT', 'LOST', 'VOTES'].map((label, nth) => ({ label, text: texts[nth] ?? [], weight: 3 })));
/** Forty changed containers are forty lines of little weight. */
const light = fc.array(fc.record({ label: fc.constantFrom('CHANGED', 'WHY', ''), text: line, weight: fc.constantFrom<Field['weight']>(1, 2) }), { maxLength: 40 });
const buttons = ['approve', 'reject', 'details'].map((action, nth): BoardModel['buttons'][number] => ({ action: action as 'approve', label: `Button ${String(nth)}`, id: `b${String(nth)}`, style: 'plain' }));

const board: fc.Arbitrary<BoardModel> = fc.record({
  title: sentence(6), fields: fc.tuple(heavy, light).map(([first, rest]) => [...first, ...rest]), tasks: fc.array(task, { maxLength: 60 }), locale: fc.constantFrom('en' as const, 'ru' as const),
}).map(({ title, fields, tasks, locale }) => cleanBoard({
  run: '7KQ4A', locale, tone: 'waiting', title: `Run 7KQ4A ${title}`, fields, tasks: tasks.map((one, nth) => ({ ...one, id: `s${String(nth)}` })), tasksTitle: `Steps 3/${String(tasks.length)}`, buttons, urgent: true,
}));

/** All texts of Slack's blocks, in the order in which they are read. */
function read(value: unknown): string {
  if (Array.isArray(value)) return value.map(read).join('');
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value).map(([key, inner]: [string, unknown]) => (typeof inner === 'string' ? (key === 'text' || key === 'title' ? inner : '') : read(inner))).join('');
}

const bare = (text: string): string => text.replaceAll(/\s/g, '');

/** What must be read of every board, however long it is. */
function expectEssentials(shown: string, model: BoardModel): void {
  const text = bare(shown);
  expect(text).toContain('Run7KQ4A');
  for (const field of model.fields.filter(({ weight }) => weight === 3)) {
    const said = field.text.map((part) => (typeof part === 'string' ? part : 'bold' in part ? part.bold : 'code' in part ? part.code : 'person' in part ? part.person : part.link)).join('').trim();
    expect(text).toContain(`${field.label}${bare(said.slice(0, 20))}`);
  }
  // What runs or waits now is named, unless there are dozens of such.
  const current = model.tasks.filter(({ status }) => status === 'running' || status === 'waiting');
  const [only] = current;
  if (current.length === 1 && only !== undefined) expect(text).toContain(bare(only.title.trim().slice(0, 15)));
}

describe('any board, be its plan of 60 steps with 40 changed containers, long names and reasons in English or Russian', () => {
  it('fits a message of Slack and keeps its title, NOW, VERDICT, LOST, VOTES and buttons', () => {
    fc.assert(fc.property(board, fc.constantFrom('plan' as const, 'list' as const), (model, checklist) => {
      const { text, blocks } = slackBoard(model, { mentions, checklist, revision: 'r' });
      expect(JSON.stringify(blocks).length).toBeLessThanOrEqual(MAX_BLOCKS_CHARACTERS);
      expect(blocks.length).toBeLessThanOrEqual(50);
      expect(text.length).toBeLessThanOrEqual(3_000);
      const checked = checkBlocks(blocks);
      if (!checked.ok) throw new Error(checked.problems.join('; '));
      expectEssentials(read(blocks), model);
      expect(blocks.at(-1)).toMatchObject({ type: 'actions', elements: buttons.map(({ id }) => ({ value: id })) });
    }), { numRuns: 150 });
  });

  it('fits a message of Telegram and keeps the same', () => {
    fc.assert(fc.property(board, (model) => {
      const { html, length } = telegramBoard(model, mentions);
      expect(length).toBeLessThanOrEqual(4_096);
      const parsed = parseHtml(html);
      if (!parsed.ok) throw new Error(parsed.description);
      expect(parsed.text.length).toBe(length);
      expectEssentials(parsed.text, model);
      expect(renderKeyboard(model.buttons).inline_keyboard.flat().map(({ callback_data: id }) => id)).toEqual(buttons.map(({ id }) => id));
    }), { numRuns: 150 });
  });
});

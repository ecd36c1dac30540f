import { describe, expect, it } from 'vitest';
import { checkBlocks, checkView } from '../../../demo/workspace/slack/blocks/validate.js';
import { PLAN_BLOCKS } from './sample-board.js';

const text = (length: number) => ({ type: 'mrkdwn', text: 'x'.repeat(length) });
const plain = (value: string) => ({ type: 'plain_text', text: value });
const button = (extra: object) => ({ type: 'actions', elements: [{ type: 'button', text: plain('A'), ...extra }] });
const card = { type: 'task_card', task_id: 't', title: 'T', status: 'pending' };

function problems(blocks: unknown[], unsupported: string[] = []): string[] {
  const checked = checkBlocks(blocks, unsupported);
  return checked.ok ? [] : [checked.error, ...checked.problems];
}

describe('blocks', () => {
  it.each([
    ['a whole board', PLAN_BLOCKS],
    ['a section at its limit', [{ type: 'section', text: text(3000) }]],
    ['50 blocks', Array.from({ length: 50 }, () => ({ type: 'divider' }))],
    ['a button value at its limit', [button({ value: 'v'.repeat(2000), action_id: 'a'.repeat(255) })]],
    ['a task card by itself', [card]],
  ])('takes %s', (_name, blocks) => {
    expect(problems(blocks)).toEqual([]);
  });

  it.each([
    ['a long header', [{ type: 'header', text: plain('x'.repeat(151)) }], 'must be less than 151 characters [json-pointer:/blocks/0/text/text]'],
    ['empty text', [{ type: 'section', text: plain('') }], 'must be more than 0 characters [json-pointer:/blocks/0/text/text]'],
    ['a section of nothing', [{ type: 'section' }], 'missing required field: text [json-pointer:/blocks/0]'],
    ['a long value', [button({ value: 'v'.repeat(2001) })], 'must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]'],
    ['a long action_id', [button({ action_id: 'a'.repeat(256) })], 'must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]'],
    ['an unknown property', [{ type: 'divider', colour: 'red' }], 'invalid additional property: colour [json-pointer:/blocks/0]'],
    ['an unknown type', [{ type: 'banner' }], 'unsupported type [json-pointer:/blocks/0/type]'],
    ['a block_id twice', [{ type: 'divider', block_id: 'a' }, { type: 'divider', block_id: 'a' }], '`block_id` "a" already exists [json-pointer:/blocks/1/block_id]'],
    ['plan beside task_card', [{ type: 'plan', title: 'P', tasks: [card] }, card], 'plan and task_card blocks cannot be used together [json-pointer:/blocks]'],
    ['status completed', [{ ...card, status: 'completed' }], 'must be one of pending, in_progress, complete, error [json-pointer:/blocks/0/status]'],
    ['mrkdwn on a button', [button({ text: text(1) })], 'must be one of plain_text [json-pointer:/blocks/0/elements/0/text/type]'],
  ])('refuses %s', (_name, blocks, problem) => {
    expect(problems(blocks)).toEqual(['invalid_blocks', `[ERROR] ${problem}`]);
  });

  it('refuses a message that is too long in all, and what it is told not to know', () => {
    expect(problems(Array.from({ length: 5 }, () => ({ type: 'section', text: text(2900) })))).toEqual(['msg_blocks_too_long']);
    expect(problems([card], ['task_card'])).toEqual(['invalid_blocks', '[ERROR] unsupported type: task_card [json-pointer:/blocks/0/type]']);
  });
});

describe('views', () => {
  const input = { type: 'input', block_id: 'why', label: plain('Why'), element: { type: 'plain_text_input', action_id: 'v' } };

  it('takes a form and refuses a long title or a form that cannot be sent', () => {
    const view = { type: 'modal', title: plain('Roll back'), submit: plain('Plan'), blocks: [input] };
    expect(checkView(view).ok).toBe(true);
    expect(checkView({ ...view, title: plain('x'.repeat(25)) })).toMatchObject({ problems: ['[ERROR] must be less than 25 characters [json-pointer:/view/title/text]'] });
    expect(checkView({ ...view, submit: undefined })).toMatchObject({ problems: ['[ERROR] missing required field: submit [json-pointer:/view]'] });
  });
});

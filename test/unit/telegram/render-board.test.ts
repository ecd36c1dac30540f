import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { renderBoard } from '../../../adapters/telegram/render/board.js';
import { renderKeyboard } from '../../../adapters/telegram/render/keyboard.js';
import { parseHtml } from '../../../demo/workspace/telegram/html.js';
import type { BoardModel, Field, Task } from '../../../src/board/model.js';
import type { Mentions } from '../../../src/ports/chat.js';

const mentions: Mentions = (person) => (person === 'alice' ? { id: '1001', name: 'Alice' } : { name: person });

function board(changes: Partial<BoardModel> = {}): BoardModel {
  return {
    run: '7KQ',
    locale: 'en',
    tone: 'waiting',
    title: 'LiteLLM 1.82.1 → 1.81.14 · run 7KQ',
    fields: [
      { label: 'NOW', text: ['down since 03:08 UTC ', { code: '503' }], weight: 3 },
      { label: 'LOST', text: ['nothing'], weight: 3 },
      { label: '', text: [{ person: 'alice' }, ': "500s since deploy" · ', { link: 'run', url: 'https://planb.example/runs/7KQ?key=a&b="' }], weight: 1 },
    ],
    tasks: [{ id: 'backup', title: 'Back up', status: 'done', note: 'done in 12 s' }],
    tasksTitle: 'Steps',
    buttons: [],
    urgent: false,
    ...changes,
  };
}

/** The text as Telegram parses it; fails where Telegram would refuse the markup. */
function shown(html: string): string {
  const parsed = parseHtml(html);
  if (!parsed.ok) throw new Error(`${parsed.description}: ${html}`);
  return parsed.text;
}

function withoutTags(html: string): string {
  return html.replaceAll(/<[^>]*>/g, '').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}

const manyTasks = (count: number, status: Task['status']): Task[] =>
  Array.from({ length: count }, (_, index) => ({ id: `${status}${String(index)}`, title: `Step ${String(index)} ${'x'.repeat(60)}`, status, note: 'note '.repeat(5) }));

describe('the board in Telegram', () => {
  it('shows title, labelled fields, mentions and the checklist', () => {
    const { html, length } = renderBoard(board(), mentions);
    expect(html).toBe(
      [
        '<b>🗳 LiteLLM 1.82.1 → 1.81.14 · run 7KQ</b>',
        '<b>NOW</b>  down since 03:08 UTC <code>503</code>',
        '<b>LOST</b>  nothing',
        '<a href="tg://user?id=1001">Alice</a>: &quot;500s since deploy&quot; · <a href="https://planb.example/runs/7KQ?key=a&amp;b=&quot;">run</a>',
        '',
        '<b>Steps</b>',
        '✅ Back up · done in 12 s',
      ].join('\n'),
    );
    expect(length).toBe(shown(html).length);
  });

  it('escapes markup, and neither line breaks nor direction marks forge a line', () => {
    const { html } = renderBoard(board({ fields: [{ label: 'WHY', text: ['<b>x</b> & \u202eevil\nVOTES 2/2'], weight: 3 }] }), mentions);
    expect(html).toContain('&lt;b&gt;x&lt;/b&gt; &amp; \ufffdevil VOTES 2/2');
  });

  it('ignores a link that is no web address', () => {
    const { html } = renderBoard(board({ fields: [{ label: 'X', text: [{ link: 'here', url: 'javascript:alert(1)' }], weight: 3 }] }), mentions);
    expect(html).not.toContain('javascript');
    expect(html).toContain('here');
  });

  it('folds finished steps first, then drops light fields, and keeps what matters whole', () => {
    const heavy: Field = { label: 'LOST', text: ['12 rows of orders'], weight: 3 };
    const light: Field = { label: 'SMALL', text: ['y'.repeat(1500)], weight: 1 };
    const running: Task = { id: 'now', title: 'Put 1.81.14 back', status: 'running', note: 'running since 03:14:05 UTC' };
    const folded = shown(renderBoard(board({ fields: [heavy, light], tasks: [...manyTasks(40, 'done'), running] }), mentions).html);
    expect(folded).toContain('Steps finished: 40');
    expect(folded).toContain('y'.repeat(1500));
    expect(folded).not.toContain('Shortened to fit');
    const dropped = shown(renderBoard(board({ fields: [heavy, light], tasks: [...manyTasks(40, 'pending'), running] }), mentions).html);
    expect(dropped).not.toContain('SMALL');
    expect(dropped).toContain('Shortened to fit: Details has everything.');
    expect(dropped).toContain('12 rows of orders');
    expect(dropped).toContain('Put 1.81.14 back · running since 03:14:05 UTC');
  });

  it('lets Telegram fold the finished part of a long list', () => {
    const { html } = renderBoard(board({ tasks: [...manyTasks(9, 'done').map((task) => ({ ...task, title: 'Short' })), ...manyTasks(3, 'pending')] }), mentions);
    expect(html).toMatch(/<blockquote expandable>✅ Short[^]*<\/blockquote>\n▫️ Step 0/);
  });

  it('always fits 4,096 code units, is valid HTML, counts right and keeps the start of every field of weight 3', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 3000 }), fc.string({ maxLength: 200 }));
    const field = fc.record({ label: fc.constantFrom('NOW', ''), text: fc.array(fc.oneof(text, fc.record({ bold: text }), fc.record({ code: text }), fc.constant({ person: 'alice' })), { maxLength: 4 }), weight: fc.constantFrom(1 as const, 2 as const, 3 as const) });
    const task = fc.record({ id: fc.string(), title: text, status: fc.constantFrom('pending' as const, 'running' as const, 'done' as const, 'failed' as const, 'skipped' as const), note: text });
    fc.assert(
      fc.property(fc.array(field, { maxLength: 12 }), fc.array(task, { maxLength: 60 }), (fields, tasks) => {
        const marked = [{ label: 'MARK', text: ['must stay'], weight: 3 as const }, ...fields];
        const { html, length } = renderBoard(board({ fields: marked, tasks }), mentions);
        expect(length).toBeLessThanOrEqual(4096);
        const read = shown(html);
        expect(withoutTags(html).length).toBe(length);
        expect(read).toContain('must stay');
      }),
      { numRuns: 150 },
    );
  });

  it('never ends in half a character where it cuts', () => {
    const emoji = '😀'.repeat(3000);
    const { html } = renderBoard(board({ fields: [{ label: 'A', text: [emoji], weight: 3 }, { label: 'B', text: ['b'.repeat(4000)], weight: 3 }] }), mentions);
    expect(/[\ud800-\udbff](?![\udc00-\udfff])/.test(html)).toBe(false);
  });
});

describe('the keyboard', () => {
  it('has three buttons a row, styles that Telegram knows, and the ids as data', () => {
    const keyboard = renderKeyboard([
      { action: 'approve', label: 'Approve', id: 'b1', style: 'primary' },
      { action: 'reject', label: 'Reject', id: 'b2', style: 'danger' },
      { action: 'retry', label: 'Retry', id: 'b3', style: 'primary' },
      { action: 'details', label: 'Details', id: 'b4', style: 'plain' },
    ]);
    expect(keyboard.inline_keyboard).toEqual([
      [
        { text: 'Approve', callback_data: 'b1', style: 'success' },
        { text: 'Reject', callback_data: 'b2', style: 'danger' },
        { text: 'Retry', callback_data: 'b3', style: 'primary' },
      ],
      [{ text: 'Details', callback_data: 'b4' }],
    ]);
  });

  it('is sent empty, so that an edit takes dead buttons away', () => {
    expect(renderKeyboard([])).toEqual({ inline_keyboard: [] });
  });
});

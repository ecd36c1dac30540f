import { describe, expect, it } from 'vitest';

import { renderDetails, renderNotice, renderPopup, renderReply } from '../../../adapters/telegram/render/messages.js';
import type { Mentions } from '../../../src/ports/chat.js';

const mentions: Mentions = (person) => (person === 'alice' ? { id: '1001', name: 'Alice' } : { name: 'Bob' });

describe('a notice', () => {
  it('mentions everybody once, those named in its lines included', () => {
    const { html } = renderNotice({ locale: 'en', lines: [['Waits for ', { person: 'alice' }]], mention: ['alice', 'bob'] }, mentions);
    expect(html).toBe('Waits for <a href="tg://user?id=1001">Alice</a>\nBob');
  });

  it('is cut to a message with its mentions kept', () => {
    const notice = renderNotice({ locale: 'en', lines: [['x'.repeat(9000)]], mention: ['alice'] }, mentions);
    expect(notice.length).toBeLessThanOrEqual(4096);
    expect(notice.html).toMatch(/…\n<a href="tg:\/\/user\?id=1001">Alice<\/a>$/);
  });
});

describe('an answer', () => {
  it('is a popup while it is short and has no block', () => {
    expect(renderPopup({ lines: [['Counted: ', { bold: '1 of 2' }]] }, mentions, 200)).toBe('Counted: 1 of 2');
    expect(renderPopup({ lines: [['x'.repeat(201)]] }, mentions, 200)).toBeUndefined();
    expect(renderPopup({ lines: [['x']], block: 'a: 1' }, mentions, 200)).toBeUndefined();
  });

  it('keeps a block as it is, and becomes a file when too long', () => {
    expect(renderReply({ lines: [['Paste:']], block: 'a: <1>\nb: 2' }, mentions)).toMatchObject({ kind: 'message', text: { html: 'Paste:\n<pre>a: &lt;1&gt;\nb: 2</pre>' } });
    const long = renderReply({ lines: [['All of them:']], block: 'row\n'.repeat(2000) }, mentions);
    expect(long).toMatchObject({ kind: 'file', caption: { html: 'All of them:' } });
    if (long.kind === 'file') expect(long.content).toContain('row\nrow');
  });
});

describe('details', () => {
  it('folds a long block and sends more than a message as a file', () => {
    const folded = renderDetails({ title: 'Run 7KQ', sections: [{ heading: 'Commands', lines: [], block: 'docker ps\n'.repeat(20) }] }, mentions);
    expect(folded).toMatchObject({ kind: 'message' });
    if (folded.kind === 'message') expect(folded.text.html).toContain('<blockquote expandable>docker ps');
    const file = renderDetails({ title: 'Run 7KQ', sections: [{ heading: 'Facts', lines: [[{ bold: 'x' }, ' = 1']], block: 'y'.repeat(5000) }] }, mentions);
    expect(file).toMatchObject({ kind: 'file', filename: 'run-7kq.txt', caption: { html: '<b>Run 7KQ</b>' } });
    if (file.kind === 'file') expect(file.content).toContain('x = 1\n\nyyy');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHtml } from '../../../demo/workspace/telegram/html.js';

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

describe('parseHtml', () => {
  it.each([
    ['plain & simple', 'plain & simple', []],
    ['<b>a<i>b</i></b>', 'ab', [{ type: 'bold', offset: 0, length: 2 }, { type: 'italic', offset: 1, length: 1 }]],
    ['&lt;b&gt; &#65;&#x42; &quot;&nbsp;', '<b> AB "&nbsp;', []],
    ['  <b> x </b>\n', 'x', [{ type: 'bold', offset: 0, length: 1 }]],
    ['<pre><code class="language-sql">x</code></pre>', 'x', [{ type: 'pre', language: 'sql', offset: 0, length: 1 }]],
    ['<blockquote expandable>x\ny</blockquote>', 'x\ny', [{ type: 'expandable_blockquote', offset: 0, length: 3 }]],
    ['<a href="https://e.x/?a=1&amp;b=2">x</a>', 'x', [{ type: 'text_link', url: 'https://e.x/?a=1&b=2', offset: 0, length: 1 }]],
    ['<span class="tg-spoiler">x</span><b></b>', 'x', [{ type: 'spoiler', offset: 0, length: 1 }]],
    ['😀<code>x</code>', '😀x', [{ type: 'code', offset: 2, length: 1 }]],
  ])('%s', (source, text, entities) => {
    expect(parseHtml(source)).toEqual({ ok: true, text, entities });
  });

  it.each([
    ['a < b', 'Unsupported start tag "" at byte offset 2'],
    ['д<br>', 'Unsupported start tag "br" at byte offset 2'],
    ['<span>x</span>', 'Unsupported start tag "span" at byte offset 0'],
    ['x</b>', 'Unexpected end tag at byte offset 1'],
    ['<b><i>x</b></i>', 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'],
    ['<b>x', `Can't find end tag corresponding to start tag "b"`],
  ])('refuses %s', (source, problem) => {
    expect(parseHtml(source)).toEqual({ ok: false, description: `can't parse entities: ${problem}` });
  });

  it('gives back any escaped text, without the white space around it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
        expect(parseHtml(`<b>${escape(text)}</b>`)).toMatchObject({ ok: true, text: text.trim() });
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanLine, cleanText, escapeMrkdwn, isWebAddress, shorten } from '../../../adapters/slack/render/clean-text.js';
import { clipLine } from '../../../adapters/slack/render/clip-line.js';
import { detailsMessage, detailsText, textChunks } from '../../../adapters/slack/render/details.js';
import { mrkdwnLine } from '../../../adapters/slack/render/mrkdwn.js';
import { renderNotice } from '../../../adapters/slack/render/notice.js';
import { renderReply } from '../../../adapters/slack/render/reply.js';
import { typedText, withoutMention } from '../../../adapters/slack/receive/typed-text.js';
import { checkBlocks } from '../../../demo/workspace/slack/blocks/validate.js';
import type { Details, Line } from '../../../src/board/model.js';
import type { Mentions } from '../../../src/ports/chat.js';

const mentions: Mentions = (person) => (person === 'dave' ? { name: 'Dave <x>' } : { id: `U-${person}`, name: person });

describe('text', () => {
  test('controls vanish, what changes the order becomes visible, lines stay', () => {
    expect(cleanText('a\u0000b\u001b[31m\r\nc\u202Ed\te\u2028f')).toBe('ab[31m\nc\u{FFFD}d\te\nf');
    expect(cleanLine(' a \n  b ')).toBe('a b');
  });

  test('escaped text has no markup, and escaping loses nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (input) => {
        const escaped = escapeMrkdwn(input);
        expect(escaped).not.toMatch(/[<>]/);
        expect(escaped.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&')).toBe(input);
      }),
    );
  });

  test('shortening never exceeds the limit nor halves a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 20 }), (input, max) => {
        const short = shorten(input, max);
        expect(short.length).toBeLessThanOrEqual(max);
        expect(short).not.toMatch(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])/);
      }),
    );
    expect(shorten('abc😀', 4)).toBe('abc…');
  });

  test('only web addresses are links', () => {
    expect(['https://a.b/c', 'http://x', 'javascript:x', 'https://a b', 'https://a|b', 'https://a>'].map(isWebAddress)).toEqual([true, true, false, false, false, false]);
  });
});

describe('a line', () => {
  test('as mrkdwn', () => {
    const line: Line = ['a < b ', { bold: '5*5' }, ' ', { code: 'x`y`' }, ' ', { person: 'alice' }, ' ', { person: 'dave' }, ' ', { link: 'the | run', url: 'https://planb.example/runs/7?a=1&b=2' }];
    expect(mrkdwnLine(line, mentions)).toBe('a &lt; b *55* `xy` <@U-alice> Dave &lt;x&gt; <https://planb.example/runs/7?a=1&amp;b=2|the ¦ run>');
  });

  test('is cut at whole spans; nobody is half named', () => {
    const cut: Line = ['12345', { bold: '67…' }];
    expect(clipLine(['12345', { bold: '67890' }], 8)).toEqual(cut);
    expect(clipLine(['12345', { person: 'alice' }, 'x'], 8)).toEqual(['12345', '…']);
  });
});

test('a notice says first what it is about, then mentions each person once', () => {
  const notice = { locale: 'en', lines: [[{ person: 'carol' }, ' asked: FAILED at 2/6 <Put back>'], ['second']], mention: ['alice', 'bob', 'alice', 'carol', 'dave'] } as const;
  expect(renderNotice(notice, mentions)).toBe('<@U-carol> asked: FAILED at 2/6 &lt;Put back&gt;\nsecond\n<@U-alice> <@U-bob>');
});

test('a reply carries its block preformatted and as text', () => {
  const reply = renderReply({ lines: [['Your ids, ', { bold: 'Alice' }]], block: 'people:\n  alice: { slack: U1 }\n' }, mentions);
  expect(reply.text).toBe('Your ids, Alice\npeople:\n  alice: { slack: U1 }\n');
  expect(checkBlocks(reply.blocks)).toMatchObject({ ok: true });
  expect(reply.blocks).toMatchObject([{ elements: [{ type: 'rich_text_section' }, { type: 'rich_text_preformatted', elements: [{ text: 'people:\n  alice: { slack: U1 }' }] }] }]);
  expect(checkBlocks(renderReply({ lines: [['x'.repeat(50_000)]], block: 'y'.repeat(50_000) }, mentions).blocks)).toMatchObject({ ok: true });
});

describe('details', () => {
  const details: Details = {
    title: 'Run 7KQ',
    sections: [
      { heading: '1 Back up', lines: [['planned by ', { person: 'alice' }]], block: 'pg_dump -Fd "$DATABASE_URL"' },
      { heading: '2 Put back', lines: [['as root']] },
    ],
  };

  test('short: one message that Slack takes', () => {
    const message = detailsMessage(details, mentions);
    expect(message?.text).toBe('Run 7KQ');
    expect(checkBlocks(message?.blocks)).toMatchObject({ ok: true });
  });

  test('as a file', () => {
    expect(detailsText(details, mentions)).toBe('Run 7KQ\n\n1 Back up\n---------\nplanned by alice\n\npg_dump -Fd "$DATABASE_URL"\n\n2 Put back\n----------\nas root\n');
  });

  test('long: no message; as chunks nothing is lost', () => {
    const long: Details = { title: 'Long', sections: [{ heading: 'Log', lines: [], block: Array.from({ length: 2000 }, (_unused, index) => `line ${index}`).join('\n') + 'z'.repeat(20_000) }] };
    expect(detailsMessage(long, mentions)).toBeUndefined();
    const chunks = textChunks(detailsText(long, mentions));
    expect(chunks.every((chunk) => chunk.length <= 9000)).toBe(true);
    expect(chunks.join('').replace(/\n/g, '')).toBe(detailsText(long, mentions).replace(/\n/g, ''));
  });
});

test("what was typed comes out of Slack's form of it", () => {
  expect(typedText(' shop to <http://v1.2.io|v1.2.io> because a &lt; b &amp;&amp; <https://x.y> <#C1|ops> <@U1|bob> <!here> ')).toBe('shop to v1.2.io because a < b && https://x.y #ops @bob @here');
  expect(withoutMention('<@U0> : retry <@U0|planb> now', 'U0')).toBe('retry  now');
});

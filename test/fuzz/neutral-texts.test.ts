import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import picocolors from 'picocolors';
import * as cli from '../../adapters/cli/render.js';
import { detailsMessage, detailsText } from '../../adapters/slack/render/details.js';
import { renderBoard as slackBoard } from '../../adapters/slack/render/board.js';
import { renderNotice as slackNotice } from '../../adapters/slack/render/notice.js';
import { renderReply as slackReply } from '../../adapters/slack/render/reply.js';
import { renderBoard as telegramBoard } from '../../adapters/telegram/render/board.js';
import { renderDetails as telegramDetails, renderNotice as telegramNotice, renderReply as telegramReply, type Content } from '../../adapters/telegram/render/messages.js';
import { renderRunPage } from '../../adapters/web/run-page/page.js';
import { checkBlocks } from '../../demo/workspace/slack/blocks/validate.js';
import { parseHtml } from '../../demo/workspace/telegram/html.js';
import { cleanBoard, cleanNotice, cleanReply } from '../../src/board/clean.js';
import type { BoardModel, Details, Line, Notice, Reply, Span } from '../../src/board/model.js';
import type { Mentions } from '../../src/ports/chat.js';
import { prose } from '../../src/report/markdown.js';
import { cases, report } from '../support/fuzz/cases.js';
import { hostileText } from '../support/fuzz/texts.js';

/** Hidden, reordering, or obeyed by a terminal; tab and line feed have their own rules. */
const obeyed = /(?![\t\n])[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/u;

const text = hostileText;
/** Where planb itself makes a link it is to its own page; a name is what a platform says that somebody is called. */
const span: fc.Arbitrary<Span> = fc.oneof(
  text, text.map((bold) => ({ bold })), text.map((code) => ({ code })), fc.constantFrom('alice', 'stranger').map((person) => ({ person })), fc.record({ link: text, url: fc.oneof(fc.constant('https://planb.example/runs/7KQ?key=a&b=1'), text) }),
);
const line: fc.Arbitrary<Line> = fc.array(span, { maxLength: 4 });
const shortName = text.map((long) => long.slice(0, 80));
const name = fc.record({ alice: shortName, stranger: shortName });
type Names = Readonly<Record<'alice' | 'stranger', string>>;

const board: fc.Arbitrary<BoardModel> = fc.record({
  title: text, tasksTitle: text.map((title) => `Steps ${title}`), fields: fc.array(fc.record({ label: fc.constantFrom('NOW', ''), text: line, weight: fc.constantFrom(1 as const, 2 as const, 3 as const) }), { maxLength: 4 }),
  tasks: fc.array(fc.record({ id: fc.constantFrom('a', 'b'), title: text, note: text, status: fc.constantFrom('done' as const, 'failed' as const, 'running' as const) }), { maxLength: 4 }), loss: text,
}).map(({ loss, ...rest }) => ({
  run: '7KQ', locale: 'en', tone: 'waiting', urgent: true, ...rest,
  buttons: [{ action: 'approve', label: 'Approve', id: 'b1', style: 'primary', confirm: { title: 'Approve?', text: `Lost: ${loss}`, yes: 'Approve', no: 'Cancel' } }],
}));
const reply: fc.Arbitrary<Reply> = fc.record({ lines: fc.array(line, { minLength: 1, maxLength: 3 }), block: text });
const notice: fc.Arbitrary<Notice> = fc.array(line, { minLength: 1, maxLength: 2 }).map((lines) => ({ locale: 'en', lines, mention: ['alice'] }));
const details: fc.Arbitrary<Details> = fc.record({ title: text, sections: fc.array(fc.record({ heading: text, lines: fc.array(line, { maxLength: 3 }), block: text }), { maxLength: 3 }) });

const slackMentions = (names: Names): Mentions => (person) => (person === 'alice' ? { id: 'U01ALICE', name: names.alice } : { name: names.stranger });
const telegramMentions = (names: Names): Mentions => (person) => (person === 'alice' ? { id: '1001', name: names.alice } : { name: names.stranger });

/** Slack reads markup in `text` alone; all that may be there is a mention of somebody whom planb means, and a link to where planb means. */
function expectInertText(said: string, links: readonly string[]): void {
  expect(said).not.toMatch(obeyed);
  const markup = [...said.matchAll(/<[^>]*>?/g)].map(([found]) => found);
  for (const found of markup) expect(found === '<@U01ALICE>' || links.some((url) => found.startsWith(`<${url.replaceAll('&', '&amp;')}|`))).toBe(true);
  expect(said.replaceAll(/<[^>]*>/g, '')).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
}

/** Every element of rich text is one that planb made. */
function expectInertBlocks(blocks: unknown, links: readonly string[]): void {
  const visit = (value: unknown): void => {
    if (typeof value === 'string') expect(value).not.toMatch(obeyed);
    if (typeof value !== 'object' || value === null) return;
    const { type } = value as { readonly type?: unknown };
    expect(['mrkdwn', 'broadcast', 'usergroup', 'emoji', 'channel', 'date', 'image', 'context_actions']).not.toContain(type);
    if (type === 'user') expect(value).toMatchObject({ user_id: 'U01ALICE' });
    if (type === 'link') expect(links).toContain((value as { readonly url?: unknown }).url);
    for (const inner of Object.values(value)) visit(inner);
  };
  visit(blocks);
  if (Array.isArray(blocks) && blocks.length > 0) expect(checkBlocks(blocks)).toMatchObject({ ok: true });
}

/** A link is made of what planb calls an address, and of nothing in a text. */
const linksOf = (value: unknown): readonly string[] => (typeof value !== 'object' || value === null ? [] : Object.entries(value).flatMap(([key, inner]: [string, unknown]) => (key === 'url' && typeof inner === 'string' ? [inner] : linksOf(inner))));

function expectInertHtml(html: string, links: readonly string[]): void {
  const parsed = parseHtml(html);
  if (!parsed.ok) throw new Error(`${parsed.description}: ${html}`);
  expect(parsed.text).not.toMatch(obeyed);
  for (const entity of parsed.entities) {
    expect(['bold', 'code', 'pre', 'text_link', 'text_mention', 'expandable_blockquote']).toContain(entity.type);
    if (entity.type === 'text_link' && entity.url !== 'tg://user?id=1001') expect(links).toContain(entity.url);
  }
}

function expectInertContent(content: Content, links: readonly string[]): void {
  if (content.kind === 'message') return expectInertHtml(content.text.html, links);
  expectInertHtml(content.caption.html, links);
  expect(content.content).not.toMatch(obeyed);
  return expect(content.filename).toMatch(/^[\p{L}\p{N}.-]+$/u);
}

describe('whatever a text holds, nothing of it is markup', () => {
  test('in Slack: boards, notices, replies, details and files', async () => {
    fc.assert(fc.property(board, notice, reply, details, name, (model, said, answered, detailed, names) => {
      const mentions = slackMentions(names);
      const links = linksOf([model, said, answered, detailed]);
      for (const checklist of ['plan', 'list'] as const) {
        const content = slackBoard(cleanBoard(model), { mentions, checklist, revision: 'r' });
        expectInertText(content.text, []);
        expectInertBlocks(content.blocks, links);
      }
      expectInertText(slackNotice(cleanNotice(said), mentions), links);
      // Inside of code nobody is mentioned, so a text must not open any around a mention.
      expect(slackNotice({ ...said, lines: said.lines.map((one) => one.filter((part) => typeof part === 'string')) }, mentions)).not.toContain('`');
      const { text: answer, blocks } = slackReply(cleanReply(answered), mentions);
      expectInertText(answer, []);
      expectInertBlocks(blocks, links);
      const message = detailsMessage(detailed, mentions);
      if (message !== undefined) {
        expectInertText(message.text, []);
        expectInertBlocks(message.blocks, links);
      }
      expect(detailsText(detailed, mentions)).not.toMatch(obeyed);
    }), cases(300));
    await report('neutralised: Slack', {});
  });

  test('in Telegram: boards, notices, replies, details and files', async () => {
    fc.assert(fc.property(board, notice, reply, details, name, (model, said, answered, detailed, names) => {
      const mentions = telegramMentions(names);
      const links = linksOf([model, said, answered, detailed]);
      expectInertHtml(telegramBoard(cleanBoard(model), mentions).html, links);
      expectInertHtml(telegramNotice(cleanNotice(said), mentions).html, links);
      expectInertContent(telegramReply(cleanReply(answered), mentions), links);
      expectInertContent(telegramDetails(detailed, mentions), links);
    }), cases(300));
    await report('neutralised: Telegram', {});
  });

  test('on the page of a run', async () => {
    fc.assert(fc.property(board, details, text, name, (model, detailed, what, names) => {
      const html = renderRunPage({ board: model, timeline: [{ at: '2026-11-20T02:10:00.000Z', who: names.alice, what, detail: what }], sections: detailed.sections, madeAt: '2026-11-20T02:10:00.000Z', live: false }, (person) => (person === 'alice' ? names.alice : names.stranger));
      expect(html).not.toMatch(obeyed);
      // The page's own tags; every other < is escaped, and no attribute holds a text but an address, which ends at its quote.
      const tags = [...html.matchAll(/<[^>]*>/g)].map(([tag]) => tag);
      for (const tag of tags) {
        expect(tag).toMatch(/^<(?:!doctype html|\/?(?:html|head|title|style|body|main|h1|h2|dl|dt|dd|ol|li|span|strong|code|table|thead|tbody|tr|th|td|pre|p|section|footer|a)(?: (?:lang|class|aria-hidden|rel|href)="[^"<>]*")*|meta (?:charset|name|content)="[^"]*"(?: content="[^"]*")?)>$/);
        const href = /href="([^"]*)"/.exec(tag)?.[1];
        if (href !== undefined) expect(href).toMatch(/^https?:\/\//i);
      }
      expect(html.replaceAll(/<style>[^]*?<\/style>/g, '').replaceAll(/<[^>]*>/g, '')).not.toMatch(/[<>]/);
    }), cases(300));
    await report('neutralised: page of a run', {});
  });

  test('on a terminal', async () => {
    const plain = picocolors.createColors(false);
    fc.assert(fc.property(board, notice, reply, (model, said, answered) => {
      const printed = [cli.renderBoard(model, plain), cli.renderNotice(said, plain), cli.renderReply(answered, plain)];
      for (const one of printed) expect(one).not.toMatch(obeyed);
      expect(cli.renderNotice(said, plain).split('\n')).toHaveLength(said.lines.length);
    }), cases(300));
    await report('neutralised: terminal', {});
  });

  test('in a report', async () => {
    fc.assert(fc.property(text, text, (before, after) => {
      const said = prose(before + after);
      expect(said).not.toMatch(obeyed);
      expect(said).not.toContain('\n');
      // Whatever begins a link, an image, code, HTML, a table's cell, emphasis or strike-through has its backslash.
      expect(said.replaceAll(/\\[\\`*_[\]<>|~#+.)-]/g, '')).not.toMatch(/[`*[\]<>|~]/);
      expect(said).not.toMatch(/^\s*(?:[#+-]|\d+[.)])\s/);
    }), cases(1_000));
    await report('neutralised: report', {});
  });
});

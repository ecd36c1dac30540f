import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { renderRunPage, RUN_PAGE_CSP, type RunPage } from '../../../adapters/web/run-page/page.js';

const page: RunPage = {
  board: {
    run: '7KQ',
    locale: 'en',
    tone: 'good',
    title: 'BACK ON 1.0.0 <verified>',
    fields: [
      { label: 'LOST', text: ['nothing & ', { bold: '<i>' }, { code: 'a"b' }], weight: 3 },
      { label: '', text: [{ person: 'alice' }, { link: 'bad', url: 'javascript:alert(1)' }, { link: 'good', url: 'https://x.example/?a=1&b=2' }], weight: 1 },
    ],
    tasks: [{ id: 'a', title: '<script>alert(1)</script>', status: 'done', note: '' }],
    tasksTitle: 'Steps',
    buttons: [],
    urgent: true,
  },
  timeline: [{ at: '2026-05-18T08:15:00.123Z', who: 'Alice', what: 'approved \u202eevil', detail: '<b>\nline' }],
  sections: [{ heading: 'Commands', lines: [['ran ', { code: 'docker' }]], block: 'a < b' }],
  madeAt: '2026-05-18T08:20:00Z',
  live: false,
};
const html = renderRunPage(page, (person) => (person === 'alice' ? "Alice <O'Hara>" : person));

describe('the page of a run', () => {
  it('escapes everything foreign', () => {
    expect(html).not.toContain('<script');
    expect(html).not.toContain('javascript:');
    expect(html).not.toContain('\u202e');
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html).toContain('nothing &amp; <strong>&lt;i&gt;</strong><code>a&quot;b</code>');
    expect(html).toContain('Alice &lt;O&#39;Hara&gt;');
    expect(html).toContain('<pre>&lt;b&gt;\nline</pre>');
  });

  it('links only to web addresses, and says a status in words', () => {
    expect(html).toContain('<a href="https://x.example/?a=1&amp;b=2" rel="noreferrer">good</a>');
    expect(html).toContain('<span class="note">done</span>');
    expect(html).toContain('2026-05-18 08:15:00');
  });

  it('allows its own style and nothing else', () => {
    const style = /<style>([^]*)<\/style>/.exec(html)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(RUN_PAGE_CSP).toContain("default-src 'none'");
    expect(RUN_PAGE_CSP).toContain(`style-src 'sha256-${hash}'`);
    expect(html).not.toMatch(/ style=| on\w+=/);
  });

  it('fetches itself again only while the run goes on, in its own language', () => {
    expect(html).not.toContain('http-equiv="refresh"');
    const live = renderRunPage({ ...page, live: true, board: { ...page.board, locale: 'ru' } }, (person) => person);
    expect(live).toContain('http-equiv="refresh"');
    expect(live).toContain('lang="ru"');
    expect(live).toContain('Что произошло');
  });
});

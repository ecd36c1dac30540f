import type { BoardModel, Details, Field, Task, TaskStatus } from '../../../src/board/model.js';
import { escapeHtml, lineToHtml, type NameOf } from './html.js';
import { STYLE, STYLE_HASH } from './style.js';
import { PAGE_WORDS, type PageWords } from './words.js';

/** One thing that happened, in words. */
export interface TimelineRow {
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly who?: string;
  readonly what: string;
  /** Preformatted, already masked: output, a difference. */
  readonly detail?: string;
}

export interface RunPage {
  readonly board: BoardModel;
  readonly timeline: readonly TimelineRow[];
  /** Commands, facts and receipts, as Details shows them. */
  readonly sections?: Details['sections'];
  /** ISO 8601 UTC. */
  readonly madeAt: string;
  /** The run goes on: the page fetches itself again. */
  readonly live: boolean;
}

/** Nothing may run, load or frame; only the page's own style applies. */
export const RUN_PAGE_CSP = `default-src 'none'; style-src '${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const REFRESH_SECONDS = 5;

const SIGNS: Readonly<Record<TaskStatus, string>> = { pending: '○', running: '▶', waiting: '✋', done: '✔', failed: '✘', unknown: '?', skipped: '»', cancelled: '⊘' };

/** The page of one run as HTML: no script, printable, everything foreign escaped. */
export function renderRunPage(page: RunPage, nameOf: NameOf): string {
  const { board } = page;
  const words = PAGE_WORDS[board.locale];
  const refresh = page.live ? `<meta http-equiv="refresh" content="${String(REFRESH_SECONDS)}">` : '';
  return [
    `<!doctype html><html lang="${board.locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">`,
    `${refresh}<title>${escapeHtml(board.title)}</title><style>${STYLE}</style></head><body><main>`,
    `<h1 class="${board.tone}">${escapeHtml(board.title)}</h1>`,
    fields(board.fields, nameOf),
    tasks(board, words),
    timeline(page.timeline, words),
    ...(page.sections ?? []).map((section) => detailSection(section, nameOf)),
    `<footer>${escapeHtml(words.made(page.madeAt))}</footer></main></body></html>`,
  ].join('\n');
}

function fields(all: readonly Field[], nameOf: NameOf): string {
  if (all.length === 0) return '';
  const rows = all.map(({ label, text }) => (label === '' ? `<dd class="wide">${lineToHtml(text, nameOf)}</dd>` : `<dt>${escapeHtml(label)}</dt><dd>${lineToHtml(text, nameOf)}</dd>`));
  return `<dl>${rows.join('\n')}</dl>`;
}

function tasks(board: BoardModel, words: PageWords): string {
  if (board.tasks.length === 0) return '';
  const heading = board.tasksTitle === '' ? '' : `<h2>${escapeHtml(board.tasksTitle)}</h2>`;
  return `${heading}<ol>${board.tasks.map((task) => taskItem(task, words)).join('\n')}</ol>`;
}

function taskItem(task: Task, words: PageWords): string {
  const note = task.note === '' ? words.status[task.status] : task.note;
  return `<li class="${task.status}"><span class="sign" aria-hidden="true">${SIGNS[task.status]}</span><span class="what">${escapeHtml(task.title)} <span class="note">${escapeHtml(note)}</span></span></li>`;
}

function timeline(rows: readonly TimelineRow[], words: PageWords): string {
  if (rows.length === 0) return '';
  const body = rows.map((row) => {
    const detail = row.detail === undefined ? '' : `<pre>${escapeHtml(row.detail)}</pre>`;
    return `<tr><td class="at">${escapeHtml(shortInstant(row.at))}</td><td>${escapeHtml(row.who ?? '')}</td><td>${escapeHtml(row.what)}${detail}</td></tr>`;
  });
  return `<h2>${words.timeline}</h2><table><thead><tr><th>${words.when}</th><th>${words.who}</th><th>${words.what}</th></tr></thead><tbody>${body.join('\n')}</tbody></table>`;
}

function detailSection(section: Details['sections'][number], nameOf: NameOf): string {
  const lines = section.lines.map((line) => `<p>${lineToHtml(line, nameOf)}</p>`).join('\n');
  const block = section.block === undefined ? '' : `<pre>${escapeHtml(section.block)}</pre>`;
  return `<section><h2>${escapeHtml(section.heading)}</h2>${lines}${block}</section>`;
}

/** `2026-05-18T08:15:00.123Z` as `2026-05-18 08:15:00`. */
function shortInstant(iso: string): string {
  return iso.replace('T', ' ').replace(/(\.\d+)?Z$/, '');
}

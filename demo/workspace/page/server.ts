import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname } from 'node:path';
import type { Changes } from '../changes.js';
import { replyJson } from '../http/reply.js';
import { readBody, requestUrl } from '../http/request.js';
import type { SlackWorkspace } from '../slack/slack.js';
import type { TelegramWorkspace } from '../telegram/telegram.js';
import { perform } from './deeds.js';
import { snapshot } from './snapshot.js';

const TYPES: Record<string, string> = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml' };
/** A board edited many times a second is drawn at most this often. */
const REDRAW_MS = 60;

/** The page: its files, its live state by Server-Sent Events, and what people do on it. */
export class Page {
  readonly #slack: SlackWorkspace;
  readonly #telegram: TelegramWorkspace;
  readonly #viewers = new Set<ServerResponse>();
  readonly #unsubscribe: () => void;
  #redraw: NodeJS.Timeout | undefined;

  constructor(slack: SlackWorkspace, telegram: TelegramWorkspace, changes: Changes) {
    this.#slack = slack;
    this.#telegram = telegram;
    this.#unsubscribe = changes.subscribe(() => {
      if (this.#viewers.size === 0) return;
      this.#redraw ??= setTimeout(() => {
        this.#redraw = undefined;
        const state = this.#event();
        for (const viewer of this.#viewers) viewer.write(state);
      }, REDRAW_MS);
    });
  }

  /** Answers a request of the page; false when it is not the page's. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const { pathname } = requestUrl(request);
    if (pathname.startsWith('/demo/')) return this.#serveDemo(pathname.slice('/demo/'.length), request, response);
    if (request.method !== 'GET') return false;
    // Permalinks of Slack messages lead to the page too.
    if (pathname === '/' || pathname.startsWith('/archives/')) return serveAsset('index.html', response);
    const asset = /^\/page\/([\w-]+\.(?:js|css|svg))$/.exec(pathname)?.[1];
    return asset === undefined ? false : serveAsset(asset, response);
  }

  close(): void {
    this.#unsubscribe();
    clearTimeout(this.#redraw);
    for (const viewer of this.#viewers) viewer.end();
  }

  async #serveDemo(path: string, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const file = /^files\/(slack|telegram)\/(\w+)$/.exec(path);
    if (request.method === 'GET' && path === 'events') {
      this.#watch(response);
      return true;
    }
    if (request.method === 'GET' && file) return this.#serveFile(file[1] ?? '', file[2] ?? '', response);
    if (request.method !== 'POST') return false;
    // Another site's page cannot send this content type here without being asked first.
    if (request.headers['content-type'] !== 'application/json') {
      replyJson(response, 415, { error: 'application/json only' });
      return true;
    }
    try {
      const result = await perform(path, JSON.parse((await readBody(request)).toString('utf8')), this.#slack, this.#telegram);
      if (result === undefined) return false;
      replyJson(response, 200, result);
    } catch (error) {
      replyJson(response, 400, { error: error instanceof Error ? error.message : String(error) });
    }
    return true;
  }

  #watch(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(`retry: 500\n\n${this.#event()}`);
    this.#viewers.add(response);
    response.once('close', () => this.#viewers.delete(response));
  }

  #event(): string {
    return `data: ${JSON.stringify(snapshot(this.#slack, this.#telegram))}\n\n`;
  }

  #serveFile(platform: string, id: string, response: ServerResponse): boolean {
    const file = platform === 'slack' ? this.#slack.store.uploads.get(id) : this.#telegram.store.documents.get(id);
    if (!file) return false;
    // As text and never as a page: the content came from somewhere else.
    response.writeHead(200, {
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'content-disposition': `inline; filename*=UTF-8''${encodeURIComponent(file.name)}`,
    });
    response.end(file.content);
    return true;
  }
}

async function serveAsset(name: string, response: ServerResponse): Promise<boolean> {
  const content = await readFile(new URL(`./assets/${name}`, import.meta.url));
  response.writeHead(200, {
    'content-type': `${TYPES[extname(name)] ?? 'application/octet-stream'}; charset=utf-8`,
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:",
    'x-content-type-options': 'nosniff',
  });
  response.end(content);
  return true;
}

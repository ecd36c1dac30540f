import type { IncomingMessage, ServerResponse } from 'node:http';

/** One path of the HTTP port. */
export interface WebRoute {
  readonly method: 'GET' | 'POST';
  /** Matched against the path without its query; groups of a RegExp arrive as `groups`. A RegExp has to match the whole path. */
  readonly path: string | RegExp;
  readonly handle: (request: IncomingMessage, response: ServerResponse, url: URL, groups: Readonly<Record<string, string>>) => Promise<void> | void;
}

/** A path whose handler reads and answers the request by itself: Slack's events, Telegram's webhook. */
export function postRoute(path: string, handle: (request: IncomingMessage, response: ServerResponse) => Promise<void> | void): WebRoute {
  return { method: 'POST', path, handle: (request, response) => handle(request, response) };
}

/** Headers that every answer of planb carries. */
const SAFE_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' } as const;

/** Writes a whole answer; `body` is UTF-8. */
export function answer(response: ServerResponse, status: number, type: string, body: string, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), ...SAFE_HEADERS, ...headers }).end(body);
}

export function answerText(response: ServerResponse, status: number, text: string, headers: Readonly<Record<string, string>> = {}): void {
  answer(response, status, 'text/plain; charset=utf-8', `${text}\n`, headers);
}

export function answerJson(response: ServerResponse, status: number, value: object): void {
  answer(response, status, 'application/json; charset=utf-8', `${JSON.stringify(value)}\n`);
}

import type { ServerResponse } from 'node:http';

/** Sends `body` as JSON and ends the response; does nothing when the other side has gone. */
export function replyJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  if (response.destroyed || response.writableEnded) return;
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(JSON.stringify(body));
}

export function replyText(response: ServerResponse, status: number, body: string, type = 'text/plain'): void {
  if (response.destroyed || response.writableEnded) return;
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8` });
  response.end(body);
}

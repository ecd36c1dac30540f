import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Far above any update of a group chat, far below what could hurt. */
const LARGEST_BODY = 1024 * 1024;

export interface WebhookParts {
  readonly secret: string;
  /** Rejects where the update could not be stored. */
  readonly receive: (update: unknown) => Promise<unknown>;
  readonly failed: (error: unknown) => void;
}

/**
 * Serves Telegram's calls: 401 without the secret (before a byte of the body is looked at), 413 and 400 for what is no update, 200 only when
 * the update is stored, else 500, upon which Telegram delivers it again.
 */
export function createWebhookHandler({ secret, receive, failed }: WebhookParts) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const sent = request.headers['x-telegram-bot-api-secret-token'];
    if (typeof sent !== 'string' || !sameText(sent, secret)) {
      answer(response, 401);
      return;
    }
    const body = await readBody(request);
    if (body === undefined) {
      answer(response, 413);
      return;
    }
    const update = parseJson(body);
    if (update === undefined) {
      answer(response, 400);
      return;
    }
    try {
      await receive(update);
    } catch (error) {
      failed(error);
      answer(response, 500);
      return;
    }
    answer(response, 200);
  };
}

/** Compares in a time that tells nothing, also about the length. */
function sameText(left: string, right: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(left), hash(right));
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function answer(response: ServerResponse, status: number): void {
  // After a refusal the rest of the body is not read, so the connection cannot be used again.
  if (status !== 200) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-type': 'text/plain' }).end();
}

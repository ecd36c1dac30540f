import type { IncomingMessage, ServerResponse } from 'node:http';
import { replyJson } from '../http/reply.js';
import { readFields, requestUrl } from '../http/request.js';
import type { Outage } from '../outage.js';
import { botMethods } from './bot-methods.js';
import type { TelegramRateLimiter } from './limits.js';
import { messageMethods } from './message-methods.js';
import { TelegramArguments, type TelegramContext, type TelegramMethod, TelegramRefusal } from './method.js';
import { PollCut } from './updates.js';

const METHODS: Record<string, TelegramMethod> = { ...botMethods, ...messageMethods };

/** One call that planb made, for tests and statistics. */
export interface TelegramCall {
  method: string;
  at: number;
  /** 200, or the Bot API's error_code; 0 while the platform was away. */
  status: number;
  description?: string;
  chatId?: string;
}

export interface TelegramApiParts {
  context: TelegramContext;
  botToken: string;
  /** Undefined: limits are off. */
  limiter: TelegramRateLimiter | undefined;
  outage: Outage;
  record: (call: TelegramCall) => void;
}

/** The HTTP side of the Bot API: `/bot<token>/<method>` and `/file/bot<token>/…`. False when the path is not Telegram's. */
export async function serveTelegramApi(parts: TelegramApiParts, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const path = decodeURIComponent(requestUrl(request).pathname);
  const [, isFile, token, rest] = /^\/(file\/)?bot([^/]+)\/(.+)$/.exec(path) ?? [];
  if (token === undefined || rest === undefined) return false;
  const fail = (code: number, description: string, parameters?: Record<string, unknown>): void =>
    replyJson(response, code, { ok: false, error_code: code, description, ...(parameters ? { parameters } : {}) });
  const away = parts.outage.handle(request, response, (status) => {
    if (status === 429) fail(429, 'Too Many Requests: retry after 1', { retry_after: 1 });
    else fail(500, 'Internal Server Error');
  });
  if (away) {
    parts.record({ method: rest, at: Date.now(), status: 0 });
    return true;
  }
  if (token !== parts.botToken) {
    request.resume();
    fail(401, 'Unauthorized');
  } else if (isFile !== undefined) {
    request.resume();
    serveFile(parts, rest, response);
  } else {
    await callMethod(parts, rest, request, response, fail);
  }
  return true;
}

async function callMethod(
  parts: TelegramApiParts,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
  fail: (code: number, description: string, parameters?: Record<string, unknown>) => void,
): Promise<void> {
  const { fields, files } = await readFields(request);
  const args = new TelegramArguments(fields, files);
  const chatId = args.text('chat_id');
  const about = { method: name, at: Date.now(), ...(chatId === undefined ? {} : { chatId }) };
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    const result = await runMethod(parts, name, args, gone.signal);
    parts.record({ ...about, status: 200 });
    replyJson(response, 200, { ok: true, result });
  } catch (error) {
    if (error instanceof PollCut) {
      parts.record({ ...about, status: 0 });
      response.destroy();
      return;
    }
    if (!(error instanceof TelegramRefusal)) throw error;
    parts.record({ ...about, status: error.errorCode, description: error.message });
    fail(error.errorCode, error.message, error.parameters);
  }
}

/** Looks a method up, spends the rate limit and runs it. Throws {@link TelegramRefusal}. */
export function runMethod(parts: TelegramApiParts, name: string, args: TelegramArguments, gone: AbortSignal): unknown {
  const method = METHODS[name.toLowerCase()];
  if (!method) throw new TelegramRefusal(404, 'Not Found');
  const delay = parts.limiter?.take(name.toLowerCase(), args.text('chat_id'), Date.now()) ?? 0;
  if (delay > 0) {
    const seconds = Math.ceil(delay / 1000);
    throw new TelegramRefusal(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds });
  }
  return method(args, parts.context, gone);
}

function serveFile(parts: TelegramApiParts, path: string, response: ServerResponse): void {
  const document = parts.context.store.documents.get(path.replace(/^documents\//, ''));
  if (!document) return replyJson(response, 404, { ok: false, error_code: 404, description: 'Not Found' });
  response.writeHead(200, { 'content-type': 'application/octet-stream' });
  response.end(document.content);
}

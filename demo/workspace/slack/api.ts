import type { IncomingMessage, ServerResponse } from 'node:http';
import { replyJson } from '../http/reply.js';
import { readBody, readFields, requestUrl } from '../http/request.js';
import type { Outage } from '../outage.js';
import { chatMethods } from './chat-methods.js';
import { fileMethods, receiveUpload } from './file-methods.js';
import type { SlackRateLimiter } from './limits.js';
import { lookupMethods } from './lookup-methods.js';
import { type Method, MethodArguments, type MethodContext, SlackRefusal } from './method.js';
import type { ResponseUrls } from './response-urls.js';
import { viewMethods } from './view-methods.js';

const METHODS: Record<string, Method> = { ...chatMethods, ...viewMethods, ...lookupMethods, ...fileMethods };

/** One call that planb made, for tests and statistics. */
export interface SlackCall {
  method: string;
  at: number;
  /** `ok`, or Slack's error code; `ratelimited` for a 429, `outage` while the platform was away. */
  outcome: string;
  channel?: string;
}

export interface SlackApiParts {
  context: MethodContext;
  botToken: string;
  appToken: string;
  /** Undefined: limits are off. */
  limiter: SlackRateLimiter | undefined;
  outage: Outage;
  responseUrls: ResponseUrls;
  record: (call: SlackCall) => void;
}

/** The HTTP side of Slack: `/api/<method>`, `/upload/v1/<id>` and `/response/<id>`. False when the path is not Slack's. */
export async function serveSlackApi(parts: SlackApiParts, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const { pathname } = requestUrl(request);
  const [, area, ...rest] = pathname.split('/');
  if (area !== 'api' && area !== 'upload' && area !== 'response') return false;
  const name = rest.at(-1) ?? '';
  const method = area === 'api' ? name : area;
  const away = parts.outage.handle(request, response, (status) => {
    if (status === 429) replyJson(response, 429, { ok: false, error: 'ratelimited' }, { 'retry-after': '1' });
    else replyJson(response, 500, { ok: false, error: 'internal_error' });
  });
  if (away) {
    parts.record({ method, at: Date.now(), outcome: 'outage' });
    return true;
  }
  if (area === 'upload') {
    const known = receiveUpload(parts.context.store, name, await readUpload(request));
    replyJson(response, known ? 200 : 404, { ok: known });
  } else if (area === 'response') {
    const { fields } = await readFields(request);
    parts.responseUrls.receive(name, fields, parts.context, response);
  } else {
    await callMethod(parts, name, request, response);
  }
  return true;
}

/** Slack takes the bytes themselves or a form with the file in it; the SDK sends a form. */
async function readUpload(request: IncomingMessage): Promise<Buffer> {
  if (!request.headers['content-type']?.startsWith('multipart/')) return readBody(request);
  const { fields, files } = await readFields(request);
  const content = Object.values(files)[0]?.content ?? Object.values(fields)[0];
  return typeof content === 'string' ? Buffer.from(content) : Buffer.isBuffer(content) ? content : Buffer.alloc(0);
}

async function callMethod(parts: SlackApiParts, name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { fields, files } = await readFields(request);
  const args = new MethodArguments(fields, files);
  const channel = args.text('channel');
  const finish = (outcome: string): void => {
    parts.record({ method: name, at: Date.now(), outcome, ...(channel === undefined ? {} : { channel }) });
  };
  const refuse = (error: string, problems: string[] = []): void => {
    finish(error);
    const details = problems.length > 0 ? { errors: problems.map((one) => one.replace('[ERROR] ', '')), response_metadata: { messages: problems } } : {};
    replyJson(response, 200, { ok: false, error, ...details });
  };
  const method = METHODS[name];
  const refusal = method ? authorize(parts, name, bearer(request) ?? args.text('token')) : 'unknown_method';
  if (!method || refusal !== undefined) {
    refuse(refusal ?? 'unknown_method');
    return;
  }
  const delay = parts.limiter?.take(name, channel, Date.now()) ?? 0;
  if (delay > 0) {
    finish('ratelimited');
    replyJson(response, 429, { ok: false, error: 'ratelimited' }, { 'retry-after': String(Math.ceil(delay / 1000)) });
    return;
  }
  try {
    const result = method(args, parts.context);
    finish('ok');
    replyJson(response, 200, { ok: true, ...result });
  } catch (error) {
    if (!(error instanceof SlackRefusal)) throw error;
    refuse(error.code, error.problems);
  }
}

function bearer(request: IncomingMessage): string | undefined {
  return /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
}

/** Slack's error for a missing, wrong or unfit token; undefined when it is right. */
function authorize(parts: SlackApiParts, method: string, token: string | undefined): string | undefined {
  if (token === undefined) return 'not_authed';
  const wanted = method === 'apps.connections.open' ? parts.appToken : parts.botToken;
  if (token === wanted) return undefined;
  return token === parts.appToken || token === parts.botToken ? 'not_allowed_token_type' : 'invalid_auth';
}

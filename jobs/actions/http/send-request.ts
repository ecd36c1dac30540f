import type { CookieJar } from 'tough-cookie';
import { abortAfter } from '../../abort-after.js';
import { sayFetchFailure } from '../fetch-failure.js';
import { readBody } from '../http-probe.js';
import type { FlowRequest } from './flow-input.js';
import { fillJson, fillText, type Values } from './placeholders.js';

/** What a flow sends with. */
export interface Sender {
  readonly fetch: typeof globalThis.fetch;
  readonly signal: AbortSignal;
  readonly jar?: CookieJar | undefined;
  /** What a cookie holds must not be shown either. */
  readonly hide: (value: string) => void;
}

export type Sent = { readonly ok: true; readonly status: number; readonly headers: Headers; readonly text: string } | { readonly ok: false; /** Not masked. */ readonly saw: string };

interface Outgoing {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string | undefined;
}

/** A list of projects may be long; a stream without an end must not fill the memory. */
const maxBody = 4 * 1024 * 1024;
const maxRedirects = 5;

/** Makes one request with the names filled in. Rejects only when the signal aborts. */
export async function sendRequest(sender: Sender, wanted: FlowRequest, baseUrl: string | undefined, values: Values): Promise<Sent> {
  const first = outgoing(wanted, baseUrl, values);
  if (!('url' in first)) return { ok: false, saw: first.problem };
  const limit = AbortSignal.any([sender.signal, abortAfter(wanted.timeout)]);
  try {
    return await follow(sender, first, wanted.follow ? maxRedirects : 0, limit);
  } catch (error) {
    sender.signal.throwIfAborted();
    return { ok: false, saw: sayFetchFailure(error, wanted.timeout) };
  }
}

function outgoing(wanted: FlowRequest, baseUrl: string | undefined, values: Values): Outgoing | { readonly problem: string } {
  // In an address a value is data: one with a slash or a question mark must not lead elsewhere.
  const address = wanted.url ?? `${(baseUrl ?? '').replace(/\/+$/, '')}${wanted.path ?? ''}`;
  const filled = fillText(address, values, encodeURIComponent);
  if (!URL.canParse(filled)) return { problem: 'its address is none' };
  const headers = new Headers();
  for (const [name, value] of Object.entries(wanted.headers)) {
    try {
      headers.set(name, fillText(value, values));
    } catch {
      // The platform's own message quotes the value.
      return { problem: `header ${name} cannot hold this value` };
    }
  }
  const type = wanted.json !== undefined ? 'application/json' : wanted.form !== undefined ? 'application/x-www-form-urlencoded' : undefined;
  if (type !== undefined && !headers.has('content-type')) headers.set('content-type', type);
  const body = wanted.json !== undefined ? JSON.stringify(fillJson(wanted.json, values))
    : wanted.form !== undefined ? new URLSearchParams(Object.entries(wanted.form).map(([key, value]): [string, string] => [key, fillText(value, values)])).toString()
    : wanted.body === undefined ? undefined : fillText(wanted.body, values);
  return { url: new URL(filled), method: wanted.method, headers, body };
}

async function follow(sender: Sender, request: Outgoing, left: number, signal: AbortSignal): Promise<Sent> {
  const response = await sender.fetch(request.url, {
    method: request.method,
    headers: await withCookies(sender.jar, request),
    redirect: 'manual',
    ...(request.body === undefined ? {} : { body: request.body }),
    signal,
  });
  await keepCookies(sender, request.url, response.headers);
  const location = response.headers.get('location');
  if (left === 0 || location === null || ![301, 302, 303, 307, 308].includes(response.status)) {
    return { ok: true, status: response.status, headers: response.headers, text: await readBody(response, maxBody) };
  }
  await response.body?.cancel();
  if (!URL.canParse(location, request.url.href)) return { ok: false, saw: `${response.status} to an address that is none` };
  const next = redirected(request, response.status, new URL(location, request.url));
  return 'problem' in next ? { ok: false, saw: next.problem } : follow(sender, next, left - 1, signal);
}

/** As browsers do: POST becomes GET, but for 307 and 308. To another origin goes nothing that was meant for this one. */
function redirected({ url, method, headers, body }: Outgoing, status: number, to: URL): Outgoing | { readonly problem: string } {
  const keeps = status === 307 || status === 308 || method === 'GET' || method === 'HEAD';
  const sent = keeps ? body : undefined;
  if (to.protocol !== 'http:' && to.protocol !== 'https:') return { problem: `${status} to ${to.protocol}` };
  if (to.origin !== url.origin && sent !== undefined) return { problem: `${status} to ${to.host}, which must not get what was meant for ${url.host}` };
  const kept = new Headers(headers);
  for (const header of [...headers.keys()]) {
    if (to.origin !== url.origin ? !['accept', 'accept-language'].includes(header) : !keeps && header === 'content-type') kept.delete(header);
  }
  return { url: to, method: keeps ? method : 'GET', headers: kept, body: sent };
}

async function withCookies(jar: CookieJar | undefined, { url, headers }: Outgoing): Promise<Headers> {
  const cookies = jar === undefined ? '' : await jar.getCookieString(url.href);
  if (cookies === '') return headers;
  const more = new Headers(headers);
  more.set('cookie', [headers.get('cookie'), cookies].filter((part) => part !== null).join('; '));
  return more;
}

async function keepCookies({ jar, hide }: Sender, url: URL, headers: Headers): Promise<void> {
  for (const line of jar === undefined ? [] : headers.getSetCookie()) {
    const cookie = await jar?.setCookie(line, url.href, { ignoreError: true });
    if (cookie !== undefined) hide(cookie.value);
  }
}

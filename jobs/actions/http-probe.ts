import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';
import { abortAfter } from '../abort-after.js';
import { shorten } from '../../src/board/clean.js';
import type { ActionContext } from '../../src/ports/action.js';
import type { Json } from '../../src/plan/plan.js';
import { sayFetchFailure } from './fetch-failure.js';
import { missingFrom } from './json-subset.js';

/** What a healthy answer looks like. */
export interface HttpExpectation {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly status: number;
  readonly expect?: Json | undefined;
}

/** One request's answer; `saw` is short: `200`, `503, db: "Not connected"`, `connect ECONNREFUSED 127.0.0.1:4000`. Masked. */
export interface HttpAnswer {
  readonly good: boolean;
  readonly saw: string;
}

/** A health answer is small; a stream without an end must not fill the memory. */
const maxBody = 256 * 1024;

/** Asks once and judges the answer. Rejects only when the context's signal aborts. */
export async function askHttp(context: ActionContext, wanted: HttpExpectation, limitMs: number): Promise<HttpAnswer> {
  try {
    const response = await context.fetch(wanted.url, {
      method: wanted.method,
      headers: wanted.headers,
      // A redirect to a login page is not health: what is answered counts.
      redirect: 'manual',
      ...(wanted.body === undefined ? {} : { body: wanted.body }),
      signal: AbortSignal.any([context.signal, abortAfter(limitMs)]),
    });
    const text = await readBody(response);
    return judgeAnswer(wanted, response.status, text, context.mask);
  } catch (error) {
    context.signal.throwIfAborted();
    return { good: false, saw: context.mask(sayFetchFailure(error, limitMs)) };
  }
}

function judgeAnswer(wanted: HttpExpectation, status: number, text: string, mask: (text: string) => string): HttpAnswer {
  const body = parseJson(text);
  const differences = wanted.expect === undefined ? [] : missingFrom(body, wanted.expect);
  const good = status === wanted.status && differences.length === 0;
  if (good) return { good, saw: String(status) };
  if (differences.length > 0 && body === undefined) return { good, saw: `${status}, body is not JSON` };
  const places = differences.slice(0, 3).map(({ path, actual }) => `${path === '' ? 'body' : path}: ${actual === undefined ? 'absent' : short(mask(JSON.stringify(actual)))}`);
  // Without an expectation the beginning of the body is the only hint at what is wrong.
  const hint = places.length > 0 ? places.join(', ') : short(mask(text.trim()).split('\n')[0] ?? '');
  return { good, saw: hint === '' ? String(status) : `${status}, ${hint}` };
}

/** One short line of masked text: half a secret would not be found any more. */
export function short(text: string): string {
  // A body may be anything: control characters rewrite terminals, and PostgreSQL stores no NUL.
  const shown = stripVTControlCharacters(text).replace(/\p{Cc}/gu, '');
  return shorten(shown, 120);
}

/** Undefined where it is none. */
export function parseJson(text: string): Json | undefined {
  try {
    return jsonValue.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

const jsonValue = z.json();

/** As text, and no more of it than `limit` characters. */
export async function readBody(response: Response, limit = maxBody): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  const chunks: AsyncIterable<Uint8Array> = response.body;
  let text = '';
  // Leaving the loop early cancels the body.
  for await (const chunk of chunks) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= limit) break;
  }
  return text + decoder.decode();
}

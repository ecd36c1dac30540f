import { z } from 'zod';
import type { ActionContext } from '../../../src/ports/action.js';
import type { Reading } from '../../../src/watch/judge-rule.js';
import type { WatchCheck } from '../../../src/watch/policy.js';
import { abortAfter } from '../../abort-after.js';
import { sayFetchFailure } from '../../actions/fetch-failure.js';
import { readBody, short } from '../../actions/http-probe.js';

const limitMs = 10_000;
const sample = z.tuple([z.number(), z.string()]);
/** Prometheus' HTTP API, /api/v1/query. */
const answer = z.union([
  z.object({ status: z.literal('success'), data: z.union([
    z.object({ resultType: z.literal('vector'), result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: sample })) }),
    z.object({ resultType: z.literal('scalar'), result: sample }),
  ]) }),
  z.object({ status: z.literal('error'), error: z.string() }),
]);

/** An instant query. Without `above` and `below` it is read as an alert's expression: whatever it answers with is bad. */
export async function lookAtPrometheus(context: ActionContext, { url, query, headers, above, below }: Extract<WatchCheck, { kind: 'prometheus' }>): Promise<Reading> {
  const address = new URL('api/v1/query', url.endsWith('/') ? url : `${url}/`);
  address.searchParams.set('query', query);
  try {
    const response = await context.fetch(address, { headers, redirect: 'manual', signal: AbortSignal.any([context.signal, abortAfter(limitMs)]) });
    const text = await readBody(response);
    const read = answer.safeParse(parse(text));
    if (!read.success) return { result: 'unread', saw: `${response.status}, no answer of Prometheus` };
    if (read.data.status === 'error') return { result: 'unread', saw: short(context.mask(read.data.error)) };
    const { data } = read.data;
    const series = data.resultType === 'scalar' ? [{ metric: {}, value: Number(data.result[1]) }] : data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    const free = above === undefined && below === undefined;
    const bad = series.find(({ value }) => free || (above !== undefined && value > above) || (below !== undefined && value < below));
    if (bad === undefined) return { result: 'good', saw: series[0] === undefined ? 'no value' : say(series[0], context.mask) };
    const limit = free ? '' : `, ${above !== undefined && bad.value > above ? `above ${above}` : `below ${below ?? ''}`}`;
    return { result: 'bad', saw: `${say(bad, context.mask)}${limit}` };
  } catch (error) {
    context.signal.throwIfAborted();
    return { result: 'unread', saw: context.mask(sayFetchFailure(error, limitMs)) };
  }
}

function say({ metric, value }: { readonly metric: Readonly<Record<string, string>>; readonly value: number }, mask: (text: string) => string): string {
  const labels = Object.entries(metric).filter(([name]) => name !== '__name__').slice(0, 3).map(([name, label]) => `${name}=${label}`).join(', ');
  return short(mask(`${Number.isInteger(value) ? value : Number(value.toPrecision(4))}${labels === '' ? '' : ` (${labels})`}`));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

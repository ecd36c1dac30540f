import type { ActionContext } from '../../../src/ports/action.js';
import type { Reading, RuleState } from '../../../src/watch/judge-rule.js';
import type { WatchCheck } from '../../../src/watch/policy.js';
import { askHttp } from '../../actions/http-probe.js';

const asked = 3;
/** The baseline is measured once, so a little better. */
const askedFirst = 7;
/** Ten times almost nothing is still almost nothing, and any busy machine takes that long now and then. */
const leastBaselineMs = 10;
const longestMs = 10_000;

/** The median of a few answers against the baseline: the rule's own, else the last preflight's, else what the first look measures. */
export async function lookAtLatency(context: ActionContext, check: Extract<WatchCheck, { kind: 'latency' }>, before: RuleState): Promise<Reading> {
  const remembered = before.memory?.['baselineMs'];
  const known = check.baseline ?? (await context.records.lastPreflight())?.health.find(({ url }) => url === context.mask(check.url))?.ms ?? (typeof remembered === 'number' ? remembered : undefined);
  const limitMs = known === undefined ? longestMs : Math.min(longestMs, Math.max(known, leastBaselineMs) * check.times * 2);
  const times: number[] = [];
  for (let count = 0; count < (known === undefined ? askedFirst : asked); count += 1) {
    const from = performance.now();
    const { good, saw } = await askHttp(context, { url: check.url, method: 'GET', headers: check.headers, status: 200 }, limitMs);
    const ms = performance.now() - from;
    // One that was cut off took at least so long; any other bad answer says nothing about speed.
    if (!good && ms < limitMs) return { result: 'unread', saw };
    times.push(ms);
  }
  const median = [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
  const ms = Math.max(1, Math.round(median));
  if (known === undefined) return { result: 'good', saw: `${ms} ms, taken as the baseline`, memory: { baselineMs: ms } };
  const factor = median / Math.max(known, leastBaselineMs);
  return { result: factor > check.times ? 'bad' : 'good', saw: `${ms} ms, baseline ${Math.round(known)} ms${factor > 1.5 ? ` (${factor.toFixed(1)} times)` : ''}` };
}

import type { ActionContext } from '../../../src/ports/action.js';
import type { Reading } from '../../../src/watch/judge-rule.js';
import type { WatchCheck } from '../../../src/watch/policy.js';
import { askHttp } from '../../actions/http-probe.js';

const limitMs = 10_000;

/** One request, judged as `http.check` does; no answer is a bad one. */
export async function lookAtHttp(context: ActionContext, check: Extract<WatchCheck, { kind: 'http' }>): Promise<Reading> {
  const { good, saw } = await askHttp(context, check, limitMs);
  return { result: good ? 'good' : 'bad', saw };
}

import { z } from 'zod';
import type { Action, StepContext, StepResult } from '../../src/ports/action.js';
import { durationInput, sayDuration } from './duration-input.js';
import { askHttp } from './http-probe.js';
import { paste } from './paste.js';
import { pollUntilGood } from './poll-until-good.js';
import { failed } from './step-failure.js';

const input = z.strictObject({
  url: z.string().min(1),
  method: z.string().regex(/^[A-Z]+$/, 'write the method in capitals').default('GET'),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().optional(),
  status: z.number().int().min(100).max(599).default(200),
  /** JSON that the body must contain; more keys are fine. */
  expect: z.json().optional(),
  /** How long it may take to become good. */
  within: durationInput.default(60_000),
  /** How long it must then stay good. */
  hold: durationInput.default(0),
  interval: durationInput.default(500),
});
type Input = z.output<typeof input>;

/** Longest time of one request; less where `within` is short, so that one that hangs does not use it all up. */
const requestMs = 5_000;
const inspectMs = 3_000;

/** Polls an address until status and JSON are as expected, and, with `hold`, stay so. */
export const httpCheckAction: Action<Input> = {
  name: 'http.check',
  summary: 'Polls an address until its status and JSON are as expected, and stay so for `hold`.',
  input,
  check: true,
  remote: true,
  measuresOnly: true,
  defaultTimeoutMs: 10 * 60_000,
  inspect: async (context, given) => {
    // Planning looks, and never does: any other method may pay, order or delete.
    if (given.method !== 'GET' && given.method !== 'HEAD') return [];
    const answer = await askHttp(context, given, inspectMs);
    const readAt = new Date(context.now()).toISOString();
    return [{ key: `http:${context.mask(given.url)}`, kind: 'measured', label: `answer of ${context.mask(given.url)}`, value: { good: answer.good, saw: answer.saw }, readAt }];
  },
  describe: (given) => ({
    commands: [`${paste(curl(given))}${expectation(given)}`],
    effect: 'read',
    destructive: false,
    changes: [],
    ...(given.hold > 0 ? { estimateMs: given.hold } : {}),
  }),
  execute: check,
};

function curl(given: Input): readonly string[] {
  const headers = Object.entries(given.headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const method = given.method === 'GET' ? [] : ['-X', given.method];
  return ['curl', '-sS', '-i', ...method, ...headers, ...(given.body === undefined ? [] : ['--data', given.body]), given.url];
}

function expectation(given: Input): string {
  const json = given.expect === undefined ? '' : ` with ${JSON.stringify(given.expect)}`;
  const hold = given.hold > 0 ? `, then good for ${sayDuration(given.hold)}` : '';
  return `   # ${given.status}${json} within ${sayDuration(given.within)}${hold}`;
}

async function check(context: StepContext, given: Input): Promise<StepResult> {
  const limitMs = Math.min(requestMs, Math.max(1_000, given.within / 3));
  const polled = await pollUntilGood(context, given, { says: 'good', about: `${given.url}: ` }, async () => {
    const from = performance.now();
    const answer = await askHttp(context, given, limitMs);
    return { ...answer, ms: Math.max(1, Math.round(performance.now() - from)) };
  });
  const { saw, ms } = polled.looked;
  if (!polled.good) {
    const held = polled.fellAfter === undefined ? '' : ` (it was good for ${sayDuration(polled.fellAfter)})`;
    return failed('not-healthy', `${saw}, since ${new Date(polled.badSince).toISOString().slice(11, 19)} UTC${held}`);
  }
  const { asked, goodAfterMs, heldMs } = polled;
  const baseline = (await context.records.lastPreflight())?.health.find(({ url }) => url === context.mask(given.url));
  context.log(`${given.url}: ${saw} in ${ms} ms${baseline === undefined ? '' : `, baseline ${baseline.ms} ms`}`);
  return { ok: true, receipt: { url: context.mask(given.url), saw, ms, ...(baseline === undefined ? {} : { baselineMs: baseline.ms }), asked, goodAfterMs, heldMs } };
}

import { createHash } from 'node:crypto';
import { abortAfter } from '../../abort-after.js';
import type { StepContext, StepResult } from '../../../src/ports/action.js';
import { createMasker, SHORTEST_SECRET } from '../../../src/secret/mask.js';
import { sayDuration } from '../duration-input.js';
import { failed } from '../step-failure.js';
import { type FlowInput, type FlowRequest, onlyLooks, placedTexts } from './flow-input.js';
import { capture, judgeAnswer } from './judge-answer.js';
import { fillText, namesIn, type Scalar } from './placeholders.js';
import { sendRequest, type Sender } from './send-request.js';

/** What taking away may cost after a stop, in all. */
const farewellMs = 10_000;

interface Flow {
  readonly given: FlowInput;
  readonly values: Map<string, Scalar>;
  readonly sender: Sender;
  readonly mask: (text: string) => string;
  readonly hide: (value: string) => void;
}

type Outcome = { readonly ok: true; readonly status: number } | { readonly ok: false; readonly problem: string; readonly retryable: boolean };

/**
 * Makes the requests one after another; after the first that fails only those that take away what was made. Of a stopped attempt these are made too, within ten seconds: nothing
 * else knows what has to go. What was captured is in no log, receipt or error.
 */
export async function runFlow(context: StepContext, given: FlowInput): Promise<StepResult> {
  const flow = await begin(context, given);
  const done: { name: string; status: number; ms: number }[] = [];
  const reached = new Set<FlowRequest>();
  let failure: { readonly sentence: string; readonly retryable: boolean } | undefined;
  try {
    for (const one of given.requests) {
      if (failure !== undefined && !one.always) continue;
      const missing = missingNames(one, flow);
      if (missing.length > 0) {
        // Without what an earlier request should have given there is nothing that could be taken away by name.
        context.log(`${one.name}: not made, since there is no ${missing.join(', ')}`);
        continue;
      }
      reached.add(one);
      const started = context.now();
      const outcome = await makeGood(context, flow, one, flow.sender);
      if (outcome.ok) done.push({ name: one.name, status: outcome.status, ms: context.now() - started });
      else failure = failure === undefined ? { sentence: `${one.name}: ${outcome.problem}`, retryable: outcome.retryable } : { ...failure, sentence: `${failure.sentence}; and then ${one.name}: ${outcome.problem}` };
    }
  } catch (error) {
    if (context.signal.aborted) await sayFarewell(context, flow, reached);
    throw error;
  }
  if (failure === undefined) return { ok: true, receipt: { unique: String(flow.values.get('unique')), requests: done } };
  return failed('flow-failed', failure.sentence, { retryable: failure.retryable });
}

async function begin(context: StepContext, given: FlowInput): Promise<Flow> {
  const values = new Map<string, Scalar>([['run', context.runId], ['unique', uniqueOf(context)]]);
  const own = new Map(values);
  for (const [name, text] of Object.entries(given.vars)) values.set(name, fillText(text, own));
  const hidden = new Set<string>();
  let masker = createMasker([]);
  const hide = (value: string): void => {
    if (value.length < SHORTEST_SECRET || hidden.has(value)) return;
    hidden.add(value);
    masker = createMasker([...hidden].map((one) => ({ name: 'captured', value: one })));
  };
  // Loaded where it is used: few flows log in, and it knows every public suffix by heart.
  const jar = given.cookies ? new (await import('tough-cookie')).CookieJar() : undefined;
  return { given, values, hide, mask: (text) => context.mask(masker.mask(text)), sender: { fetch: context.fetch, signal: context.signal, jar, hide } };
}

/** Another one for each attempt, the same for a probe of it; the time tells runs of the same number apart where planb began anew with an empty database. */
function uniqueOf({ attemptId, firstStartedAt }: StepContext): string {
  return BigInt(`0x${createHash('sha256').update(`${attemptId}@${firstStartedAt}`).digest('hex')}`).toString(36).slice(-10);
}

function missingNames(one: FlowRequest, { values }: Flow): readonly string[] {
  return [...new Set(placedTexts(one).flatMap(({ text }) => namesIn(text)))].filter((name) => !values.has(name));
}

async function makeGood(context: StepContext, flow: Flow, one: FlowRequest, sender: Sender): Promise<Outcome> {
  const started = context.now();
  for (let nth = 0; ; nth += 1) {
    const outcome = await make(context, flow, one, sender);
    const more = nth < one.retry || context.now() - started < one.within;
    if (outcome.ok || !more) return outcome;
    context.progress(`${one.name}: ${outcome.problem}`);
    await context.pause(one.interval);
  }
}

async function make(context: StepContext, flow: Flow, one: FlowRequest, sender: Sender): Promise<Outcome> {
  const started = context.now();
  const sent = await sendRequest(sender, one, flow.given.baseUrl, flow.values);
  if (!sent.ok) {
    const problem = flow.mask(sent.saw);
    context.log(`${one.name}: ${problem}`);
    return { ok: false, problem, retryable: true };
  }
  context.log(`${one.name}: ${sent.status} in ${sayDuration(context.now() - started)}`);
  const caught = capture(one, sent);
  caught.values.forEach((value, name) => {
    // Also of an answer that is not as expected: what it made can be taken away only by what it says.
    flow.values.set(name, value);
    if (typeof value === 'string') flow.hide(value);
  });
  const problem = judgeAnswer(one, sent, flow.values, flow.mask) ?? caught.problem;
  return problem === undefined ? { ok: true, status: sent.status } : { ok: false, problem: flow.mask(problem), retryable: sent.status >= 500 || onlyLooks(one) };
}

/** After a stop: whatever takes something away and was not made yet, without waiting and without asking twice. */
async function sayFarewell(context: StepContext, flow: Flow, reached: ReadonlySet<FlowRequest>): Promise<void> {
  const signal = abortAfter(farewellMs);
  const sender: Sender = { ...flow.sender, fetch: context.fetchAfterAbort, signal };
  for (const one of flow.given.requests) {
    if (!one.always || reached.has(one) || missingNames(one, flow).length > 0 || signal.aborted) continue;
    try {
      const outcome = await make(context, flow, one, sender);
      if (!outcome.ok) context.log(`${one.name}: ${outcome.problem}`);
    } catch {
      context.log(`${one.name}: no answer in the time that is left after a stop`);
    }
  }
}

import { z } from 'zod';
import { readName, sameValues, sayRecord, sayValues } from '../../src/dns/record.js';
import { readServerAddress } from '../../src/dns/server-address.js';
import type { Action, StepContext, StepResult } from '../../src/ports/action.js';
import { findAskers, type Asker } from './dns/askers.js';
import { sayTime } from './dns/change-records.js';
import { checkRecords, recordsFields, wantedRecords, type WantedRecord } from './dns/records-input.js';
import { durationInput, sayDuration } from './duration-input.js';
import { failed, failingInWords } from './step-failure.js';

const dayMs = 24 * 3_600_000;

const input = z
  .strictObject({
    provider: z.string().min(1).optional(),
    /** In its place, where no provider keeps the zone for planb. */
    zone: z.string().refine((text) => readName(text) !== undefined, 'expected a zone such as example.org').transform((text) => readName(text) ?? text).optional(),
    ...recordsFields,
    within: durationInput.refine((ms) => ms <= dayMs, 'expected at most 24 hours').default(15 * 60_000),
    /** How often those are asked that do not say how long they keep their answer. */
    interval: durationInput.refine((ms) => ms >= 50, 'expected at least 50 ms').default(5_000),
    resolvers: z.array(z.string().refine((text) => readServerAddress(text) !== undefined, 'expected host or host:port')).optional(),
  })
  .check(checkRecords)
  .check(({ value, issues }) => {
    if ((value.provider === undefined) === (value.zone === undefined)) issues.push({ code: 'custom', message: 'give provider, or zone in its place', input: value, path: ['provider'] });
  });
type Input = z.output<typeof input>;

/** Asks every authoritative server and each resolver until all of them answer the new values. */
export const dnsWaitAction: Action<Input> = {
  name: 'dns.wait',
  summary: 'Asks every authoritative server and each resolver until all answer the new records.',
  input,
  check: true,
  remote: 'irrelevant',
  defaultTimeoutMs: dayMs + 2 * 3_600_000,
  describe: (given) => ({
    commands: wantedRecords(given).map((wanted) => `# every authoritative server of ${given.zone ?? given.provider ?? ''} and ${given.resolvers?.join(', ') ?? 'each resolver'} answer ${sayRecord(wanted)} ${sayValues(wanted.to)}, within ${sayDuration(given.within)}`),
    effect: 'read',
    destructive: false,
    changes: [],
  }),
  execute: (context, given) => failingInWords(context.mask, () => awaitEverywhere(context, given)),
};

/** One question to one server that has not been answered as wanted yet. */
interface Open {
  readonly asker: Asker;
  readonly wanted: WantedRecord;
  /** What it said last, and until when it may go on saying so; milliseconds since the epoch. */
  saw: string;
  until: number;
  askAt: number;
}

async function awaitEverywhere(context: StepContext, given: Input): Promise<StepResult> {
  const started = context.now();
  const wanted = wantedRecords(given);
  const askers = await findAskers(context, given, wanted);
  const labels = [...new Set(askers.map(({ asker }) => asker.label))];
  let open: readonly Open[] = askers.map(({ asker, wanted: each }) => ({ asker, wanted: each, saw: 'was not asked yet', until: 0, askAt: started }));
  for (;;) {
    const still = await Promise.all(open.map(async (each) => ({ each, done: context.now() >= each.askAt && (await askOnce(context, given, each)) })));
    open = still.filter(({ done }) => !done).map(({ each }) => each);
    const now = context.now();
    if (open.length === 0) return { ok: true, receipt: { asked: labels, waitedMs: now - started, records: wanted.map(({ name, type, to }) => ({ name, type, values: to })) } };
    if (now - started >= given.within) return failed('dns-not-everywhere', `not everywhere after ${sayDuration(given.within)}: ${open.map((each) => sayOpen(each, now)).join('; ')}`, { retryable: true });
    context.progress(`${labels.length - new Set(open.map(({ asker }) => asker.label)).size} of ${labels.length} answer the new records; ${open.slice(0, 3).map((each) => sayOpen(each, now)).join('; ')}${open.length > 3 ? `; and ${open.length - 3} more` : ''}`);
    const next = Math.min(...open.map(({ askAt }) => askAt), started + given.within);
    await context.pause(Math.max(1, next - now));
  }
}

/** Whether it answers as wanted now. */
async function askOnce(context: StepContext, given: Input, open: Open): Promise<boolean> {
  const answer = await open.asker.ask(open.wanted);
  const now = context.now();
  const done = answer.ok && sameValues(answer.values, open.wanted.to);
  const saw = answer.ok ? `answers ${sayValues(answer.values)}` : answer.saw;
  if (done) context.log(`${open.asker.label} answers ${sayRecord(open.wanted)} ${sayValues(open.wanted.to)}`);
  else if (saw !== open.saw) context.log(`${open.asker.label} ${saw} for ${sayRecord(open.wanted)}`);
  open.saw = saw;
  // Until its time is over a cache cannot say anything else; an authoritative server can at any moment.
  open.until = answer.ok && open.asker.keeps && answer.values.length > 0 ? now + answer.ttl * 1_000 : 0;
  // Some answer from several caches, each with a time of its own: never silent for longer than the interval.
  open.askAt = now + Math.min(given.interval, open.until > now ? open.until - now : given.interval);
  return done;
}

function sayOpen({ asker, wanted, saw, until }: Open, now: number): string {
  return `${asker.label} ${saw} for ${sayRecord(wanted)}${until > now ? ` until ${sayTime(until)}` : ''}`;
}

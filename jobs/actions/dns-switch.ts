import { z } from 'zod';
import { sayRecord, sayValues } from '../../src/dns/record.js';
import type { Fact, JsonObject } from '../../src/plan/plan.js';
import type { Action, PlanSoFar, ProbeResult, StepContext, StepDescription, StepResult } from '../../src/ports/action.js';
import { DnsError, type RecordSet } from '../../src/ports/dns.js';
import { changeRecords, forgottenAt, sayTime } from './dns/change-records.js';
import { inspectRecords, readLive, recordFact, recordKey, refuseOthers, sayOthers, setsAsJson, setsOfUndo, stateOf, ttlFact, type LiveRecord } from './dns/live-records.js';
import { checkRecords, recordsFields, ttlInput, wantedRecords, type WantedRecord } from './dns/records-input.js';
import { failed, failingInWords } from './step-failure.js';

const input = z.strictObject({ provider: z.string().min(1), ...recordsFields, ttl: ttlInput.optional() }).check(checkRecords);
type Input = z.output<typeof input>;

/** Points DNS records elsewhere: exactly those that are named, all or none, and only from the values that people approved. */
export const dnsSwitchAction: Action<Input> = {
  name: 'dns.switch',
  summary: 'Changes DNS records from their old values to new ones, all or none, if the old ones still hold.',
  input,
  remote: 'irrelevant',
  defaultTimeoutMs: 15 * 60_000,
  inspect: (context, given) => inspectRecords(context, given.provider, wantedRecords(given), given.ttl),
  describe: describeSwitch,
  awaits: (given, facts) => {
    const pending = pendingOf(given, facts);
    if (pending.length === 0 || !pending.every((wanted) => recordFact(facts, given.provider, wanted)?.manual === true)) return undefined;
    return `Change these DNS records, then press Done; planb asks their servers then. ${pending.map((wanted) => line(given, wanted, facts)).join('; ')}`;
  },
  confirm: async (context, given) => {
    const { live } = await readLive(context, given.provider, wantedRecords(given));
    const old = live.filter(({ state }) => state !== 'to');
    if (old.length > 0) return { ok: false, saw: `their servers answer ${old.map(({ set }) => `${sayRecord(set)} ${sayValues(set.values)}`).join('; ')}` };
    return { ok: true, receipt: receiptOf(context, given, live, setsOfFacts(given, context.facts)) };
  },
  before: async (context, given) => ({ records: setsAsJson((await readLive(context, given.provider, wantedRecords(given))).live.map(({ set }) => set)) }),
  execute: (context, given) => failingInWords(context.mask, () => switchRecords(context, given)),
  probe: probeSwitch,
};

/** As far as the plan knows: a record that was not read has to be switched. */
function pendingOf(given: Input, facts: readonly Fact[]): readonly WantedRecord[] {
  return wantedRecords(given).filter((wanted) => stateOf(wanted, recordFact(facts, given.provider, wanted)?.values ?? wanted.from) !== 'to');
}

function line(given: Input, wanted: WantedRecord, facts: readonly Fact[]): string {
  const now = ttlFact(facts, given.provider, wanted);
  const ttl = given.ttl === undefined ? (now === undefined ? 'TTL as it is' : `TTL ${now}`) : now === undefined || now === 0 || now === given.ttl ? `TTL ${given.ttl}` : `TTL ${now} → ${given.ttl}`;
  return `${sayRecord(wanted)} ${sayValues(wanted.from)} → ${sayValues(wanted.to)}, ${ttl}`;
}

function describeSwitch(given: Input, { facts }: PlanSoFar): StepDescription {
  const wanted = wantedRecords(given);
  for (const each of wanted) {
    const fact = recordFact(facts, given.provider, each);
    if (fact !== undefined) refuseOthers(each, fact.values);
  }
  const pending = pendingOf(given, facts);
  const commands = wanted.map((each) => {
    const fact = recordFact(facts, given.provider, each);
    const where = fact === undefined ? given.provider : `${given.provider}: ${fact.place}${fact.proxied ? ', proxied' : ''}`;
    return pending.includes(each) ? `# ${line(given, each, facts)} (${where})` : `# ${sayRecord(each)} is ${sayValues(each.to)} already (${where})`;
  });
  const late = given.ttl === undefined ? [] : pending.filter((each) => (ttlFact(facts, given.provider, each) ?? 0) > (given.ttl ?? 0));
  const longest = Math.max(0, ...late.map((each) => ttlFact(facts, given.provider, each) ?? 0));
  return {
    commands: late.length === 0 ? commands : [...commands, `# resolvers may keep the old answer for ${longest} s, unless the TTL is lowered that long before`],
    effect: 'idempotent',
    destructive: false,
    changes: pending.flatMap((each) => {
      const fact = recordFact(facts, given.provider, each);
      return [{ key: recordKey(given.provider, each), ...(fact === undefined ? {} : { to: { ...fact, values: [...each.to] } }) }];
    }),
    estimateMs: 2_000,
  };
}

async function switchRecords(context: StepContext, given: Input): Promise<StepResult> {
  const wanted = wantedRecords(given);
  const { provider, live } = await readLive(context, given.provider, wanted);
  if (live.some(({ state }) => state === 'other')) return failed('records-changed', sayOthers(live));
  const pending = live.filter(({ state }) => state === 'from');
  if (pending.length > 0) {
    warnOfOldTtl(context, wanted);
    const changes = pending.map(({ set, wanted: { to } }) => ({ old: set, values: to, ttl: given.ttl ?? (set.values.length === 0 ? defaultTtl : set.ttl) }));
    await changeRecords(context, provider, changes, async () => (await readLive(context, given.provider, wanted)).live.every(({ state }) => state === 'to'));
  }
  const after = pending.length === 0 ? live : (await readLive(context, given.provider, wanted)).live;
  return { ok: true, receipt: receiptOf(context, given, after, live.map(({ set }) => set)) };
}

/** Of a record that did not exist and whose step names none. */
const defaultTtl = 300;

/** A step before this one lowered the TTL, and resolvers that asked before that may still keep the answer for the old time. */
function warnOfOldTtl(context: StepContext, wanted: readonly WantedRecord[]): void {
  for (const { oldTtlUntil, records } of Object.values(context.receipts)) {
    const until = typeof oldTtlUntil === 'string' ? Date.parse(oldTtlUntil) : Number.NaN;
    const names = z.array(z.object({ name: z.string(), type: z.string() })).safeParse(records).data ?? [];
    const own = names.some(({ name, type }) => wanted.some((each) => each.name === name && each.type === type));
    if (own && until > context.now()) context.log(`switching before the old TTL has run out: resolvers may keep the old answer until ${sayTime(until)}`);
  }
}

function receiptOf(context: StepContext, given: Input, live: readonly LiveRecord[], before: readonly RecordSet[]): JsonObject {
  const records = live.map(({ set, wanted }) => {
    const old = before.find(({ name, type }) => name === set.name && type === set.type);
    const switched = old === undefined || stateOf(wanted, old.values) !== 'to';
    return { name: set.name, type: set.type, old: old?.values ?? wanted.from, oldTtl: old?.ttl ?? set.ttl, new: set.values, ttl: set.ttl, ...(set.proxied === true ? { proxied: true } : {}), switched };
  });
  const switched = records.filter((each) => each.switched);
  const now = context.now();
  return {
    provider: given.provider, changed: switched.length, switchedAt: new Date(now).toISOString(), oldTtlUntil: new Date(forgottenAt(now, switched.map(({ oldTtl }) => oldTtl))).toISOString(),
    records: records.map(({ switched: _switched, ...record }) => record),
  };
}

/** What people approved, where nothing was stored because nobody but they acted. */
function setsOfFacts(given: Input, facts: readonly Fact[]): readonly RecordSet[] {
  return wantedRecords(given).flatMap(({ name, type }) => {
    const fact = recordFact(facts, given.provider, { name, type });
    return fact === undefined ? [] : [{ name, type, values: fact.values, ttl: ttlFact(facts, given.provider, { name, type }) ?? 0 }];
  });
}

async function probeSwitch(context: StepContext, given: Input, undo: JsonObject | undefined): Promise<ProbeResult> {
  try {
    const { live } = await readLive(context, given.provider, wantedRecords(given));
    const saw = live.map(({ set }) => `${sayRecord(set)} is ${sayValues(set.values)}`).join('; ');
    if (live.every(({ state }) => state === 'to')) return { outcome: 'happened', receipt: receiptOf(context, given, live, setsOfUndo(undo) ?? []), saw };
    return { outcome: live.every(({ state }) => state === 'from') ? 'absent' : 'unclear', saw };
  } catch (error) {
    if (error instanceof DnsError) return { outcome: 'unclear', saw: context.mask(error.message) };
    throw error;
  }
}

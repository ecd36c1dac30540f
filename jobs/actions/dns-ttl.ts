import { z } from 'zod';
import { sayRecord, sayValues } from '../../src/dns/record.js';
import type { Fact, JsonObject } from '../../src/plan/plan.js';
import type { Action, PlanSoFar, ProbeResult, StepContext, StepDescription, StepResult } from '../../src/ports/action.js';
import { DnsError, type RecordSet } from '../../src/ports/dns.js';
import { changeRecords, forgottenAt, sayTime } from './dns/change-records.js';
import { inspectRecords, readLive, recordFact, refuseOthers, sayOthers, setsAsJson, setsOfUndo, ttlFact, type LiveRecord } from './dns/live-records.js';
import { checkRecords, recordsFields, ttlInput, wantedRecords, type WantedRecord } from './dns/records-input.js';
import { failed, failingInWords } from './step-failure.js';

const input = z.strictObject({ provider: z.string().min(1), ...recordsFields, ttl: ttlInput }).check(checkRecords);
type Input = z.output<typeof input>;

/** Sets the time that resolvers may keep records, whose values stay: lowered long enough before a switch, the switch is seen soon. */
export const dnsTtlAction: Action<Input> = {
  name: 'dns.ttl',
  summary: 'Sets the TTL of DNS records whose values stay, and tells when the old TTL has run out.',
  input,
  remote: 'irrelevant',
  defaultTimeoutMs: 15 * 60_000,
  inspect: (context, given) => inspectRecords(context, given.provider, wantedRecords(given), undefined),
  describe: describeTtl,
  awaits: (given, facts) => {
    const wanted = wantedRecords(given);
    if (!wanted.every((each) => recordFact(facts, given.provider, each)?.manual === true)) return undefined;
    return `Set the TTL of these DNS records to ${given.ttl} s and leave their values, then press Done; planb asks their servers then. ${wanted.map((each) => line(given, each, facts)).join('; ')}`;
  },
  confirm: async (context, given) => {
    const { live } = await readLive(context, given.provider, wantedRecords(given));
    if (live.some(({ state }) => state === 'other')) return { ok: false, saw: sayOthers(live) };
    const old = live.filter((each) => !isSet(given, each));
    if (old.length > 0) return { ok: false, saw: `their servers answer ${old.map(({ set }) => `${sayRecord(set)} with TTL ${set.ttl}`).join('; ')}` };
    return { ok: true, receipt: receiptOf(context, given, live, live.map(({ set, wanted }) => ({ ...set, ttl: ttlFact(context.facts, given.provider, wanted) ?? set.ttl }))) };
  },
  before: async (context, given) => ({ records: setsAsJson((await readLive(context, given.provider, wantedRecords(given))).live.map(({ set }) => set)) }),
  execute: (context, given) => failingInWords(context.mask, () => setTtl(context, given)),
  probe: probeTtl,
};

/** Whether nothing is left to do for it: Cloudflare sets the time of a proxied record itself, and one that is not there has none. */
function isSet(given: Input, { set }: LiveRecord): boolean {
  return set.ttl === given.ttl || set.proxied === true || set.values.length === 0;
}

function line(given: Input, wanted: WantedRecord, facts: readonly Fact[]): string {
  const fact = recordFact(facts, given.provider, wanted);
  const now = ttlFact(facts, given.provider, wanted);
  return `${sayRecord(wanted)} ${sayValues(fact?.values ?? wanted.from)}, TTL ${now === undefined || now === given.ttl ? '' : `${now} → `}${given.ttl}`;
}

function describeTtl(given: Input, { facts }: PlanSoFar): StepDescription {
  const commands = wantedRecords(given).map((wanted) => {
    const fact = recordFact(facts, given.provider, wanted);
    if (fact !== undefined) refuseOthers(wanted, fact.values);
    return `# ${line(given, wanted, facts)} (${fact === undefined ? given.provider : `${given.provider}: ${fact.place}${fact.proxied ? ', proxied: its TTL stays' : ''}`})`;
  });
  // The values stay, and the time is no identity.
  return { commands, effect: 'idempotent', destructive: false, changes: [], estimateMs: 2_000 };
}

async function setTtl(context: StepContext, given: Input): Promise<StepResult> {
  const wanted = wantedRecords(given);
  const { provider, live } = await readLive(context, given.provider, wanted);
  if (live.some(({ state }) => state === 'other')) return failed('records-changed', sayOthers(live));
  const pending = live.filter((each) => !isSet(given, each));
  const read = async (): Promise<readonly LiveRecord[]> => (await readLive(context, given.provider, wanted)).live;
  if (pending.length > 0) {
    await changeRecords(context, provider, pending.map(({ set }) => ({ old: set, values: set.values, ttl: given.ttl })), async () => (await read()).every((each) => isSet(given, each) && each.state !== 'other'));
  }
  const receipt = receiptOf(context, given, pending.length === 0 ? live : await read(), live.map(({ set }) => set));
  const until = receipt['oldTtlUntil'];
  if (pending.length > 0 && typeof until === 'string') context.log(`resolvers that asked before may keep the answer for the old TTL, until ${sayTime(Date.parse(until))}`);
  return { ok: true, receipt };
}

function receiptOf(context: StepContext, given: Input, live: readonly LiveRecord[], before: readonly RecordSet[]): JsonObject {
  const now = context.now();
  const records = live.map(({ set }) => {
    const old = before.find(({ name, type }) => name === set.name && type === set.type);
    return { name: set.name, type: set.type, values: set.values, ttl: set.ttl, oldTtl: old?.ttl ?? set.ttl };
  });
  const changed = records.filter(({ ttl, oldTtl }) => ttl !== oldTtl);
  return { provider: given.provider, ttl: given.ttl, changedAt: new Date(now).toISOString(), oldTtlUntil: new Date(forgottenAt(now, changed.map(({ oldTtl }) => oldTtl))).toISOString(), records };
}

async function probeTtl(context: StepContext, given: Input, undo: JsonObject | undefined): Promise<ProbeResult> {
  try {
    const { live } = await readLive(context, given.provider, wantedRecords(given));
    const saw = live.map(({ set }) => `${sayRecord(set)} has TTL ${set.ttl}`).join('; ');
    if (live.every((each) => isSet(given, each) && each.state !== 'other')) return { outcome: 'happened', receipt: receiptOf(context, given, live, setsOfUndo(undo) ?? []), saw };
    return { outcome: live.some((each) => isSet(given, each) || each.state === 'other') ? 'unclear' : 'absent', saw };
  } catch (error) {
    if (error instanceof DnsError) return { outcome: 'unclear', saw: context.mask(error.message) };
    throw error;
  }
}

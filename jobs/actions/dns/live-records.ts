import { z } from 'zod';
import { sameValues, sayRecord, saySet, sayValues } from '../../../src/dns/record.js';
import type { Fact, JsonObject } from '../../../src/plan/plan.js';
import type { ActionContext } from '../../../src/ports/action.js';
import { DnsError, type DnsProvider, type RecordName, type RecordSet } from '../../../src/ports/dns.js';
import { abortAfter } from '../../abort-after.js';
import { ActionError } from '../action-error.js';
import type { WantedRecord } from './records-input.js';

/** What a plan holds of a record: the values, and where they are kept. */
const recordFactSchema = z.object({ values: z.array(z.string()), place: z.string(), manual: z.boolean(), proxied: z.boolean() });
export type RecordFact = z.output<typeof recordFactSchema>;

/** A record as it is now, beside what the step wants of it. */
export interface LiveRecord {
  readonly wanted: WantedRecord;
  readonly set: RecordSet;
  readonly state: 'from' | 'to' | 'other';
}

export interface LiveRecords {
  readonly provider: DnsProvider;
  readonly live: readonly LiveRecord[];
}

/** A resolver that says nothing must not hold up a plan. */
const resolversMs = 1_500;

export const recordKey = (provider: string, { name, type }: RecordName): string => `dns:${provider}:${name}:${type}`;
export const ttlKey = (provider: string, { name, type }: RecordName): string => `dns-ttl:${provider}:${name}:${type}`;

/** Reads the records where they are kept. Throws DnsError. */
export async function readLive(context: ActionContext, providerName: string, wanted: readonly WantedRecord[]): Promise<LiveRecords> {
  const provider = await context.dns.open(providerName);
  const sets = await provider.read(wanted.map(({ name, type }) => ({ name, type })));
  return { provider, live: wanted.map((each): LiveRecord => {
    const set = sets.find(({ name, type }) => name === each.name && type === each.type) ?? { name: each.name, type: each.type, values: [], ttl: 0 };
    return { wanted: each, set, state: stateOf(each, set.values) };
  }) };
}

export function stateOf({ from, to }: WantedRecord, values: readonly string[]): LiveRecord['state'] {
  return sameValues(values, to) ? 'to' : sameValues(values, from) ? 'from' : 'other';
}

/** The facts that switching rests on. `ttl`: what resolvers may keep at most once it is switched. */
export async function inspectRecords(context: ActionContext, providerName: string, wanted: readonly WantedRecord[], ttl: number | undefined): Promise<readonly Fact[]> {
  const { provider, live } = await readLive(context, providerName, wanted);
  const kept = await Promise.all(live.map((each) => keptFor(context, providerName, each)));
  const readAt = new Date(context.now()).toISOString();
  return live.flatMap(({ set }, index): readonly Fact[] => {
    const value: RecordFact = { values: [...set.values], place: provider.place, manual: provider.change === undefined, proxied: set.proxied === true };
    return [
      { key: recordKey(providerName, set), kind: 'identity', label: `DNS record ${sayRecord(set)}`, value, readAt },
      { key: ttlKey(providerName, set), kind: 'measured', label: `seconds that resolvers may keep ${sayRecord(set)}`, value: kept[index] ?? set.ttl, ...(ttl === undefined ? {} : { threshold: { max: ttl } }), readAt },
    ];
  });
}

/** How long the answer of now may live on: its TTL, or more where a resolver took it while that was longer. */
async function keptFor(context: ActionContext, providerName: string, { set, wanted, state }: LiveRecord): Promise<number> {
  if (state === 'to' || set.proxied === true || set.values.length === 0) return set.ttl;
  const limit = abortAfter(resolversMs);
  const asked = await context.dns.resolvers(providerName).catch((error: unknown) => {
    if (error instanceof DnsError) return [];
    throw error;
  });
  const left = await Promise.all(asked.map(async (resolver) => {
    const answer = await context.dns.ask(resolver, wanted, false, limit).catch((error: unknown) => {
      if (!limit.aborted || context.signal.aborted) throw error;
      return { ok: false as const, saw: 'does not answer' };
    });
    return answer.ok && !sameValues(answer.values, wanted.to) ? answer.ttl : 0;
  }));
  return Math.max(set.ttl, ...left);
}

/** What the plan knows of a record; undefined where it was not read. */
export function recordFact(facts: readonly Fact[], providerName: string, record: RecordName): RecordFact | undefined {
  return recordFactSchema.safeParse(facts.find(({ key }) => key === recordKey(providerName, record))?.value).data;
}

export function ttlFact(facts: readonly Fact[], providerName: string, record: RecordName): number | undefined {
  return z.number().safeParse(facts.find(({ key }) => key === ttlKey(providerName, record))?.value).data;
}

/** What a plan may not touch: neither what it starts from nor what it wants. */
export function refuseOthers(wanted: WantedRecord, values: readonly string[]): void {
  if (stateOf(wanted, values) !== 'other') return;
  throw new ActionError('other-values', `${sayRecord(wanted)} is ${sayValues(values)}: neither ${sayValues(wanted.from)}, which the step starts from, nor ${sayValues(wanted.to)}`);
}

export function sayOthers(live: readonly LiveRecord[]): string {
  const others = live.filter(({ state }) => state === 'other').map(({ set, wanted }) => `${saySet(set)}, where ${sayValues(wanted.from)} was expected`);
  return `somebody changed ${others.join('; ')}. Nothing was changed; look who did, then plan again`;
}

/** For a step's record (rule 9): everything that putting them back takes. */
export function setsAsJson(sets: readonly RecordSet[]): readonly JsonObject[] {
  return sets.map(({ name, type, values, ttl, proxied }) => ({ name, type, values, ttl, ...(proxied === true ? { proxied } : {}) }));
}

const undoSchema = z.object({ records: z.array(z.object({ name: z.string(), type: z.enum(['A', 'AAAA', 'CNAME']), values: z.array(z.string()), ttl: z.number(), proxied: z.boolean().optional() })) });

/** What was stored so; undefined where nothing was. */
export function setsOfUndo(undo: JsonObject | undefined): readonly RecordSet[] | undefined {
  return undoSchema.safeParse(undo).data?.records.map(({ proxied, ...set }) => ({ ...set, ...(proxied === true ? { proxied } : {}) }));
}

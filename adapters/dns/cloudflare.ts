import Cloudflare, { APIConnectionError, APIError } from 'cloudflare';
import type { RecordBatchParams, RecordResponse } from 'cloudflare/resources/dns/records';

import { isInZone, readName, sameValues, sayRecord, sortValues } from '../../src/dns/record.js';
import { DnsError, type DnsProvider, type DnsUse, type RecordChange, type RecordName, type RecordSet, type RecordType } from '../../src/ports/dns.js';

export interface CloudflareOptions {
  readonly zone: string;
  readonly token: string;
  /** Default https://api.cloudflare.com/client/v4. */
  readonly url?: string;
}

/** Cloudflare writes 1 for "automatic", which resolvers see as 300 s. */
const automatic = 1;
const automaticSeconds = 300;
const requestMs = 15_000;
/** 429 comes with Retry-After, which the library keeps to. */
const retries = 4;

/** A record of the API, as far as planb looks at it. */
interface Kept {
  readonly id: string;
  readonly value: string;
  readonly ttl: number;
  readonly proxied: boolean;
}

interface Zone {
  readonly id: string;
  readonly nameServers: readonly string[];
}

/** Cloudflare by its own library. Comments, tags and settings of a record stay: it is changed in its place, by its id. */
export function openCloudflare({ zone, token, url }: CloudflareOptions, use: DnsUse): DnsProvider {
  const client = new Cloudflare({ apiToken: token, baseURL: url ?? null, apiEmail: null, apiKey: null, maxRetries: retries, timeout: requestMs, logLevel: 'off' });
  const place = `cloudflare, zone ${zone}`;
  const options = { signal: use.signal };
  let found: Promise<Zone> | undefined;

  const findZone = (): Promise<Zone> => (found ??= inWords(async () => {
    const [first] = (await client.zones.list({ name: zone }, options)).result;
    if (first === undefined) throw new DnsError('dns-refused', `${place}: the token sees no such zone; it needs Zone Read and DNS Edit on it`);
    return { id: first.id, nameServers: first.name_servers };
  }));

  const list = async ({ name, type }: RecordName): Promise<readonly Kept[]> => {
    if (!isInZone(name, zone)) throw new DnsError('not-in-zone', `${place}: ${name} is not in that zone`);
    const kept: Kept[] = [];
    const { id } = await findZone();
    await inWords(async () => {
      for await (const record of client.dns.records.list({ zone_id: id, name: { exact: name }, type }, options)) {
        if (isOf(record, name, type)) kept.push({ id: record.id, value: record.content ?? '', ttl: record.ttl, proxied: record.proxied ?? false });
      }
    });
    return kept;
  };

  return {
    kind: 'cloudflare',
    place,
    read: async (records) => Promise.all(records.map(async (record) => setOf(record, await list(record)))),
    change: async (changes) => {
      const { id } = await findZone();
      // The API has no condition on values. Ids are conditions on their own (whoever deletes a record takes its id), so that only an edit in place within this moment is not seen.
      const parts = await Promise.all(changes.map(async (change) => {
        const kept = await list(change.old);
        if (!isAsRead(setOf(change.old, kept), change.old)) throw changed(place, change.old);
        return changesOf(change, kept);
      }));
      const batch: RecordBatchParams = { zone_id: id, deletes: parts.flatMap(({ deletes }) => deletes), patches: parts.flatMap(({ patches }) => patches), posts: parts.flatMap(({ posts }) => posts) };
      // One transaction of Cloudflare's database: all of it or nothing.
      await inWords(() => client.dns.records.batch(batch, options), (status) => (status === 404 ? new DnsError('records-changed', `${place}: a record that was to change is gone since it was read; Cloudflare changed nothing`) : undefined));
    },
    nameServers: async () => (await findZone()).nameServers,
    examine: async () => {
      const { id } = await findZone();
      await inWords(() => client.dns.records.list({ zone_id: id, per_page: 5 }, options));
      return 'the API answers, and the token reads the zone\'s records; whether it may change them shows only when it does';
    },
  };

  /** What the library throws, as a DnsError. */
  async function inWords<T>(work: () => PromiseLike<T>, meaning: (status: number) => DnsError | undefined = () => undefined): Promise<T> {
    try {
      return await work();
    } catch (error) {
      use.signal.throwIfAborted();
      if (error instanceof APIConnectionError) throw new DnsError('dns-unreachable', `${place}: the API does not answer`, { cause: error });
      if (!(error instanceof APIError)) throw error;
      const status = typeof error.status === 'number' ? error.status : 0;
      const why = error.errors.map(({ message }) => message).filter((text) => typeof text === 'string').join('; ');
      const said = why === '' ? `HTTP ${String(status)}` : `HTTP ${String(status)}, ${why}`;
      throw meaning(status) ?? (status === 401 || status === 403 || (status === 400 && /auth|token/i.test(why)) ? new DnsError('dns-refused', `${place}: the token is refused (${said})`, { cause: error })
        : new DnsError('dns-failed', status === 429 ? `${place}: too many requests for Cloudflare (${said})` : `${place}: ${said}`, { retryable: status === 429 || status >= 500, cause: error }));
    }
  }
}

function isOf(record: RecordResponse, name: string, type: RecordType): record is RecordResponse & { readonly type: RecordType; readonly content?: string } {
  return record.type === type && readName(record.name) === name;
}

function setOf({ name, type }: RecordName, kept: readonly Kept[]): RecordSet {
  const ttls = kept.map(({ ttl, proxied }) => (proxied || ttl === automatic ? automaticSeconds : ttl));
  const values = sortValues(type, kept.map(({ value }) => value));
  return { name, type, values, ttl: ttls.length === 0 ? 0 : Math.max(...ttls), ...(kept.some(({ proxied }) => proxied) ? { proxied: true } : {}) };
}

function isAsRead(now: RecordSet, read: RecordSet): boolean {
  return sameValues(now.values, read.values) && now.proxied === read.proxied;
}

function changed(place: string, record: RecordName): DnsError {
  return new DnsError('records-changed', `${place}: somebody changed ${sayRecord(record)} since it was read; nothing was changed`);
}

/** Old records become new ones in their place as far as there are as many; the rest is deleted or made. Values that stay keep their record. */
function changesOf({ old, values, ttl }: RecordChange, kept: readonly Kept[]): Required<Pick<RecordBatchParams, 'deletes' | 'patches' | 'posts'>> {
  const { name, type } = old;
  const proxied = old.proxied === true;
  const setting = proxied ? automatic : ttl;
  const valueOf = ({ value }: Kept): string => sortValues(type, [value])[0] ?? value;
  const staying = kept.filter((record) => values.includes(valueOf(record)));
  const free = kept.filter((record) => !staying.includes(record));
  const wanted = values.filter((value) => !staying.some((record) => valueOf(record) === value));
  // An unchanged time is not sent: "automatic" stays automatic.
  const time = (record: Kept): { readonly ttl: number } => ({ ttl: ttl === old.ttl ? record.ttl : setting });
  return {
    deletes: free.slice(wanted.length).map(({ id }) => ({ id })),
    patches: [
      ...free.slice(0, wanted.length).map((record, index) => ({ id: record.id, name, type, content: wanted[index] ?? '', ...time(record), proxied: record.proxied })),
      ...staying.map((record) => ({ id: record.id, name, type, content: record.value, ...time(record), proxied: record.proxied })),
    ],
    posts: wanted.slice(free.length).map((content) => ({ name, type, content, ttl: setting, proxied })),
  };
}

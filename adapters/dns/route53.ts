import {
  ChangeResourceRecordSetsCommand, GetHostedZoneCommand, ListHostedZonesByNameCommand, ListResourceRecordSetsCommand, Route53Client, Route53ServiceException, waitUntilResourceRecordSetsChanged,
  type Change, type ResourceRecordSet,
} from '@aws-sdk/client-route-53';

import { isInZone, readName, sameValues, sayRecord, sortValues } from '../../src/dns/record.js';
import { DnsError, type DnsProvider, type DnsUse, type RecordChange, type RecordName, type RecordSet } from '../../src/ports/dns.js';

export interface Route53Options {
  /** A name, or the id of the hosted zone. */
  readonly zone: string;
  readonly region: string;
  /** Absent: found by the SDK as always. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
  /** Default: AWS's own. */
  readonly url?: string;
}

const attempts = 4;
const connectMs = 5_000;
const requestMs = 15_000;
/** Route 53 says 60 seconds; what takes much longer is a fault of theirs. */
const inSyncSeconds = 600;
const refusals = ['AccessDenied', 'AccessDeniedException', 'InvalidClientTokenId', 'SignatureDoesNotMatch', 'UnrecognizedClientException', 'ExpiredToken', 'ExpiredTokenException', 'IncompleteSignature', 'MissingAuthenticationToken', 'InvalidSignatureException', 'CredentialsProviderError'];

interface Zone {
  readonly id: string;
  readonly name: string;
  readonly nameServers: readonly string[];
}

/** Amazon Route 53 by AWS's own library. */
export function openRoute53({ zone, region, credentials, url }: Route53Options, use: DnsUse): DnsProvider {
  const client = new Route53Client({
    region, maxAttempts: attempts, requestHandler: { connectionTimeout: connectMs, requestTimeout: requestMs }, ...(credentials === undefined ? {} : { credentials }), ...(url === undefined ? {} : { endpoint: url }),
  });
  const place = `route53, zone ${zone}`;
  const options = { abortSignal: use.signal };
  let found: Promise<Zone> | undefined;

  const findZone = (): Promise<Zone> => (found ??= inWords(async () => {
    const Id = /^Z[A-Z0-9]+$/.test(zone) ? zone : await idOf(zone);
    const { HostedZone, DelegationSet } = await client.send(new GetHostedZoneCommand({ Id }), options);
    return { id: Id, name: readName(HostedZone?.Name ?? '') ?? zone, nameServers: DelegationSet?.NameServers ?? [] };
  }));

  const idOf = async (name: string): Promise<string> => {
    const { HostedZones = [] } = await client.send(new ListHostedZonesByNameCommand({ DNSName: name, MaxItems: 10 }), options);
    const own = HostedZones.filter((each) => readName(each.Name ?? '') === name);
    const [first, second] = own;
    if (first?.Id === undefined) throw new DnsError('dns-refused', `${place}: these credentials see no such hosted zone`);
    if (second !== undefined) throw new DnsError('dns-failed', `${place}: there are ${String(own.length)} hosted zones of that name; give the id of the right one`);
    return first.Id.replace(/^\/hostedzone\//, '');
  };

  /** As Route 53 has it, to the letter. */
  const readRaw = async (record: RecordName): Promise<ResourceRecordSet | undefined> => {
    const { id, name: zoneName } = await findZone();
    const { name, type } = record;
    if (!isInZone(name, zoneName)) throw new DnsError('not-in-zone', `${place}: ${name} is not in that zone`);
    const { ResourceRecordSets = [] } = await inWords(() => client.send(new ListResourceRecordSetsCommand({ HostedZoneId: id, StartRecordName: name, StartRecordType: type, MaxItems: 2 }), options));
    const own = ResourceRecordSets.filter((set) => plainName(set) === name && set.Type === type);
    if (own.some((set) => set.AliasTarget !== undefined || set.SetIdentifier !== undefined)) throw new DnsError('dns-failed', `${place}: ${sayRecord(record)} is an alias or follows a routing policy, which planb does not change`);
    return own[0];
  };

  return {
    kind: 'route53',
    place,
    read: (records) => Promise.all(records.map(async (record) => setOf(record, await readRaw(record)))),
    change: async (changes) => {
      const { id } = await findZone();
      const parts = await Promise.all(changes.map(async (change) => {
        const raw = await readRaw(change.old);
        const now = setOf(change.old, raw);
        if (!sameValues(now.values, change.old.values) || now.ttl !== change.old.ttl) throw new DnsError('records-changed', `${place}: somebody changed ${sayRecord(change.old)} since it was read; nothing was changed`);
        return replacement(change, raw);
      }));
      const batch = { Comment: 'planb', Changes: parts.flat() };
      const { ChangeInfo } = await inWords(() => client.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: id, ChangeBatch: batch }), options));
      if (ChangeInfo?.Id === undefined || ChangeInfo.Status === 'INSYNC') return;
      await inWords(() => waitUntilResourceRecordSetsChanged({ client, maxWaitTime: inSyncSeconds, minDelay: 1, maxDelay: 5, abortSignal: use.signal }, { Id: ChangeInfo.Id }));
    },
    nameServers: async () => (await findZone()).nameServers,
    examine: async () => {
      const { id } = await findZone();
      await inWords(() => client.send(new ListResourceRecordSetsCommand({ HostedZoneId: id, MaxItems: 1 }), options));
      return 'the API answers, and the credentials read the zone\'s records; whether they may change them shows only when they do';
    },
  };

  /** What the library throws, as a DnsError. */
  async function inWords<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      use.signal.throwIfAborted();
      if (error instanceof DnsError || !(error instanceof Error)) throw error;
      const { name, message } = error;
      // DELETE names the old values and TTL; Route 53 refuses the whole batch when they no longer are the record's.
      if (name === 'InvalidChangeBatch') throw new DnsError('records-changed', `${place}: somebody changed the records since they were read; Route 53 changed nothing (${message})`, { cause: error });
      if (name === 'NoSuchHostedZone') throw new DnsError('dns-refused', `${place}: there is no such hosted zone`, { cause: error });
      if (refusals.includes(name)) throw new DnsError('dns-refused', `${place}: the credentials are refused (${name})`, { cause: error });
      if (name === 'TimeoutError' && !(error instanceof Route53ServiceException)) throw new DnsError('dns-unreachable', `${place}: the API does not answer in time`, { cause: error });
      if (error instanceof Route53ServiceException) throw new DnsError('dns-failed', `${place}: ${name}: ${message}`, { retryable: isPassing(error), cause: error });
      throw new DnsError('dns-unreachable', `${place}: the API does not answer`, { cause: error });
    }
  }
}

function isPassing({ name, $metadata }: Route53ServiceException): boolean {
  const status = $metadata.httpStatusCode ?? 0;
  return status === 429 || status >= 500 || /Throttling|PriorRequestNotComplete/.test(name);
}

/** Route 53 writes some characters in octal, a wildcard's star among them. */
function plainName({ Name = '' }: ResourceRecordSet): string | undefined {
  return readName(Name.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))));
}

function setOf({ name, type }: RecordName, raw: ResourceRecordSet | undefined): RecordSet {
  return { name, type, values: sortValues(type, raw?.ResourceRecords?.map(({ Value = '' }) => Value) ?? []), ttl: raw?.TTL ?? 0 };
}

/** Deleted with its old values and TTL, and made anew in one batch, which is carried out whole or not at all: what is deleted is the condition. */
function replacement({ old: { name, type }, values, ttl }: RecordChange, raw: ResourceRecordSet | undefined): Change[] {
  const made: ResourceRecordSet = { Name: `${name}.`, Type: type, TTL: ttl, ResourceRecords: values.map((value) => ({ Value: type === 'CNAME' ? `${value}.` : value })) };
  return [...(raw === undefined ? [] : [{ Action: 'DELETE' as const, ResourceRecordSet: raw }]), { Action: 'CREATE', ResourceRecordSet: made }];
}

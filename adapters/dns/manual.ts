import { isInZone, sayRecord } from '../../src/dns/record.js';
import { DnsError, type DnsProvider, type DnsServer, type DnsUse, type RecordName, type RecordSet } from '../../src/ports/dns.js';
import { askServer } from './ask-server.js';

/** Records that people change, wherever that is; planb reads them from the authoritative servers. `serversOf`: of the zone that holds the name. */
export function openManual(zone: string | undefined, serversOf: (name: string) => Promise<readonly DnsServer[]>, use: DnsUse): DnsProvider {
  const place = zone === undefined ? 'by hand' : `by hand, zone ${zone}`;
  return {
    kind: 'manual',
    place,
    read: (records) => Promise.all(records.map(async (record) => {
      if (zone !== undefined && !isInZone(record.name, zone)) throw new DnsError('not-in-zone', `${place}: ${record.name} is not in that zone`);
      return readFromAll(record, await serversOf(record.name), use.signal);
    })),
    examine: async () => {
      if (zone === undefined) return 'people change its records; planb asks the authoritative servers of each name';
      const servers = await serversOf(zone);
      return `people change its records; planb asks ${servers.map(({ label }) => label).join(', ')}`;
    },
  };
}

/** All values that any of its servers gives: while they differ it is neither the old nor the new, and so not done. */
async function readFromAll(record: RecordName, servers: readonly DnsServer[], signal: AbortSignal): Promise<RecordSet> {
  const answers = await Promise.all(servers.map(async (server) => ({ server, answer: await askServer(server, record, true, signal) })));
  const good = answers.flatMap(({ answer }) => (answer.ok ? [answer] : []));
  if (good.length === 0) {
    const why = answers.map(({ server, answer }) => `${server.label} ${answer.ok ? '' : answer.saw}`).join(', ');
    throw new DnsError('dns-unreachable', `${sayRecord(record)} cannot be read: ${why}`);
  }
  return { ...record, values: [...new Set(good.flatMap(({ values }) => values))].sort(), ttl: Math.max(...good.map(({ ttl }) => ttl)) };
}

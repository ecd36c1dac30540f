import { isInZone, sayRecord } from '../../src/dns/record.js';
import { sayServer } from '../../src/dns/server-address.js';
import { DnsError, type DnsProvider, type DnsServer, type DnsUse, type RecordName, type RecordSet } from '../../src/ports/dns.js';
import { askNameServers, askServer } from './ask-server.js';
import { explainUpdate } from './explain-update.js';
import { locateServers } from './find-servers.js';
import { emptyUpdateScript, updateScript, type UpdateTarget } from './nsupdate-script.js';

/** nsupdate's own limit is seconds; the process gets a little more to say so. */
const answerSeconds = 10;
const programMs = 15_000;

/** A server of one's own that takes signed updates: BIND, Knot, PowerDNS. */
export function openRfc2136(target: UpdateTarget, use: DnsUse): DnsProvider {
  const server = sayServer({ host: target.server, port: target.port });
  const place = `${server}, zone ${target.zone}`;
  return {
    kind: 'rfc2136',
    place,
    read: async (records) => {
      const [primary] = await locateServers([server]);
      if (primary === undefined) throw new DnsError('dns-unreachable', `${place}: the address of the server cannot be found`);
      return Promise.all(records.map((record) => readAt(primary, record, target.zone, place, use.signal)));
    },
    change: async (changes) => {
      for (const { old } of changes) requireInZone(old, target.zone, place);
      await update(updateScript(target, changes), 'change');
    },
    nameServers: async () => {
      // A hidden primary is not among them; the primary always counts too.
      const found = await Promise.all((await locateServers([server])).map((each) => askNameServers(each, target.zone, use.signal)));
      return [server, ...new Set(found.flat())];
    },
    examine: async () => {
      await update(emptyUpdateScript(target), 'look');
      return `${server} answers and takes the key ${target.key.name}`;
    },
  };

  async function update(script: string, what: 'change' | 'look'): Promise<void> {
    // The key travels on standard input: an argument list is public. By TCP, so that a lost packet does not send the update twice.
    const outcome = await use.runProgram({ argv: ['nsupdate', '-v', '-t', String(answerSeconds)], input: script, timeoutMs: programMs, signal: use.signal });
    if (outcome.ok) return;
    use.signal.throwIfAborted();
    throw explainUpdate(place, outcome, what);
  }
}

async function readAt(server: DnsServer, record: RecordName, zone: string, place: string, signal: AbortSignal): Promise<RecordSet> {
  requireInZone(record, zone, place);
  const answer = await askServer(server, record, true, signal);
  if (!answer.ok) throw new DnsError(answer.saw.includes('REFUSED') ? 'dns-refused' : 'dns-unreachable', `${place}: asked for ${sayRecord(record)}, the server ${answer.saw}`);
  return { ...record, values: answer.values, ttl: answer.ttl };
}

function requireInZone(record: RecordName, zone: string, place: string): void {
  if (!isInZone(record.name, zone)) throw new DnsError('not-in-zone', `${place}: ${record.name} is not in that zone`);
}

import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';

import { readServerAddress, sayServer, type ServerAddress } from '../../src/dns/server-address.js';
import { DnsError, type DnsServer } from '../../src/ports/dns.js';

/** Where each of them can be asked. An IPv4 address if there is one: a machine without IPv6 must not wait for servers that it cannot reach. Throws DnsError. */
export async function locateServers(written: readonly string[]): Promise<readonly DnsServer[]> {
  const found = (await Promise.all(written.map((text) => locate(text)))).flat();
  return [...new Map(found.map((server) => [`${server.address} ${String(server.port)}`, server])).values()];
}

async function locate(text: string): Promise<readonly DnsServer[]> {
  const address = readServerAddress(text);
  if (address === undefined) throw new DnsError('dns-failed', `"${text}" is no address of a DNS server`);
  const label = sayServer(address);
  const all = isIP(address.host) === 0 ? await addressesOf(address) : [address.host];
  return all.map((host) => ({ label, address: host, port: address.port }));
}

async function addressesOf({ host }: ServerAddress): Promise<readonly string[]> {
  try {
    const all = await lookup(host, { all: true });
    const v4 = all.filter(({ family }) => family === 4);
    return (v4.length > 0 ? v4 : all).map(({ address }) => address);
  } catch (error) {
    throw new DnsError('dns-unreachable', `the address of ${host} cannot be found`, { cause: error });
  }
}

/** The name servers of the nearest zone that holds the name, as this machine's resolver sees them. Throws DnsError. */
export async function findNameServers(name: string): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: 3_000, tries: 2 });
  const labels = name.replace(/^\*\./, '').split('.');
  for (let skip = 0; skip < labels.length - 1; skip += 1) {
    const found = await resolver.resolveNs(labels.slice(skip).join('.')).catch((error: unknown) => {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'ENODATA' || code === 'ENOTFOUND') return [];
      throw new DnsError('dns-unreachable', `the name servers of ${name} cannot be found: this machine's resolver does not answer`, { cause: error });
    });
    if (found.length > 0) return found;
  }
  throw new DnsError('dns-failed', `no name servers of ${name} can be found; name them with servers: in planb.yaml`);
}

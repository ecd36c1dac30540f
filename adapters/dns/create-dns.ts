import type { DnsProviderConfig } from '../../src/config.js';
import { resolveReferences, type ReferenceReader } from '../../src/config/secret-reference.js';
import { readServerAddress, sayServer } from '../../src/dns/server-address.js';
import { type Dns, DnsError, type DnsProvider, type DnsServer, type DnsUse } from '../../src/ports/dns.js';
import { askServer } from './ask-server.js';
import { findNameServers, locateServers } from './find-servers.js';
import { openManual } from './manual.js';
import { openRfc2136 } from './rfc2136.js';

/** What people's machines ask most: Google's and Cloudflare's. */
const publicResolvers = ['8.8.8.8', '1.1.1.1', '8.8.4.4'] as const;

export interface DnsParts {
  /** planb.yaml's `dns:`; asked with each call, since the file may change. */
  readonly providers: () => Readonly<Record<string, DnsProviderConfig>>;
  readonly references: ReferenceReader;
}

/** DNS for one user of it. A provider's library is loaded when that provider is used. */
export function createDns({ providers, references }: DnsParts, use: DnsUse): Dns {
  const configOf = (name: string): DnsProviderConfig => {
    const all = providers();
    const config = Object.hasOwn(all, name) ? all[name] : undefined;
    if (config !== undefined) return config;
    const known = Object.keys(all);
    throw new DnsError('unknown-provider', `there is no DNS provider "${name}" in planb.yaml${known.length === 0 ? '' : `; there are: ${known.join(', ')}`}`);
  };
  const open = (name: string): Promise<DnsProvider> => openProvider(name, configOf(name), references, use);
  return {
    open,
    authoritative: async (of) => {
      if ('zone' in of) return locateServers(await findNameServers(of.zone));
      const { servers } = configOf(of.provider);
      if (servers !== undefined) return locateServers(servers.map(canonical));
      const { nameServers } = await open(of.provider);
      return locateServers(nameServers === undefined ? await findNameServers(of.name) : await nameServers());
    },
    resolvers: async (provider, given) => locateServers((given ?? (provider === undefined ? undefined : configOf(provider).resolvers) ?? publicResolvers).map(canonical)),
    ask: (server, record, authoritative, limit) => askServer(server, record, authoritative, limit === undefined ? use.signal : AbortSignal.any([use.signal, limit])),
  };
}

async function openProvider(name: string, config: DnsProviderConfig, references: ReferenceReader, use: DnsUse): Promise<DnsProvider> {
  switch (config.provider) {
    case 'rfc2136': {
      const secret = read(name, references, config.key.secret);
      if (!/^[A-Za-z0-9+/]+={0,2}$/.test(secret)) throw new DnsError('missing-secret', `the TSIG key of DNS provider "${name}" is no base64`);
      return openRfc2136({ server: config.server, port: config.port, zone: config.zone, key: { ...config.key, secret } }, use);
    }
    case 'cloudflare': {
      const { openCloudflare } = await import('./cloudflare.js');
      return openCloudflare({ zone: config.zone, token: read(name, references, config.token), ...(config.url === undefined ? {} : { url: config.url }) }, use);
    }
    case 'route53': {
      const { openRoute53 } = await import('./route53.js');
      const { accessKey, secretKey, sessionToken, zone, region, url } = config;
      const credentials = accessKey === undefined || secretKey === undefined ? undefined : {
        accessKeyId: read(name, references, accessKey), secretAccessKey: read(name, references, secretKey), ...(sessionToken === undefined ? {} : { sessionToken: read(name, references, sessionToken) }),
      };
      return openRoute53({ zone, region, ...(credentials === undefined ? {} : { credentials }), ...(url === undefined ? {} : { url }) }, use);
    }
    case 'manual':
      return openManual(config.zone, async (of): Promise<readonly DnsServer[]> => locateServers(config.servers?.map(canonical) ?? await findNameServers(of)), use);
    default:
      throw new Error(`unreachable: ${JSON.stringify(config satisfies never)}`);
  }
}

function read(provider: string, references: ReferenceReader, reference: string): string {
  const resolved = resolveReferences(reference, references);
  if (resolved.ok && typeof resolved.value === 'string') return resolved.value.trim();
  throw new DnsError('missing-secret', `DNS provider "${provider}": ${resolved.ok ? 'its secret is no text' : resolved.problems.map(({ message }) => message).join('; ')}`);
}

function canonical(text: string): string {
  const address = readServerAddress(text);
  return address === undefined ? text : sayServer(address);
}

import { sayRecord } from '../../../src/dns/record.js';
import type { StepContext } from '../../../src/ports/action.js';
import { DnsError, type DnsAnswer, type DnsServer } from '../../../src/ports/dns.js';
import { ActionError } from '../action-error.js';
import type { WantedRecord } from './records-input.js';

/** Somebody who can be asked what a record is. */
export interface Asker {
  readonly label: string;
  /** It may go on giving an old answer for that answer's TTL. */
  readonly keeps: boolean;
  readonly ask: (wanted: WantedRecord) => Promise<DnsAnswer>;
}

interface Whom {
  readonly provider?: string | undefined;
  readonly zone?: string | undefined;
  readonly resolvers?: readonly string[] | undefined;
}

/**
 * Who has to answer what: of each record every authoritative server and every resolver; of a proxied one its provider alone, since the public sees the proxy's addresses before and after. Throws DnsError,
 * ActionError.
 */
export async function findAskers(context: StepContext, { provider, zone, resolvers }: Whom, wanted: readonly WantedRecord[]): Promise<readonly { readonly asker: Asker; readonly wanted: WantedRecord }[]> {
  const proxied = provider === undefined ? new Set<string>() : await findProxied(context, provider, wanted);
  const caches = (await context.dns.resolvers(provider, resolvers)).map((server) => askerOf(context, server, false));
  const known = new Map<string, Promise<readonly DnsServer[]>>();
  const serversOf = (name: string): Promise<readonly DnsServer[]> => {
    const found = known.get(name) ?? context.dns.authoritative(provider === undefined ? { zone: zone ?? name } : { provider, name });
    known.set(name, found);
    return found;
  };
  const all: { readonly asker: Asker; readonly wanted: WantedRecord }[] = [];
  for (const each of wanted) {
    if (provider !== undefined && proxied.has(sayRecord(each))) {
      all.push({ asker: providerAsker(context, provider), wanted: each });
      continue;
    }
    const own = (await serversOf(each.name)).map((server) => askerOf(context, server, true));
    if (own.length === 0) throw new ActionError('no-name-servers', `no authoritative server of ${each.name} is known`);
    for (const asker of [...own, ...caches]) all.push({ asker, wanted: each });
  }
  return all;
}

async function findProxied(context: StepContext, provider: string, wanted: readonly WantedRecord[]): Promise<ReadonlySet<string>> {
  const opened = await context.dns.open(provider);
  if (opened.kind !== 'cloudflare') return new Set();
  return new Set((await opened.read(wanted)).filter(({ proxied }) => proxied === true).map(sayRecord));
}

function askerOf(context: StepContext, server: DnsServer, authoritative: boolean): Asker {
  return { label: server.label, keeps: !authoritative, ask: (wanted) => context.dns.ask(server, wanted, authoritative) };
}

function providerAsker(context: StepContext, provider: string): Asker {
  return {
    label: `the API of ${provider}`,
    keeps: false,
    ask: async (wanted) => {
      try {
        const [set] = await (await context.dns.open(provider)).read([wanted]);
        return { ok: true, values: set?.values ?? [], ttl: set?.ttl ?? 0 };
      } catch (error) {
        if (error instanceof DnsError && error.retryable) return { ok: false, saw: error.message };
        throw error;
      }
    },
  };
}

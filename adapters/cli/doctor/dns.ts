import { sayRecord } from '../../../src/dns/record.js';
import { type Dns, DnsError } from '../../../src/ports/dns.js';
import { broken, ok, weak, type Check, type Finding, type NeededRecords } from './finding.js';

/** Each provider of `dns:`: whether it answers, takes the credentials, and has the records that runbooks change. Nothing is changed. */
export const dns: Check = {
  about: 'DNS',
  run: async ({ config, reach, needs }, signal) => {
    const providers = Object.keys(config?.dns ?? {});
    if (providers.length === 0) return [];
    const opened = await reach.dns(signal);
    return (await Promise.all(providers.map((name) => look(opened, name, (needs.dns ?? []).filter(({ provider }) => provider === name))))).flat();
  },
};

const fixes: Readonly<Partial<Record<DnsError['code'], string>>> = {
  'missing-secret': 'set it where the workers run',
  'dns-refused': 'has the key or token the rights that docs/dns.md names?',
  'dns-unreachable': 'does this machine reach it?',
  'not-in-zone': 'name the right provider in the step',
};

async function look(opened: Dns, name: string, needed: readonly NeededRecords[]): Promise<readonly Finding[]> {
  const about = `DNS provider ${name}`;
  try {
    const provider = await opened.open(name);
    const found = ok(about, `${provider.place}: ${await provider.examine()}`);
    const records = needed.flatMap((each) => each.records);
    const missing = records.length === 0 ? [] : (await provider.read(records)).filter(({ values }) => values.length === 0).map(sayRecord);
    return [found, ...(missing.length === 0 ? [] : [weak(about, `there is no ${[...new Set(missing)].join(', ')}, which a runbook names`, 'is the name right?')])];
  } catch (error) {
    if (!(error instanceof DnsError)) throw error;
    return [broken(about, error.message, fixes[error.code])];
  }
}

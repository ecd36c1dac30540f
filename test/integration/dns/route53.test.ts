import { expect, it } from 'vitest';

import { dnsSwitchAction } from '../../../jobs/actions/dns-switch.js';
import type { DnsProviderConfig } from '../../../src/config.js';
import { startResolver } from '../../support/dns-server.js';
import { startFakeRoute53 } from '../../support/fake-route53.js';
import { dnsWorld, plannedStep } from './dns-world.js';

const litellm = { name: 'litellm.example.org', from: '192.0.2.1', to: '192.0.2.2' };
const alias = { name: 'alias.example.org', type: 'CNAME', from: 'old.example.org', to: 'new.example.org' };

async function route53(given: { readonly accessKey?: string } = {}) {
  const fake = await startFakeRoute53('AKIDTEST', [
    { name: 'litellm.example.org.', type: 'A', ttl: 600, values: ['192.0.2.1'] }, { name: 'litellm.example.org.', type: 'AAAA', ttl: 600, values: ['2001:db8::1'] },
    { name: 'alias.example.org.', type: 'CNAME', ttl: 300, values: ['old.example.org'] },
    { name: '\\052.example.org.', type: 'A', ttl: 0, values: [], alias: '<AliasTarget><HostedZoneId>Z2</HostedZoneId><DNSName>lb.example.net.</DNSName><EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget>' },
  ]);
  const resolver = await startResolver(['192.0.2.1'], 60);
  const main: DnsProviderConfig = { provider: 'route53', zone: 'example.org', region: 'us-east-1', accessKey: '${env:ID}', secretKey: '${env:SECRET}', url: fake.url, resolvers: [resolver.address] };
  return { fake, ...dnsWorld({ main }, { ID: given.accessKey ?? 'AKIDTEST', SECRET: 'route53-secret-of-a-test' }) };
}

it('changes all records in one batch that names the old values, through throttling, and waits until it is everywhere', async () => {
  const { fake, dns } = await route53();
  const { context, input } = await plannedStep(dnsSwitchAction, { provider: 'main', records: [litellm, alias], ttl: 60 }, dns);
  fake.throttleNext = 1;
  expect(await dnsSwitchAction.execute(context, input)).toMatchObject({ ok: true, receipt: { changed: 2, records: [{ old: ['192.0.2.1'], oldTtl: 600, new: ['192.0.2.2'], ttl: 60 }, { old: ['old.example.org'], new: ['new.example.org'] }] } });
  expect(fake.sets).toEqual(expect.arrayContaining([{ name: 'litellm.example.org.', type: 'A', ttl: 60, values: ['192.0.2.2'] }, { name: 'litellm.example.org.', type: 'AAAA', ttl: 600, values: ['2001:db8::1'] }, { name: 'alias.example.org.', type: 'CNAME', ttl: 60, values: ['new.example.org.'] }]));
  expect(fake.requests.filter((request) => request.startsWith('POST'))).toHaveLength(1);
  expect(fake.requests.filter((request) => request === 'GET /change/C1').length).toBeGreaterThan(1);
});

it('changes none of several when somebody changed one meanwhile', async () => {
  const { fake, dns } = await route53();
  const { context, input } = await plannedStep(dnsSwitchAction, { provider: 'main', records: [litellm, alias] }, dns);
  fake.meanwhile = () => { fake.sets = fake.sets.map((set) => (set.type === 'CNAME' ? { ...set, values: ['third.example.org'] } : set)); };
  expect(await dnsSwitchAction.execute(context, input)).toMatchObject({ ok: false, retryable: false, error: { code: 'records-changed', message: expect.stringContaining('Route 53 changed nothing') } });
  expect(fake.sets.find(({ type }) => type === 'A')?.values).toEqual(['192.0.2.1']);
});

it('leaves what is no plain record, and says in words that keys are refused', async () => {
  const { dns } = await route53();
  await expect(plannedStep(dnsSwitchAction, { provider: 'main', records: [{ ...litellm, name: '*.example.org' }] }, dns)).rejects.toThrow('*.example.org A is an alias or follows a routing policy');
  const wrong = await route53({ accessKey: 'AKIDOTHER' });
  await expect((await wrong.dns.open('main')).examine()).rejects.toMatchObject({ code: 'dns-refused', message: 'route53, zone example.org: the credentials are refused (InvalidClientTokenId)' });
});

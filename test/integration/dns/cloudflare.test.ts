import { expect, it } from 'vitest';

import { dnsSwitchAction } from '../../../jobs/actions/dns-switch.js';
import { dnsTtlAction } from '../../../jobs/actions/dns-ttl.js';
import { dnsWaitAction } from '../../../jobs/actions/dns-wait.js';
import type { DnsProviderConfig } from '../../../src/config.js';
import { startResolver } from '../../support/dns-server.js';
import { startFakeCloudflare, type FakeRecord } from '../../support/fake-cloudflare.js';
import { dnsWorld, plannedStep } from './dns-world.js';

const token = 'cloudflare-token-of-a-test';
const records = (): FakeRecord[] => [
  { id: 'r1', name: 'litellm.example.org', type: 'A', content: '192.0.2.1', ttl: 600, proxied: false, comment: 'kept' },
  { id: 'r2', name: 'dash.example.org', type: 'A', content: '192.0.2.1', ttl: 1, proxied: true },
  { id: 'r3', name: 'litellm.example.org', type: 'AAAA', content: '2001:db8::1', ttl: 600, proxied: false },
];
const litellm = { name: 'litellm.example.org', from: '192.0.2.1', to: '192.0.2.2' };
const dash = { name: 'dash.example.org', from: '192.0.2.1', to: '192.0.2.2' };

async function cloudflare(given: { readonly token?: string } = {}) {
  const fake = await startFakeCloudflare(token, records());
  const resolver = await startResolver(['192.0.2.2'], 60);
  const main: DnsProviderConfig = { provider: 'cloudflare', zone: 'example.org', token: '${env:TOKEN}', url: fake.url, resolvers: [resolver.address] };
  return { fake, resolver, ...dnsWorld({ main }, { TOKEN: given.token ?? token }) };
}

it('changes records in their place, proxied ones with their proxy, through a rate limit, and nothing else', async () => {
  const { fake, dns } = await cloudflare();
  const { context, input, facts, described } = await plannedStep(dnsSwitchAction, { provider: 'main', records: [litellm, dash], ttl: 60 }, dns);
  expect(described().commands).toEqual(expect.arrayContaining(['# litellm.example.org A 192.0.2.1 → 192.0.2.2, TTL 600 → 60 (main: cloudflare, zone example.org)', '# dash.example.org A 192.0.2.1 → 192.0.2.2, TTL 300 → 60 (main: cloudflare, zone example.org, proxied)']));
  expect(facts.find(({ key }) => key === 'dns:main:dash.example.org:A')?.value).toEqual({ values: ['192.0.2.1'], place: 'cloudflare, zone example.org', manual: false, proxied: true });
  fake.limitNext = 2;
  expect(await dnsSwitchAction.execute(context, input)).toMatchObject({ ok: true, receipt: { changed: 2, records: [{ oldTtl: 600, ttl: 60 }, { proxied: true }] } });
  expect(fake.records).toEqual([
    { id: 'r1', name: 'litellm.example.org', type: 'A', content: '192.0.2.2', ttl: 60, proxied: false, comment: 'kept' },
    { id: 'r2', name: 'dash.example.org', type: 'A', content: '192.0.2.2', ttl: 1, proxied: true },
    { id: 'r3', name: 'litellm.example.org', type: 'AAAA', content: '2001:db8::1', ttl: 600, proxied: false },
  ]);
  expect(fake.requests.filter((request) => request.startsWith('POST'))).toHaveLength(1);
});

it('changes none of several when somebody took one away meanwhile', async () => {
  const { fake, dns } = await cloudflare();
  const { context, input } = await plannedStep(dnsSwitchAction, { provider: 'main', records: [litellm, dash] }, dns);
  fake.meanwhile = () => { fake.records.splice(1, 1); };
  expect(await dnsSwitchAction.execute(context, input)).toMatchObject({ ok: false, error: { code: 'records-changed' } });
  expect(fake.records.map(({ content }) => content)).toEqual(['192.0.2.1', '2001:db8::1']);
});

it('makes and removes records where the numbers differ, and keeps values that stay', async () => {
  const { fake, dns } = await cloudflare();
  const wider = { name: 'litellm.example.org', from: '192.0.2.1', to: ['192.0.2.1', '192.0.2.3'] };
  const there = await plannedStep(dnsSwitchAction, { provider: 'main', records: [wider] }, dns);
  expect(await dnsSwitchAction.execute(there.context, there.input)).toMatchObject({ ok: true });
  expect(fake.records.filter(({ type, name }) => type === 'A' && name === litellm.name).map(({ id, content, ttl }) => ({ id, content, ttl }))).toEqual([{ id: 'r1', content: '192.0.2.1', ttl: 600 }, { id: 'new0', content: '192.0.2.3', ttl: 600 }]);
  const back = await plannedStep(dnsSwitchAction, { provider: 'main', records: [wider], reverse: true }, dns);
  expect(await dnsSwitchAction.execute(back.context, back.input)).toMatchObject({ ok: true });
  expect(fake.records.filter(({ type, name }) => type === 'A' && name === litellm.name).map(({ id }) => id)).toEqual(['r1']);
});

it('sets the TTL of what is not proxied', async () => {
  const { fake, dns } = await cloudflare();
  const { context, input } = await plannedStep(dnsTtlAction, { provider: 'main', records: [litellm, dash], ttl: 120 }, dns);
  expect(await dnsTtlAction.execute(context, input)).toMatchObject({ ok: true, receipt: { records: [{ ttl: 120, oldTtl: 600 }, { ttl: 300, oldTtl: 300 }] } });
  expect(fake.records.map(({ ttl, content }) => ({ ttl, content }))).toEqual([{ ttl: 120, content: '192.0.2.1' }, { ttl: 1, content: '192.0.2.1' }, { ttl: 600, content: '2001:db8::1' }]);
});

it('asks the API for a proxied record, since the public answer does not change', async () => {
  const { fake, resolver, dns } = await cloudflare();
  for (const record of fake.records) record.content = record.name === 'dash.example.org' ? '192.0.2.2' : record.content;
  const { context, input } = await plannedStep(dnsWaitAction, { provider: 'main', records: [dash] }, dns);
  expect(await dnsWaitAction.execute(context, input)).toMatchObject({ ok: true, receipt: { asked: ['the API of main'] } });
  expect(resolver.asked()).toBe(0);
});

it('says in words that a token is refused, and that the API is away', async () => {
  const { dns } = await cloudflare({ token: 'another-token' });
  await expect((await dns.open('main')).examine()).rejects.toMatchObject({ code: 'dns-refused', message: 'cloudflare, zone example.org: the token is refused (HTTP 403, Authentication error)' });
});

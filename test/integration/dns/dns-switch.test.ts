import { describe, expect, it } from 'vitest';

import { dnsSwitchAction } from '../../../jobs/actions/dns-switch.js';
import { dnsTtlAction } from '../../../jobs/actions/dns-ttl.js';
import { keys, startNameServer, startResolver } from '../../support/dns-server.js';
import { dnsWorld, plannedStep, rfc2136 } from './dns-world.js';

const zone = 'litellm IN A 192.0.2.1\ndash 600 IN A 192.0.2.1\nalias IN CNAME old.example.org.\nsix IN AAAA 2001:db8::1';
const litellm = { name: 'litellm.example.org', from: '192.0.2.1', to: '192.0.2.2' };
const dash = { name: 'dash.example.org', from: '192.0.2.1', to: '192.0.2.2' };

describe('dns.switch on BIND', () => {
  it('shows each record old and new, changes them and nothing else, and keeps what was there', async () => {
    const server = await startNameServer(zone);
    const { dns, ran } = dnsWorld({ main: rfc2136(server) });
    const records = [litellm, { name: 'Alias.example.org.', type: 'CNAME', from: ['old.example.org'], to: ['new.example.org'] }, { name: 'six.example.org', type: 'AAAA', from: '2001:DB8:0::1', to: ['2001:db8::2', '2001:db8::3'] }, { name: 'fresh.example.org', from: [], to: '192.0.2.9' }];
    const step = await plannedStep(dnsSwitchAction, { provider: 'main', records, ttl: 60 }, dns);
    const { commands, changes, effect, destructive } = step.described();
    const where = `(main: ${server.address}, zone example.org)`;
    expect(commands.slice(0, 4)).toEqual([
      `# litellm.example.org A 192.0.2.1 → 192.0.2.2, TTL 3600 → 60 ${where}`, `# alias.example.org CNAME old.example.org → new.example.org, TTL 3600 → 60 ${where}`,
      `# six.example.org AAAA 2001:db8::1 → 2001:db8::2, 2001:db8::3, TTL 3600 → 60 ${where}`, `# fresh.example.org A no record → 192.0.2.9, TTL 60 ${where}`,
    ]);
    expect(commands[4]).toContain('may keep the old answer for 3600 s');
    expect({ effect, destructive }).toEqual({ effect: 'idempotent', destructive: false });
    const undo = await dnsSwitchAction.before?.(step.context, step.input);
    expect(undo).toMatchObject({ records: [{ name: 'litellm.example.org', type: 'A', values: ['192.0.2.1'], ttl: 3600 }, { values: ['old.example.org'] }, { values: ['2001:db8::1'] }, { values: [], ttl: 0 }] });

    const result = await dnsSwitchAction.execute(step.context, step.input);
    expect(result).toMatchObject({ ok: true, receipt: { provider: 'main', changed: 4, records: [{ name: 'litellm.example.org', old: ['192.0.2.1'], oldTtl: 3600, new: ['192.0.2.2'], ttl: 60 }, { new: ['new.example.org'] }, { new: ['2001:db8::2', '2001:db8::3'] }, { old: [], new: ['192.0.2.9'] }] } });
    expect(await server.values('dash.example.org')).toEqual(['192.0.2.1']);
    expect(await server.ttl('dash.example.org')).toBe(600);
    // What the plan expects afterwards is what a plan would read now.
    const after = await dnsSwitchAction.inspect?.(step.context, step.input);
    for (const { key, to } of changes) expect(after?.find((fact) => fact.key === key)?.value).toEqual(to);
    expect(ran.map(({ argv }) => argv.join(' '))).toEqual(['nsupdate -v -t 10']);
    expect(ran[0]?.input).toContain(keys.planb);
  });

  it('finds after a crash that it happened, with what was there before, and does nothing a second time', async () => {
    const server = await startNameServer(zone);
    const { dns, ran } = dnsWorld({ main: rfc2136(server) });
    const { context, input } = await plannedStep(dnsSwitchAction, { provider: 'main', records: [litellm, dash], ttl: 60 }, dns);
    const undo = await dnsSwitchAction.before?.(context, input);
    expect(await dnsSwitchAction.probe?.(context, input, undo)).toMatchObject({ outcome: 'absent' });
    await server.change('update delete dash.example.org. A', 'update add dash.example.org. 60 A 192.0.2.2');
    expect(await dnsSwitchAction.probe?.(context, input, undo)).toMatchObject({ outcome: 'unclear', saw: 'litellm.example.org A is 192.0.2.1; dash.example.org A is 192.0.2.2' });
    // The other half is changed, the first is left.
    expect(await dnsSwitchAction.execute(context, input)).toMatchObject({ ok: true, receipt: { changed: 1 } });
    expect(await dnsSwitchAction.probe?.(context, input, undo)).toMatchObject({ outcome: 'happened', receipt: { changed: 2, records: [{ old: ['192.0.2.1'], oldTtl: 3600 }, { old: ['192.0.2.1'], oldTtl: 600 }] } });
    const updates = ran.length;
    expect(await dnsSwitchAction.execute(context, input)).toMatchObject({ ok: true, receipt: { changed: 0 } });
    expect(ran.length).toBe(updates);
    const again = await plannedStep(dnsSwitchAction, { provider: 'main', records: [litellm], ttl: 60 }, dns);
    expect(again.described()).toMatchObject({ commands: [expect.stringContaining('litellm.example.org A is 192.0.2.2 already')], changes: [] });
  });

  it('goes back with the same list', async () => {
    const server = await startNameServer('litellm 60 IN A 192.0.2.2');
    const { dns } = dnsWorld({ main: rfc2136(server) });
    const { context, input } = await plannedStep(dnsSwitchAction, { provider: 'main', records: [litellm], reverse: true }, dns);
    expect(await dnsSwitchAction.execute(context, input)).toMatchObject({ ok: true, receipt: { records: [{ old: ['192.0.2.2'], new: ['192.0.2.1'], oldTtl: 60, ttl: 60 }] } });
    expect(await server.values('litellm.example.org')).toEqual(['192.0.2.1']);
  });

  it('refuses a plan where the live values are neither', async () => {
    const server = await startNameServer('litellm IN A 198.51.100.7');
    const { dns } = dnsWorld({ main: rfc2136(server) });
    const { described } = await plannedStep(dnsSwitchAction, { provider: 'main', records: [litellm] }, dns);
    expect(described).toThrow('litellm.example.org A is 198.51.100.7: neither 192.0.2.1, which the step starts from, nor 192.0.2.2');
  });

  it('lets the server refuse what somebody changed at the last moment, and then changes none of several', async () => {
    const server = await startNameServer(zone);
    const { dns, ran } = dnsWorld({ main: rfc2136(server) });
    const { context, input } = await plannedStep(dnsSwitchAction, { provider: 'main', records: [litellm, dash], ttl: 60 }, dns);
    const provider = await dns.open('main');
    // Between planb's look and its update.
    const late = { ...dns, open: async () => ({ ...provider, change: async (changes: Parameters<NonNullable<typeof provider.change>>[0]) => {
      await server.change('update delete dash.example.org. A', 'update add dash.example.org. 600 A 198.51.100.7');
      await provider.change?.(changes);
    } }) };
    const result = await dnsSwitchAction.execute({ ...context, dns: late }, input);
    expect(result).toMatchObject({ ok: false, retryable: false, error: { code: 'records-changed', message: expect.stringContaining('somebody changed the records since they were read') } });
    expect(ran.length).toBe(1);
    expect(await server.values('litellm.example.org')).toEqual(['192.0.2.1']);
    // The next try sees it before it asks.
    expect(await dnsSwitchAction.execute(context, input)).toMatchObject({ ok: false, error: { code: 'records-changed', message: expect.stringContaining('dash.example.org A 198.51.100.7 (TTL 600), where 192.0.2.1 was expected') } });
    expect(ran.length).toBe(1);
  });

  it.each([
    ['a key that may not', 'reader', keys.reader, /^127\.0\.0\.1:\d+, zone example\.org: the server refuses: this key may not change these records; nothing was changed$/],
    ['a wrong secret', 'planb', keys.reader, /does not accept the key: its secret or its algorithm is another there \(BADSIG\); nothing was changed$/],
    ['a key that the server does not know', 'nobody', keys.planb, /the server does not know the key \(BADKEY\); nothing was changed$/],
  ])('says in words that the server refuses %s', async (_, key, secret, message) => {
    const server = await startNameServer(zone);
    const { dns } = dnsWorld({ main: rfc2136(server, { key }) }, { DNS_KEY: secret });
    const { context, input } = await plannedStep(dnsSwitchAction, { provider: 'main', records: [litellm] }, dns);
    expect(await dnsSwitchAction.execute(context, input)).toMatchObject({ ok: false, retryable: false, error: { code: 'dns-refused', message: expect.stringMatching(message) } });
    expect(await server.values('litellm.example.org')).toEqual(['192.0.2.1']);
  });

  it('says that the server is away, and that another try may help', async () => {
    const server = await startNameServer(zone);
    const { dns } = dnsWorld({ main: rfc2136(server) });
    const { context, input } = await plannedStep(dnsSwitchAction, { provider: 'main', records: [litellm] }, dns);
    await server.stop();
    expect(await dnsSwitchAction.execute(context, input)).toMatchObject({ ok: false, retryable: true, error: { code: 'dns-unreachable' } });
    expect(await dnsSwitchAction.probe?.(context, input, undefined)).toMatchObject({ outcome: 'unclear' });
  });

  it('counts a change whose answer was lost', async () => {
    const server = await startNameServer(zone);
    const { dns } = dnsWorld({ main: rfc2136(server) });
    const { context, input, log } = await plannedStep(dnsSwitchAction, { provider: 'main', records: [litellm], ttl: 60 }, dns);
    const provider = await dns.open('main');
    const { DnsError } = await import('../../../src/ports/dns.js');
    const lossy = { ...dns, open: async () => ({ ...provider, change: async (changes: Parameters<NonNullable<typeof provider.change>>[0]) => {
      await provider.change?.(changes);
      throw new DnsError('dns-unreachable', 'the server does not answer');
    } }) };
    expect(await dnsSwitchAction.execute({ ...context, dns: lossy }, input)).toMatchObject({ ok: true, receipt: { changed: 1 } });
    expect(log).toContain('the server does not answer; the records are changed nevertheless');
  });

  it('measures how long resolvers may keep the old answer', async () => {
    const server = await startNameServer('litellm 60 IN A 192.0.2.1');
    const stale = await startResolver(['192.0.2.1'], 2_812);
    const { dns } = dnsWorld({ main: rfc2136(server, { resolvers: [stale.address, server.address] }) });
    const { facts, described } = await plannedStep(dnsSwitchAction, { provider: 'main', records: [litellm], ttl: 60 }, dns);
    expect(facts.find(({ kind }) => kind === 'measured')).toMatchObject({ key: 'dns-ttl:main:litellm.example.org:A', value: 2_812, threshold: { max: 60 } });
    expect(described().commands.at(-1)).toContain('resolvers may keep the old answer for 2812 s');
  });

  it('names what is wrong with a provider', async () => {
    const server = await startNameServer(zone);
    const { dns } = dnsWorld({ main: rfc2136(server) }, {});
    await expect(plannedStep(dnsSwitchAction, { provider: 'mian', records: [litellm] }, dns)).rejects.toThrow('there is no DNS provider "mian" in planb.yaml; there are: main');
    await expect(plannedStep(dnsSwitchAction, { provider: 'main', records: [litellm] }, dns)).rejects.toThrow('environment variable DNS_KEY is missing');
    const elsewhere = { ...litellm, name: 'litellm.example.net' };
    await expect(plannedStep(dnsSwitchAction, { provider: 'main', records: [elsewhere] }, dnsWorld({ main: rfc2136(server) }).dns)).rejects.toThrow('litellm.example.net is not in that zone');
  });
});

describe('dns.ttl on BIND', () => {
  it('lowers the TTL, leaves the values, and tells when the old one has run out; a switch before that says so', async () => {
    const server = await startNameServer(zone);
    const { dns } = dnsWorld({ main: rfc2136(server) });
    const lower = await plannedStep(dnsTtlAction, { provider: 'main', records: [litellm, dash], ttl: 60 }, dns, { now: () => Date.UTC(2026, 10, 20, 3, 0, 0) });
    expect(lower.described()).toMatchObject({ commands: [expect.stringContaining('# litellm.example.org A 192.0.2.1, TTL 3600 → 60'), expect.stringContaining('# dash.example.org A 192.0.2.1, TTL 600 → 60')], changes: [] });
    const undo = await dnsTtlAction.before?.(lower.context, lower.input);
    expect(await dnsTtlAction.probe?.(lower.context, lower.input, undo)).toMatchObject({ outcome: 'absent' });
    const result = await dnsTtlAction.execute(lower.context, lower.input);
    const receipt = { changedAt: '2026-11-20T03:00:00.000Z', oldTtlUntil: '2026-11-20T04:00:00.000Z', records: [{ values: ['192.0.2.1'], ttl: 60, oldTtl: 3600 }, { ttl: 60, oldTtl: 600 }] };
    expect(result).toMatchObject({ ok: true, receipt });
    expect(lower.log.at(-1)).toContain('until 04:00:00 UTC');
    expect(await dnsTtlAction.probe?.(lower.context, lower.input, undo)).toMatchObject({ outcome: 'happened', receipt });
    expect(await dnsTtlAction.execute(lower.context, lower.input)).toMatchObject({ ok: true, receipt: { oldTtlUntil: '2026-11-20T03:00:00.000Z' } });

    const next = await plannedStep(dnsSwitchAction, { provider: 'main', records: [litellm] }, dns, { now: () => Date.UTC(2026, 10, 20, 3, 10, 0), receipts: { lower: result.ok ? result.receipt : {} } });
    expect(await dnsSwitchAction.execute(next.context, next.input)).toMatchObject({ ok: true, receipt: { records: [{ ttl: 60 }] } });
    expect(next.log).toContain('switching before the old TTL has run out: resolvers may keep the old answer until 04:00:00 UTC');
  });
});

import { describe, expect, it } from 'vitest';

import { dns as dnsCheck } from '../../../adapters/cli/doctor/dns.js';
import { neededRecords } from '../../../adapters/cli/doctor/needed-records.js';
import { createDns } from '../../../adapters/dns/create-dns.js';
import { dnsSwitchAction } from '../../../jobs/actions/dns-switch.js';
import { dnsTtlAction } from '../../../jobs/actions/dns-ttl.js';
import { parseRunbook } from '../../../src/runbook/parse-runbook.js';
import { keys, startNameServer } from '../../support/dns-server.js';
import { eventually } from '../../support/eventually.js';
import { configOf, examined } from '../../unit/cli/doctor-reach.js';
import { speakingEngine } from '../jobs/speaking-engine.js';
import { planningParts } from '../planning/planning-parts.js';
import { loadRun } from '../../../jobs/record.js';
import { dnsWorld, plannedStep, rfc2136 } from './dns-world.js';

const litellm = { name: 'litellm.example.org', from: '192.0.2.1', to: '192.0.2.2' };

describe('records that people change', () => {
  it('are shown, looked at when somebody says Done, and left to the engine where nothing is to do', async () => {
    const server = await startNameServer('litellm IN A 192.0.2.1');
    const { dns } = dnsWorld({ hand: { provider: 'manual', zone: 'example.org', servers: [server.address], resolvers: [server.address] } });
    const step = await plannedStep(dnsSwitchAction, { provider: 'hand', records: [litellm], ttl: 60 }, dns);
    expect(dnsSwitchAction.awaits?.(step.input, step.facts)).toContain('litellm.example.org A 192.0.2.1 → 192.0.2.2, TTL 3600 → 60');
    expect(await dnsSwitchAction.confirm?.(step.context, step.input)).toEqual({ ok: false, saw: 'their servers answer litellm.example.org A 192.0.2.1' });
    await server.change('update delete litellm.example.org. A', 'update add litellm.example.org. 3600 A 192.0.2.2');
    expect(await dnsSwitchAction.confirm?.(step.context, step.input)).toMatchObject({ ok: true, receipt: { changed: 1, records: [{ old: ['192.0.2.1'], oldTtl: 3600, new: ['192.0.2.2'] }] } });
    const again = await plannedStep(dnsSwitchAction, { provider: 'hand', records: [litellm], ttl: 60 }, dns);
    expect(dnsSwitchAction.awaits?.(again.input, again.facts)).toBeUndefined();
    expect(await dnsSwitchAction.execute(again.context, again.input)).toMatchObject({ ok: true, receipt: { changed: 0 } });

    const ttl = await plannedStep(dnsTtlAction, { provider: 'hand', records: [litellm], ttl: 60 }, dns);
    expect(dnsTtlAction.awaits?.(ttl.input, ttl.facts)).toContain('Set the TTL of these DNS records to 60 s');
    expect(await dnsTtlAction.confirm?.(ttl.context, ttl.input)).toEqual({ ok: false, saw: 'their servers answer litellm.example.org A with TTL 3600' });
    await server.change('update delete litellm.example.org. A', 'update add litellm.example.org. 60 A 192.0.2.2');
    expect(await dnsTtlAction.confirm?.(ttl.context, ttl.input)).toMatchObject({ ok: true, receipt: { records: [{ ttl: 60, oldTtl: 3600 }] } });
  });

  it('are done when their servers say so, not when a person does', async () => {
    const server = await startNameServer('litellm IN A 192.0.2.1');
    const { parts } = await planningParts({
      runbook: 'name: Back\nkind: repair\nsteps:\n  - { id: switch, name: Point the name back, uses: dns.switch, with: { provider: hand, records: "${{ target.records }}", ttl: 60 } }\n',
      target: 'releases: [1.0.0], runbooks: { repair: ./runbook.yaml }, approval: { people: 2 }, with: { records: [{ name: litellm.example.org, from: 192.0.2.1, to: 192.0.2.2 }] }',
      more: `dns:\n  hand: { provider: manual, zone: example.org, servers: ["${server.address}"], resolvers: ["${server.address}"] }`,
    });
    const say = await speakingEngine(parts, { dns: (use) => createDns({ providers: () => parts.config.dns ?? {}, references: parts.world.references }, use) });
    const asked = await say('alice', { kind: 'request', run: 'repair', target: 'shop' });
    const run = asked.replace('run ', '');
    const state = async () => (await loadRun(parts, run)).state;
    await eventually(async () => (await state()).phase === 'voting');
    await say('alice', { kind: 'vote', run, choice: 'approve' });
    await say('bob', { kind: 'vote', run, choice: 'approve' });
    await eventually(async () => (await state()).steps[0]?.status === 'awaiting');
    expect(await say('alice', { kind: 'answer', run, answer: 'done' })).toBe('refused: not-done-yet');
    expect((await state()).steps[0]?.status).toBe('awaiting');
    await server.change('update delete litellm.example.org. A', 'update add litellm.example.org. 60 A 192.0.2.2');
    expect(await say('alice', { kind: 'answer', run, answer: 'done' })).toBe(`done ${run}`);
    expect((await state()).steps[0]).toMatchObject({ status: 'succeeded', receipt: { changed: 1, saidBy: ['alice'], records: [{ old: ['192.0.2.1'], new: ['192.0.2.2'] }] } });
  });
});

describe('doctor', () => {
  it('tries each provider\'s credentials and reads the records that runbooks name', async () => {
    const server = await startNameServer('litellm IN A 192.0.2.1');
    const config = configOf(`people:\n  alice: { slack: U01ALICE }\n  bob: { slack: U02BOB }\nchannels:\n  ops: { slack: C0123456 }\ntargets:\n  shop: { runbook: x, channel: ops, requesters: [alice, bob], with: { records: [{ name: litellm.example.org, from: 192.0.2.1, to: 192.0.2.2 }, { name: gone.example.org, from: 192.0.2.1, to: 192.0.2.2 }] } }\n`);
    const parsed = parseRunbook('name: x\nkind: rollback\nsteps:\n  - { id: switch, name: Switch, uses: dns.switch, with: { provider: main, records: "${{ target.records }}" } }\n', 'x');
    const [shop] = Object.values(config.targets);
    if (!parsed.ok || shop === undefined) throw new Error('the fixture is wrong');
    const needed = neededRecords(config, shop, parsed.runbook);
    expect(needed).toEqual([{ provider: 'main', records: [{ name: 'litellm.example.org', type: 'A' }, { name: 'gone.example.org', type: 'A' }] }]);
    const providers = { main: rfc2136(server), wrong: rfc2136(server, { key: 'nobody' }) };
    const findings = await dnsCheck.run(examined({ config: { ...config, dns: providers }, needs: { dns: needed }, reach: { dns: async () => dnsWorld(providers).dns } }), new AbortController().signal);
    expect(findings).toMatchObject([
      { status: 'ok', about: 'DNS provider main', message: `${server.address}, zone example.org: ${server.address} answers and takes the key planb` },
      { status: 'weak', message: 'there is no gone.example.org A, which a runbook names' },
      { status: 'broken', about: 'DNS provider wrong', message: expect.stringContaining('does not know the key (BADKEY)') },
    ]);
    expect(JSON.stringify(findings)).not.toContain(keys.planb);
  });
});

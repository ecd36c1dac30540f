import { describe, expect, it } from 'vitest';

import { dnsWaitAction } from '../../../jobs/actions/dns-wait.js';
import { eventually } from '../../support/eventually.js';
import { startNameServer, startResolver } from '../../support/dns-server.js';
import { stepContext } from '../actions/step-context.js';
import { dnsWorld, rfc2136 } from './dns-world.js';

const litellm = { name: 'litellm.example.org', from: '192.0.2.1', to: '192.0.2.2' };
const input = (raw: object) => dnsWaitAction.input.parse({ provider: 'main', records: [litellm], interval: '50ms', within: '5m', ...raw });

describe('dns.wait', () => {
  it('waits until the authoritative servers and every resolver answer, and says who does not and until when', async () => {
    const server = await startNameServer('litellm 60 IN A 192.0.2.1');
    const [quick, stale] = [await startResolver(['192.0.2.2'], 60), await startResolver(['192.0.2.1'], 300)];
    const { dns } = dnsWorld({ main: rfc2136(server, { resolvers: [quick.address, stale.address] }) });
    const { context, progress, log } = await stepContext({ dns });
    const waiting = dnsWaitAction.execute(context, input({}));
    await eventually(() => progress.some((line) => line.startsWith('1 of 3 answer') && line.includes(`${server.address} answers 192.0.2.1 for litellm.example.org A;`) && new RegExp(`${stale.address} answers 192\\.0\\.2\\.1 for litellm\\.example\\.org A until \\d\\d:\\d\\d:\\d\\d UTC$`).test(line)));
    await server.change('update delete litellm.example.org. A', 'update add litellm.example.org. 60 A 192.0.2.2');
    await eventually(() => progress.some((line) => line.startsWith('2 of 3 answer')));
    const askedBefore = quick.asked();
    stale.now(['192.0.2.2'], 60);
    expect(await waiting).toMatchObject({ ok: true, receipt: { asked: [server.address, quick.address, stale.address], records: [{ name: 'litellm.example.org', type: 'A', values: ['192.0.2.2'] }] } });
    // Who has answered is not asked again.
    expect(quick.asked()).toBe(askedBefore);
    expect(log).toContain(`${stale.address} answers litellm.example.org A 192.0.2.2`);
  });

  it('names those who still answer otherwise when the time is over', async () => {
    const server = await startNameServer('litellm 60 IN A 192.0.2.2');
    const [stale, broken] = [await startResolver(['192.0.2.1'], 300), await startResolver([], 0)];
    broken.failing(2);
    const { dns } = dnsWorld({ main: rfc2136(server) });
    const { context } = await stepContext({ dns });
    const result = await dnsWaitAction.execute(context, input({ within: '200ms', resolvers: [stale.address, broken.address] }));
    expect(result).toMatchObject({ ok: false, retryable: true, error: { code: 'dns-not-everywhere' } });
    const message = result.ok ? '' : result.error.message;
    expect(message).toContain(`${stale.address} answers 192.0.2.1 for litellm.example.org A until `);
    expect(message).toContain(`${broken.address} answers SERVFAIL for litellm.example.org A`);
    expect(message).not.toContain(`${server.address} answers`);
  });

  it('goes back with the same list, and takes a server that is not responsible for no answer', async () => {
    const server = await startNameServer('litellm 60 IN A 192.0.2.1');
    const cache = await startResolver(['192.0.2.1'], 60);
    const { dns } = dnsWorld({ main: { ...rfc2136(server), servers: [server.address, cache.address], resolvers: [cache.address] } });
    const { context } = await stepContext({ dns });
    const result = await dnsWaitAction.execute(context, input({ reverse: true, within: '200ms' }));
    expect(result.ok ? '' : result.error.message).toMatch(new RegExp(`^not everywhere after 200 ms: ${cache.address} does not answer for this zone itself for litellm\\.example\\.org A$`));
  });

  it('ends at once when it is stopped', async () => {
    const server = await startNameServer('litellm 60 IN A 192.0.2.1');
    const stop = new AbortController();
    const { dns } = dnsWorld({ main: rfc2136(server) }, undefined, stop.signal);
    const { context, progress } = await stepContext({ dns, signal: stop.signal });
    const waiting = dnsWaitAction.execute(context, input({ interval: '1h' }));
    await eventually(() => progress.length > 0);
    stop.abort();
    await expect(waiting).rejects.toThrow();
  });

  it('asks again by TCP where an answer does not fit into a packet', async () => {
    const many = Array.from({ length: 60 }, (_, nth) => `192.0.2.${String(nth + 1)}`);
    const server = await startNameServer(many.map((value) => `many IN A ${value}`).join('\n'));
    const { dns } = dnsWorld({ main: rfc2136(server) });
    const [set] = await (await dns.open('main')).read([{ name: 'many.example.org', type: 'A' }]);
    expect(set?.values).toEqual(many.sort());
  });
});

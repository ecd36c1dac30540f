import { describe, expect, it } from 'vitest';

import { explainUpdate } from '../../../adapters/dns/explain-update.js';
import { emptyUpdateScript, updateScript } from '../../../adapters/dns/nsupdate-script.js';
import { ended, notFound } from '../cli/doctor-reach.js';

const said = (output: string) => explainUpdate('ns1, zone example.org', ended({ ok: false, exitCode: 2, output }));

describe('what nsupdate prints', () => {
  it.each([
    ['update failed: NXRRSET', 'records-changed', 'somebody changed the records'],
    ['update failed: YXRRSET', 'records-changed', 'somebody changed the records'],
    ['; TSIG error with server: tsig indicates error\nupdate failed: NOTAUTH(BADTIME)', 'dns-refused', 'the clocks of this machine and of the server differ'],
    ['; TSIG error with server: clocks are unsynchronized', 'dns-refused', 'the clocks'],
    ['; TSIG error with server: tsig indicates error\nupdate failed: NOTAUTH(BADSIG)', 'dns-refused', 'does not accept the key'],
    ['; TSIG error with server: tsig indicates error\nupdate failed: NOTAUTH(BADKEY)', 'dns-refused', 'does not know the key'],
    ['update failed: REFUSED', 'dns-refused', 'may not change'],
    ['update failed: NOTAUTH', 'dns-refused', 'not responsible for this zone'],
    ['update failed: NOTZONE', 'not-in-zone', 'not in the zone'],
    ['update failed: SERVFAIL', 'dns-failed', 'SERVFAIL'],
    ['; Communication with 127.0.0.1#5398 failed: operation canceled', 'dns-unreachable', 'does not answer'],
    ['something new', 'dns-failed', 'something new'],
  ])('%s', (output, code, words) => {
    const error = said(output);
    expect(error.code).toBe(code);
    expect(error.message).toContain('ns1, zone example.org: ');
    expect(error.message).toContain(words);
    expect(error.retryable).toBe(code === 'dns-unreachable');
  });

  it('is not needed to say that there is no nsupdate', () => {
    expect(explainUpdate('ns1', notFound).message).toContain('install bind9-dnsutils');
  });
});

describe('what nsupdate is told', () => {
  const target = { server: 'ns1.example.org', port: 53, zone: 'example.org', key: { name: 'planb', algorithm: 'hmac-sha256', secret: 'c2VjcmV0' } };

  it('is one message, all conditions before all changes', () => {
    const script = updateScript(target, [
      { old: { name: 'a.example.org', type: 'A', values: ['192.0.2.1', '192.0.2.3'], ttl: 300 }, values: ['192.0.2.2'], ttl: 60 },
      { old: { name: 'b.example.org', type: 'CNAME', values: [], ttl: 0 }, values: ['c.example.net'], ttl: 60 },
    ]);
    expect(script.split('\n')).toEqual([
      'server ns1.example.org 53', 'zone example.org.', 'key hmac-sha256:planb c2VjcmV0',
      'prereq yxrrset a.example.org. IN A 192.0.2.1', 'prereq yxrrset a.example.org. IN A 192.0.2.3', 'prereq nxrrset b.example.org. IN CNAME',
      'update delete a.example.org. IN A', 'update add a.example.org. 60 IN A 192.0.2.2', 'update delete b.example.org. IN CNAME', 'update add b.example.org. 60 IN CNAME c.example.net.', 'send', '',
    ]);
  });

  it('changes nothing where only the key is tried', () => {
    expect(emptyUpdateScript(target)).not.toContain('update ');
  });
});

import { describe, expect, it } from 'vitest';

import { parseConfig } from '../../../src/config/parse-config.js';
import { configuredSecrets } from '../../../src/configured-secrets.js';

const config = (dns: string) => parseConfig(`people:\n  alice: { slack: U01ALICE }\n  bob: { slack: U02BOB }\nchannels:\n  ops: { slack: C0123456 }\ntargets:\n  shop: { runbook: verify, channel: ops, requesters: [alice, bob] }\n${dns}`, 'planb.yaml');

describe('dns of planb.yaml', () => {
  it('has every kind of provider, with defaults and secrets that are masked', () => {
    const parsed = config(`dns:
  main: { provider: rfc2136, server: ns1.example.org, zone: Example.org., key: { name: planb, secret: "\${env:DNS_KEY}" }, servers: ["127.0.0.1:5353"] }
  cf: { provider: cloudflare, zone: example.net, token: "\${env:CF_TOKEN}" }
  aws: { provider: route53, zone: Z0123ABC, accessKey: "\${env:AWS_ID}", secretKey: "\${env:AWS_SECRET}" }
  people: { provider: manual }
`);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    expect(parsed.config.dns).toEqual({
      main: { provider: 'rfc2136', server: 'ns1.example.org', port: 53, zone: 'example.org', key: { name: 'planb', algorithm: 'hmac-sha256', secret: '${env:DNS_KEY}' }, servers: ['127.0.0.1:5353'] },
      cf: { provider: 'cloudflare', zone: 'example.net', token: '${env:CF_TOKEN}' },
      aws: { provider: 'route53', zone: 'Z0123ABC', region: 'us-east-1', accessKey: '${env:AWS_ID}', secretKey: '${env:AWS_SECRET}' },
      people: { provider: 'manual' },
    });
    const secrets = configuredSecrets(parsed.config, { env: (name) => `value of ${name}`, file: () => undefined });
    expect(secrets.map(({ name }) => name)).toEqual(['DNS_KEY', 'CF_TOKEN', 'AWS_ID', 'AWS_SECRET']);
  });

  it.each([
    ['a secret in the open', 'cf: { provider: cloudflare, zone: example.net, token: abcdef }', 'expected a reference'],
    ['an unknown kind', 'x: { provider: godaddy, zone: example.net }', 'expected a provider: rfc2136, cloudflare, route53 or manual'],
    ['one AWS key', 'aws: { provider: route53, zone: example.net, accessKey: "${env:A}" }', 'accessKey and secretKey go together'],
    ['a server that is none', 'x: { provider: manual, servers: ["a b"] }', 'expected a server'],
    ['an old algorithm', 'x: { provider: rfc2136, server: ns1, zone: example.org, key: { name: k, algorithm: hmac-md5, secret: "${env:K}" } }', 'hmac-sha256'],
  ])('refuses %s', (_, dns, message) => {
    const parsed = config(`dns:\n  ${dns}\n`);
    expect(parsed.ok ? '' : JSON.stringify(parsed.problems)).toContain(message);
  });
});

import { z } from 'zod';
import { readName } from '../dns/record.js';
import { readServerAddress } from '../dns/server-address.js';
import { parseReference } from './secret-reference.js';

const reference = z.string().refine((text) => parseReference(text) !== undefined, 'expected a reference, ${env:NAME} or ${file:PATH}, never the secret itself');
const zone = z.string().refine((text) => readName(text) !== undefined, 'expected a zone such as example.org').transform((text) => readName(text) ?? text);
const server = z.string().refine((text) => readServerAddress(text) !== undefined, 'expected a server: host or host:port');

/** The TSIG algorithms of Debian's nsupdate that still are worth their name. */
const algorithms = ['hmac-sha224', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512'] as const;

const asked = {
  servers: z.array(server).min(1, 'expected at least one server').optional().meta({ description: 'Authoritative servers that are asked, host or host:port; by default all that the zone names.' }),
  resolvers: z.array(server).min(1, 'expected at least one resolver').optional().meta({ description: 'Resolvers that dns.wait asks, host or host:port; by default 8.8.8.8, 1.1.1.1 and 8.8.4.4.' }),
};

const baseUrl = z.url({ protocol: /^https?$/, error: 'expected an http or https URL' }).optional().meta({ description: 'Another base URL of the API: a proxy, a test.' });

const rfc2136 = z.strictObject({
  provider: z.literal('rfc2136'),
  zone,
  server: z.string().refine((text) => readServerAddress(text)?.port === 53, 'expected the host of the primary server; its port goes into port').meta({ description: 'The primary server, which takes updates.' }),
  port: z.int().min(1).max(65_535).default(53),
  key: z.strictObject({
    name: z.string().refine((text) => readName(text) !== undefined, 'expected the name of a TSIG key'),
    algorithm: z.enum(algorithms).default('hmac-sha256'),
    secret: reference.meta({ description: 'Where the TSIG key is, in base64.' }),
  }),
  ...asked,
});

const cloudflare = z.strictObject({
  provider: z.literal('cloudflare'),
  zone,
  token: reference.meta({ description: 'Where the API token is; it needs Zone.DNS Edit and Zone.Zone Read on this zone.' }),
  url: baseUrl,
  ...asked,
});

const route53 = z
  .strictObject({
    provider: z.literal('route53'),
    zone: z.string().refine((text) => readName(text) !== undefined || /^Z[A-Z0-9]+$/.test(text), 'expected a zone such as example.org, or its id').meta({ description: 'The hosted zone\'s name or id.' }),
    region: z.string().regex(/^[a-z0-9-]+$/, 'expected a region such as us-east-1').default('us-east-1'),
    accessKey: reference.optional().meta({ description: 'Without keys the SDK looks for them as it always does: variables, profile, the machine\'s role.' }),
    secretKey: reference.optional(),
    sessionToken: reference.optional(),
    url: baseUrl,
    ...asked,
  })
  .refine(({ accessKey, secretKey }) => (accessKey === undefined) === (secretKey === undefined), { error: 'accessKey and secretKey go together' });

const manual = z.strictObject({ provider: z.literal('manual'), zone: zone.optional(), ...asked });

/** One of planb.yaml's `dns:`. */
export const dnsProviderSchema = z.discriminatedUnion('provider', [rfc2136, cloudflare, route53, manual], { error: 'expected a provider: rfc2136, cloudflare, route53 or manual' });

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface FakeSet {
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  readonly values: readonly string[];
  /** Inner XML in the place of TTL and values. */
  readonly alias?: string;
}

export interface FakeRoute53 {
  readonly url: string;
  sets: FakeSet[];
  /** So many of the next requests are throttled. */
  throttleNext: number;
  /** Called once, after a change has arrived and before it is looked at. */
  meanwhile: (() => void) | undefined;
  readonly requests: string[];
}

const start = '<?xml version="1.0"?>';
const text = (xml: string, tag: string): string => new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)?.[1] ?? '';
const setXml = ({ name, type, ttl, values, alias }: FakeSet): string =>
  `<ResourceRecordSet><Name>${name}</Name><Type>${type}</Type>${alias ?? `<TTL>${ttl}</TTL><ResourceRecords>${values.map((value) => `<ResourceRecord><Value>${value}</Value></ResourceRecord>`).join('')}</ResourceRecords>`}</ResourceRecordSet>`;
const isSame = (a: FakeSet, b: FakeSet): boolean => a.name === b.name && a.type === b.type;

/** Route 53's REST-XML API as far as planb uses it: signed requests of one access key, hosted zones by name, batches whose DELETE must name the set to the letter, changes that are pending at first. */
export async function startFakeRoute53(accessKeyId: string, sets: FakeSet[]): Promise<FakeRoute53> {
  const fake: FakeRoute53 = { url: '', sets, throttleNext: 0, meanwhile: undefined, requests: [] };
  let asked = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => { body += chunk.toString(); });
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://127.0.0.1');
      const path = url.pathname.replace('/2013-04-01', '');
      fake.requests.push(`${request.method ?? ''} ${path}`);
      const answer = (status: number, xml: string): void => { response.writeHead(status, { 'content-type': 'text/xml' }).end(`${start}${xml}`); };
      const refuse = (status: number, code: string, message: string): void => answer(status, `<ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`);
      if (fake.throttleNext > 0) {
        fake.throttleNext -= 1;
        return refuse(400, 'Throttling', 'Rate exceeded');
      }
      if (!new RegExp(`^AWS4-HMAC-SHA256 Credential=${accessKeyId}/\\d{8}/us-east-1/route53/aws4_request, SignedHeaders=[^,]+, Signature=[0-9a-f]{64}$`).test(request.headers.authorization ?? '')) return refuse(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.');
      if (path === '/hostedzonesbyname') {
        const zone = '<HostedZone><Id>/hostedzone/Z1</Id><Name>example.org.</Name><CallerReference>1</CallerReference></HostedZone>';
        return answer(200, `<ListHostedZonesByNameResponse><HostedZones>${zone}</HostedZones><IsTruncated>false</IsTruncated><MaxItems>10</MaxItems></ListHostedZonesByNameResponse>`);
      }
      if (path === '/hostedzone/Z1') return answer(200, '<GetHostedZoneResponse><HostedZone><Id>/hostedzone/Z1</Id><Name>example.org.</Name><CallerReference>1</CallerReference></HostedZone><DelegationSet><NameServers><NameServer>ns-1.example.net</NameServer></NameServers></DelegationSet></GetHostedZoneResponse>');
      if (path === '/hostedzone/Z1/rrset' && request.method === 'GET') {
        const name = url.searchParams.get('name');
        const from = fake.sets.filter((set) => name === null || set.name.replace('\\052', '*') === `${name.replace(/\.$/, '')}.`);
        return answer(200, `<ListResourceRecordSetsResponse><ResourceRecordSets>${from.map(setXml).join('')}</ResourceRecordSets><IsTruncated>false</IsTruncated><MaxItems>2</MaxItems></ListResourceRecordSetsResponse>`);
      }
      if (path.startsWith('/hostedzone/Z1/rrset') && request.method === 'POST') {
        fake.meanwhile?.();
        fake.meanwhile = undefined;
        let next = fake.sets;
        for (const [, change = ''] of body.matchAll(/<Change>(.*?)<\/Change>/gs)) {
          const set: FakeSet = { name: text(change, 'Name'), type: text(change, 'Type'), ttl: Number(text(change, 'TTL')), values: [...change.matchAll(/<Value>([^<]*)<\/Value>/g)].map(([, value = '']) => value) };
          const there = next.find((each) => isSame(each, set));
          if (text(change, 'Action') === 'DELETE') {
            if (there === undefined || there.ttl !== set.ttl || there.values.join() !== set.values.join()) return refuse(400, 'InvalidChangeBatch', `Tried to delete resource record set [name='${set.name}', type='${set.type}'] but the values provided do not match the current values`);
            next = next.filter((each) => each !== there);
          } else {
            if (there !== undefined) return refuse(400, 'InvalidChangeBatch', `Tried to create resource record set [name='${set.name}', type='${set.type}'] but it already exists`);
            next = [...next, set];
          }
        }
        fake.sets = next;
        return answer(200, '<ChangeResourceRecordSetsResponse><ChangeInfo><Id>/change/C1</Id><Status>PENDING</Status><SubmittedAt>2026-11-20T00:00:00Z</SubmittedAt></ChangeInfo></ChangeResourceRecordSetsResponse>');
      }
      if (path === '/change/C1') {
        asked += 1;
        return answer(200, `<GetChangeResponse><ChangeInfo><Id>/change/C1</Id><Status>${asked > 1 ? 'INSYNC' : 'PENDING'}</Status><SubmittedAt>2026-11-20T00:00:00Z</SubmittedAt></ChangeInfo></GetChangeResponse>`);
      }
      return refuse(404, 'NoSuchHostedZone', 'No hosted zone found');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(fake, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

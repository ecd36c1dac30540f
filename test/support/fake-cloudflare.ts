import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { z } from 'zod';

export interface FakeRecord {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  content: string;
  ttl: number;
  readonly proxied: boolean;
  readonly comment?: string;
}

const writing = z.object({ name: z.string(), type: z.string(), content: z.string(), ttl: z.number().int(), proxied: z.boolean() });
const batchSchema = z.object({
  deletes: z.array(z.object({ id: z.string() })).default([]),
  patches: z.array(writing.extend({ id: z.string() })).default([]),
  posts: z.array(writing).default([]),
});

export interface FakeCloudflare {
  readonly url: string;
  readonly records: FakeRecord[];
  /** So many of the next requests are answered with 429 and Retry-After. */
  limitNext: number;
  /** Called once, after a batch has arrived and before it is looked at. */
  meanwhile: (() => void) | undefined;
  readonly requests: string[];
}

const zone = { id: 'zone1', name: 'example.org', name_servers: ['ada.ns.example.net', 'bob.ns.example.net'] };

/** Cloudflare's API v4 as far as planb uses it: bearer tokens, zones by name, records by exact name and type, batches that happen whole or not at all, 429 with Retry-After. */
export async function startFakeCloudflare(token: string, records: FakeRecord[]): Promise<FakeCloudflare> {
  const fake: FakeCloudflare = { url: '', records, limitNext: 0, meanwhile: undefined, requests: [] };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => { body += chunk.toString(); });
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://127.0.0.1');
      const answer = (status: number, result: unknown, errors: readonly object[] = [], headers: Readonly<Record<string, string>> = {}): void => {
        const page = Array.isArray(result) ? { result_info: { page: 1, per_page: 100, count: result.length, total_count: result.length, total_pages: 1 } } : {};
        response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify({ success: errors.length === 0, errors, messages: [], result, ...page }));
      };
      fake.requests.push(`${request.method ?? ''} ${url.pathname}`);
      if (fake.limitNext > 0) {
        fake.limitNext -= 1;
        return answer(429, null, [{ code: 10_000, message: 'More than 1200 requests per 300 seconds reached' }], { 'retry-after': '0' });
      }
      if (request.headers.authorization !== `Bearer ${token}`) return answer(403, null, [{ code: 10_000, message: 'Authentication error' }]);
      if (request.method === 'GET' && url.pathname === '/zones') return answer(200, url.searchParams.get('name') === zone.name ? [zone] : []);
      if (request.method === 'GET' && url.pathname === `/zones/${zone.id}/dns_records`) {
        const [name, type, page] = [url.searchParams.get('name.exact'), url.searchParams.get('type'), url.searchParams.get('page')];
        return answer(200, Number(page ?? '1') > 1 ? [] : fake.records.filter((each) => (name === null || each.name === name) && (type === null || each.type === type)));
      }
      if (request.method === 'POST' && url.pathname === `/zones/${zone.id}/dns_records/batch`) {
        fake.meanwhile?.();
        fake.meanwhile = undefined;
        const batch = batchSchema.parse(JSON.parse(body));
        const ids = [...batch.deletes, ...batch.patches].map(({ id }) => id);
        if (ids.some((id) => !fake.records.some((each) => each.id === id))) return answer(404, null, [{ code: 81_044, message: 'Record does not exist.' }]);
        if ([...batch.patches, ...batch.posts].some(({ ttl }) => ttl !== 1 && ttl < 60)) return answer(400, null, [{ code: 9_021, message: 'Invalid TTL. Must be between 60 and 86400 seconds, or 1 for Automatic.' }]);
        fake.records.splice(0, fake.records.length, ...fake.records.filter(({ id }) => !batch.deletes.some((each) => each.id === id)).map((each) => ({ ...each, ...batch.patches.find(({ id }) => id === each.id) })), ...batch.posts.map((each, nth) => ({ ...each, id: `new${String(nth)}` })));
        return answer(200, batch);
      }
      return answer(404, null, [{ code: 7_003, message: 'Could not route to this path' }]);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(fake, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';

import { notifyAction } from '../../../jobs/actions/notify.js';
import { stepContext } from './step-context.js';

async function hook(...statuses: number[]) {
  const taken: { headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => { body += chunk.toString(); });
    request.on('end', () => {
      const status = statuses[Math.min(taken.length, statuses.length - 1)] ?? 500;
      taken.push({ headers: request.headers, body });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => { server.close(); });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, taken };
}

const input = (raw: object) => notifyAction.input.parse(raw);

describe('notify', () => {
  it('posts to a channel', async () => {
    const { context, posts } = await stepContext();
    expect(await notifyAction.execute(context, input({ channel: 'ops', text: 'back' }))).toMatchObject({ ok: true });
    expect(posts).toEqual([{ channel: 'ops', text: 'back' }]);
  });

  it('signs a webhook and tries again with the same delivery id after a 503', async () => {
    const { context } = await stepContext({ pause: () => Promise.resolve() });
    const { url, taken } = await hook(503, 200);
    expect(await notifyAction.execute(context, input({ webhook: url, secret: 'sekrit', text: 'back' }))).toMatchObject({ ok: true, receipt: { tries: 2, delivery: 'r1/s1' } });
    expect(taken.map(({ headers }) => headers['planb-delivery'])).toEqual(['r1/s1', 'r1/s1']);
    const { headers, body } = taken[1] ?? { headers: {}, body: '' };
    const signature = createHmac('sha256', 'sekrit').update(`${String(headers['planb-timestamp'])}.${body}`).digest('hex');
    expect(headers['planb-signature']).toBe(`v1=${signature}`);
    expect(JSON.parse(body)).toMatchObject({ run: 'r1', target: 'shop', text: 'back' });
  });

  it('does not repeat what the receiver refused', async () => {
    const { context } = await stepContext({ pause: () => Promise.resolve() });
    const { url, taken } = await hook(403);
    expect(await notifyAction.execute(context, input({ webhook: url, secret: 'sekrit', text: 'x' }))).toMatchObject({ ok: false, retryable: false, error: { message: 'the webhook answered 403' } });
    expect(taken).toHaveLength(1);
  });

  it('gives up after five tries and says so', async () => {
    const { context } = await stepContext({ pause: () => Promise.resolve() });
    const { url, taken } = await hook(500);
    expect(await notifyAction.execute(context, input({ webhook: url, secret: 'sekrit', text: 'x' }))).toMatchObject({ ok: false, retryable: true });
    expect(taken).toHaveLength(5);
  });
});

import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

import { describe, expect, it, onTestFinished } from 'vitest';

import { healthRoutes } from '../../../adapters/web/health.js';
import { metricsRoute } from '../../../adapters/web/metrics.js';
import { answerText, postRoute, type WebRoute } from '../../../adapters/web/route.js';
import { runPageRoute } from '../../../adapters/web/run-page-route.js';
import { startWeb, type WebOptions, type WebServer } from '../../../adapters/web/server.js';
import { eventually } from '../../support/eventually.js';

interface Site {
  readonly web: WebServer;
  readonly errors: { fields: object; message: string }[];
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
}

async function site(routes: readonly WebRoute[], limits: WebOptions['limits'] = {}): Promise<Site> {
  const errors: Site['errors'] = [];
  const web = await startWeb({ port: 0, host: '127.0.0.1', routes, limits, log: { error: (fields, message) => void errors.push({ fields, message }) } });
  onTestFinished(() => web.close());
  return { web, errors, fetch: (path, init) => fetch(`http://127.0.0.1:${String(web.port)}${path}`, init) };
}

const echo = postRoute('/slack/events', async (request, response) => { answerText(response, 200, await text(request)); });

/** What the server says to bytes sent as they are; resolves when it ends the connection. */
async function raw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  return text(socket);
}

describe('the HTTP port', () => {
  it('hands a path to its handler with the body unread', async () => {
    const { fetch } = await site([echo]);
    const answer = await fetch('/slack/events?x=1', { method: 'POST', body: 'command=%2Frollback' });
    expect([answer.status, await answer.text()]).toEqual([200, 'command=%2Frollback\n']);
  });

  it('answers 404 to an unknown path and 405 to a wrong method', async () => {
    const { fetch } = await site([echo, ...healthRoutes({})]);
    expect((await fetch('/nothing')).status).toBe(404);
    expect((await fetch('/slack/events/more', { method: 'POST' })).status).toBe(404);
    const wrong = await fetch('/slack/events');
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await fetch('/healthz', { method: 'DELETE' })).headers.get('allow')).toBe('GET, HEAD');
    expect((await fetch('/healthz', { method: 'HEAD' })).status).toBe(200);
  });

  it('answers 400 to a path that is none', async () => {
    const { web } = await site([echo]);
    expect(await raw(web.port, 'GET http://[ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')).toContain('400');
  });

  it('refuses a body that says it is too long, and one that turns out to be', async () => {
    const seen: number[] = [];
    const count = postRoute('/slack/events', async (request, response) => {
      seen.push((await text(request)).length);
      answerText(response, 200, 'read');
    });
    const { web, fetch, errors } = await site([count], { bodyBytes: 1000 });
    expect((await fetch('/slack/events', { method: 'POST', body: 'x'.repeat(1000) })).status).toBe(200);
    expect((await fetch('/slack/events', { method: 'POST', body: 'x'.repeat(1001) })).status).toBe(413);
    const chunk = `3e8\r\n${'x'.repeat(1000)}\r\n`;
    expect(await raw(web.port, `POST /slack/events HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n${chunk}${chunk}`)).toMatch(/^HTTP\/1\.1 413 /);
    expect(seen).toEqual([1000]);
    expect(errors).toEqual([]);
  });

  it('cuts off who sends slowly, headers or body', async () => {
    const { web } = await site([echo], { headersMs: 300, requestMs: 600 });
    expect(await raw(web.port, 'POST /slack/events HTTP/1.1\r\nhost: x\r\n')).toMatch(/^HTTP\/1\.1 408 /);
    expect(await raw(web.port, 'POST /slack/events HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc')).toMatch(/^(HTTP\/1\.1 408 [^]*)?$/);
  });

  it('holds no more than its budget of bodies that are under way, and has it again when their senders are gone', async () => {
    const { web, fetch } = await site([echo], { bodyBytes: 1_000, bodiesBytes: 2_500 });
    const held = ['a', 'b'].map((letter) => {
      const socket = connect(web.port, '127.0.0.1');
      socket.write(`POST /slack/events HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n${letter.repeat(999)}`);
      return socket;
    });
    const post = async (): Promise<number> => (await fetch('/slack/events', { method: 'POST', body: 'x'.repeat(900) })).status;
    await eventually(async () => (await post()) === 503);
    expect((await fetch('/slack/events', { method: 'POST', body: 'small' })).status).toBe(200);
    for (const socket of held) socket.destroy();
    await eventually(async () => (await post()) === 200);
  });

  it('takes a bounded number of connections, and others once those are gone', async () => {
    const { web, fetch } = await site(healthRoutes({}), { headersMs: 60_000, requestMs: 60_000, connections: 20 });
    let closed = 0;
    const slow = Array.from({ length: 40 }, () => {
      const socket = connect(web.port, '127.0.0.1');
      return socket.on('error', () => undefined).on('close', () => { closed += 1; }).on('connect', () => { socket.write('POST /healthz HTTP/1.1\r\nx: '); }).resume();
    });
    await eventually(() => closed === 20);
    await expect(fetch('/healthz')).rejects.toThrow();
    expect(closed).toBe(20);
    for (const socket of slow) socket.destroy();
    await eventually(async () => (await fetch('/healthz')).status === 200);
  });

  it('answers 500 where a handler fails, logs it without the query, and goes on', async () => {
    const fails: WebRoute = { method: 'GET', path: '/fails', handle: () => Promise.reject(new Error('oops')) };
    const { fetch, errors } = await site([fails, ...healthRoutes({})]);
    const answer = await fetch('/fails?key=secret');
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('oops');
    expect(errors).toEqual([{ fields: expect.objectContaining({ path: '/fails', error: expect.stringContaining('oops') }) as unknown, message: 'an HTTP request failed' }]);
    expect((await fetch('/healthz')).status).toBe(200);
  });

  it('rejects where the port is taken', async () => {
    const { web } = await site([]);
    await expect(startWeb({ port: web.port, host: '127.0.0.1', routes: [], log: { error: () => undefined } })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('lets a request under way finish when it closes, and cuts one that does not', async () => {
    let finish = (): void => undefined;
    const released = new Promise<void>((resolve) => { finish = resolve; });
    let entered = 0;
    const slow: WebRoute = {
      method: 'GET',
      path: '/slow',
      handle: async (_request, response) => {
        entered += 1;
        await released;
        answerText(response, 200, 'finished');
      },
    };
    const first = await site([slow]);
    const answer = first.fetch('/slow');
    await eventually(() => entered === 1);
    const closing = first.web.close();
    await expect(first.fetch('/slow')).rejects.toThrow();
    finish();
    expect(await (await answer).text()).toBe('finished\n');
    await closing;

    const hangs: WebRoute = { method: 'GET', path: '/hangs', handle: () => { entered += 1; } };
    const second = await site([hangs], { closeMs: 100 });
    const cut = second.fetch('/hangs').then(() => 'answered', () => 'cut');
    await eventually(() => entered === 2);
    await second.web.close();
    expect(await cut).toBe('cut');
  });
});

describe('health', () => {
  it('is 200 as long as the process lives; ready only when every check passes, with reasons', async () => {
    let redis = false;
    const { fetch } = await site(
      healthRoutes({ postgres: () => ({ ok: true }), redis: async () => (redis ? { ok: true } : { ok: false, reason: 'no connection' }) }),
    );
    expect((await fetch('/healthz')).status).toBe(200);
    const away = await fetch('/readyz');
    expect([away.status, await away.json()]).toEqual([503, { ready: false, checks: { postgres: { ok: true }, redis: { ok: false, reason: 'no connection' } } }]);
    redis = true;
    const back = await fetch('/readyz');
    expect([back.status, await back.json()]).toMatchObject([200, { ready: true }]);
  });

  it('takes a check that throws or never answers for failed, without its error', async () => {
    const { fetch } = await site(healthRoutes({ throws: () => Promise.reject(new Error('postgres://user:secret@db')), hangs: () => new Promise(() => undefined) }, 50));
    const answer = await (await fetch('/readyz')).text();
    expect(answer).toContain('"throws":{"ok":false');
    expect(answer).toContain('no answer within 50 ms');
    expect(answer).not.toContain('secret');
  });
});

it('serves metrics in the text format', async () => {
  const { fetch } = await site([metricsRoute(() => 'planb_runs 3\n')]);
  const answer = await fetch('/metrics');
  expect([answer.headers.get('content-type'), await answer.text()]).toEqual(['text/plain; version=0.0.4; charset=utf-8', 'planb_runs 3\n']);
});

describe('the page of a run', () => {
  const read = async (run: string, key: string) => (run === '7KQ' && key === 'right' ? '<!doctype html><p>run</p>' : undefined);

  it('needs the key, and gives a stranger nothing to tell runs apart by', async () => {
    const { fetch } = await site([runPageRoute(read)]);
    const seen = await Promise.all(['/runs/7KQ', '/runs/7KQ?key=wrong', '/runs/NONE?key=right', `/runs/7KQ?key=${'x'.repeat(300)}`, '/runs/a%2Fb?key=right'].map(async (path) => {
      const answer = await fetch(path);
      return [answer.status, await answer.text()];
    }));
    expect(new Set(seen.map(String))).toEqual(new Set(['404,not found\n']));
  });

  it('is HTML under a strict policy, never cached, its key kept from other sites', async () => {
    const { fetch } = await site([runPageRoute(read)]);
    const answer = await fetch('/runs/7KQ?key=right');
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': expect.stringContaining("default-src 'none'") as unknown,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
  });
});

it('keeps a connection for the next request', async () => {
  const { web } = await site([echo]);
  const one = 'POST /slack/events HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nhi';
  const another = 'POST /slack/events HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\nconnection: close\r\n\r\nyou';
  const answers = await raw(web.port, `${one}${another}`);
  expect(answers.match(/HTTP\/1\.1 200 /g)).toHaveLength(2);
});

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';

import { httpCheckAction } from '../../../jobs/actions/http-check.js';
import { collectGarbage } from '../../support/collect-garbage.js';
import { stepContext } from './step-context.js';

type Reply = { readonly status: number; readonly body?: string; readonly hang?: boolean };

/** Answers the nth request by `answers[n]`, later ones by the last. */
async function serve(...answers: Reply[]): Promise<{ url: string; asked: () => number }> {
  let asked = 0;
  const server = createServer((_request, response) => {
    const answer = answers[Math.min(asked, answers.length - 1)];
    asked += 1;
    // What hangs, hangs for long: long enough for a garbage collection.
    if (answer?.hang === true) setImmediate(collectGarbage);
    if (answer === undefined || answer.hang === true) return;
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body ?? '{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`, asked: () => asked };
}

const input = (raw: object) => httpCheckAction.input.parse({ interval: '5ms', ...raw });
const down: Reply = { status: 503, body: '{"db":"Not connected"}' };
const up: Reply = { status: 200, body: '{"status":"healthy","db":"connected"}' };

describe('http.check', () => {
  it('polls until status and JSON are as expected', async () => {
    const { context } = await stepContext();
    const { url, asked } = await serve(down, { status: 200, body: '{"db":"Not connected"}' }, up);
    const result = await httpCheckAction.execute(context, input({ url, expect: { db: 'connected' } }));
    expect(result).toMatchObject({ ok: true, receipt: { saw: '200', asked: 3 } });
    expect(asked()).toBe(3);
  });

  it('masks an answer before it cuts it, and cuts no character in half', async () => {
    const { context } = await stepContext({}, ['correct-horse-battery']);
    const { url } = await serve({ status: 500, body: `${'x'.repeat(100)} correct-horse-battery` }, { status: 500, body: `${'x'.repeat(118)}🐎🐎` });
    const first = await httpCheckAction.execute(context, input({ url, within: 0 }));
    expect(first.ok ? '' : first.error.message).not.toContain('corr');
    const second = await httpCheckAction.execute(context, input({ url, within: 0 }));
    expect(second.ok ? '' : second.error.message).not.toMatch(/\p{Surrogate}/u);
  });

  it('says the last answer and since when', async () => {
    const { context } = await stepContext();
    const { url } = await serve(down);
    const result = await httpCheckAction.execute(context, input({ url, expect: { db: 'connected' }, within: '50ms' }));
    expect(result.ok ? '' : result.error.message).toMatch(/^503, db: "Not connected", since \d\d:\d\d:\d\d UTC$/);
    expect(result).toMatchObject({ ok: false, error: { code: 'not-healthy' } });
  });

  it('begins the hold again after a bad answer', async () => {
    const { context } = await stepContext();
    const { url, asked } = await serve(up, down, up);
    const result = await httpCheckAction.execute(context, input({ url, hold: '40ms' }));
    expect(result).toMatchObject({ ok: true });
    expect(result.ok ? Number(result.receipt['heldMs']) : 0).toBeGreaterThanOrEqual(40);
    expect(asked()).toBeGreaterThan(3);
  });

  it('fails when it turns bad while it must hold, after its time', async () => {
    const { context } = await stepContext();
    const { url } = await serve(up, down);
    const result = await httpCheckAction.execute(context, input({ url, within: '0ms', hold: '5s' }));
    expect(result.ok ? '' : result.error.message).toMatch(/^503, .*it was good for/);
  });

  it('gives each request a limit of its own', async () => {
    const { context } = await stepContext();
    const { url } = await serve({ status: 200, hang: true }, up);
    const result = await httpCheckAction.execute(context, input({ url, within: '15s' }));
    expect(result).toMatchObject({ ok: true, receipt: { asked: 2 } });
  });

  it('names a refused connection', async () => {
    const { context } = await stepContext();
    const result = await httpCheckAction.execute(context, input({ url: 'http://127.0.0.1:1/', within: '0ms' }));
    expect(result.ok ? '' : result.error.message).toMatch(/bad port|ECONNREFUSED/);
  });

  it('does not take a redirect to a login page for health', async () => {
    const { context } = await stepContext();
    const { url } = await serve({ status: 302 });
    expect(await httpCheckAction.execute(context, input({ url, within: '0ms' }))).toMatchObject({ ok: false });
  });

  it('reads the present health for the plan', async () => {
    const { context } = await stepContext();
    const { url } = await serve(down);
    const facts = await httpCheckAction.inspect?.(context, input({ url, expect: { db: 'connected' } }));
    expect(facts).toMatchObject([{ kind: 'measured', value: { good: false, saw: '503, db: "Not connected"' } }]);
  });
});

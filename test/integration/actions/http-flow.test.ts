import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { httpFlowAction } from '../../../jobs/actions/http-flow.js';
import type { StepContext } from '../../../src/ports/action.js';
import { json, type Reply, SampleApp, serveHttp, smokeTests } from '../../support/app-server.js';
import { stepContext } from './step-context.js';

const operatorToken = 'operator-token-of-the-test';
let app: SampleApp;
beforeEach(() => { app = new SampleApp(operatorToken); });

async function serve(answer: Reply) {
  const server = await serveHttp(answer);
  onTestFinished(() => server.stop());
  return server;
}

/** As the engine does just before a step runs: the secret is in its place. */
function resolved(raw: object) {
  return httpFlowAction.input.parse(JSON.parse(JSON.stringify(raw).replaceAll('${env:OPERATOR_TOKEN}', operatorToken)));
}

async function run(raw: object, given: Partial<StepContext> = {}) {
  const record = await stepContext(given, [operatorToken]);
  const result = await httpFlowAction.execute(record.context, resolved(raw));
  return { ...record, result, says: result.ok ? 'ok' : `${result.error.code}: ${result.error.message}`, all: JSON.stringify([result, record.log, record.progress]) };
}

describe('http.flow', () => {
  it('makes the smoke tests of the playbook, takes away what it made, and may do so again', async () => {
    const { url, seen } = await serve(app.answer);
    const first = await run(smokeTests(url));
    expect(first.says).toBe('ok');
    expect(first.result).toMatchObject({ receipt: { requests: [{ name: 'health', status: 200 }, {}, { status: 201 }, {}, {}, {}, {}, {}, {}, { name: 'delete user', status: 204 }] } });
    expect([app.users.size, app.projects.size]).toEqual([0, 0]);
    const second = await run(smokeTests(url), { attemptId: 'r1/s1/2' });
    expect(second.says).toBe('ok');
    const emails = new Set(seen.filter(({ path }) => path === '/auth/register').map(({ body }) => (JSON.parse(body) as { email: string }).email));
    expect(emails.size).toBe(2);
    expect([...emails][0]).toMatch(/^smoke-[a-z0-9]{10}@example\.org$/);
  });

  it('shows no token, neither one that was given nor one that was captured', async () => {
    const { url } = await serve(app.answer);
    app.broken.set('GET /auth/me', ({ headers }, response) => json(response, 403, { detail: `${headers.authorization ?? ''} of ${operatorToken} is not welcome` }));
    const { says, all } = await run(smokeTests(url));
    expect(says).toMatch(/^flow-failed: me: expected 200, got 403: \{"detail":"Bearer \*\*\*captured\*\*\* of \*\*\*secret0\*\*\* is not welcome"\}$/);
    expect(all).not.toMatch(/tok-|operator-token/);
  });

  it.each<[string, string, Reply, string]>([
    ['a refusal', 'POST /auth/login', (_seen, response) => json(response, 500, { detail: 'column "mfa" does not exist' }), 'login: expected 200, got 500: {"detail":"column \\"mfa\\" does not exist"}; and then'],
    ['an answer without the token', 'POST /auth/login', (_seen, response) => json(response, 200, { token: 'tok-elsewhere' }), 'login: expected token at $.access_token, got nothing'],
    ['another structure', 'GET /health/internal', (_seen, response) => json(response, 200, { checks: { db: { up: false } } }), 'internal health: expected checks.db.up true, got false'],
    ['a page in place of JSON', 'GET /health/internal', (_seen, response) => response.end('<html>hello'), 'internal health: expected JSON, got 200 with something else'],
    ['no answer', 'GET /health', (_seen, response) => response.destroy(), 'health: '],
    ['a project that is not listed', 'GET /projects', (_seen, response) => json(response, 200, { items: [{ id: 77 }] }), 'list projects: expected {"id":2,"name":"smoke '],
    ['a list that is none', 'GET /projects', (_seen, response) => json(response, 200, { items: null }), 'list projects: expected a list at $.items, got something else'],
    ['a project that stays', 'DELETE /projects/:id', (_seen, response) => response.writeHead(204).end(), 'list again: expected no {"id":2} at $.items, it is there'],
  ])('says in one line what is wrong: %s', async (_what, route, reply, says) => {
    const { url } = await serve(app.answer);
    app.broken.set(route, reply);
    const outcome = await run(smokeTests(url));
    expect(outcome.says).toContain(`flow-failed: ${says}`.replace('; and then', ''));
    expect(outcome.says).not.toContain('\n');
    expect(outcome.all).not.toContain('tok-');
  });

  it('takes away what it made after a failure, as far as it knows it', async () => {
    const { url, seen } = await serve(app.answer);
    app.broken.set('GET /projects', (_seen, response) => json(response, 500, {}));
    const { says, log } = await run(smokeTests(url));
    expect(says).toBe('flow-failed: list projects: expected 200, got 500: {}');
    expect([app.users.size, app.projects.size]).toEqual([0, 0]);
    expect(seen.map(({ method, path }) => `${method} ${path.replace(/\d+$/, 'N')}`).slice(-2)).toEqual(['DELETE /projects/N', 'DELETE /users/N']);
    app.broken.set('POST /projects', (_seen, response) => json(response, 500, {}));
    app.broken.set('DELETE /users/:id', (_seen, response) => json(response, 503, {}));
    const again = await run(smokeTests(url), { attemptId: 'r1/s1/2' });
    expect(again.says).toBe('flow-failed: create project: expected 201, got 500: {}; and then delete user: expected 204, got 503: {}');
    expect(again.log).toContain('delete project: not made, since there is no project');
    expect(log.some((line) => line.startsWith('list again'))).toBe(false);
  });

  it('takes away what a stopped attempt made', async () => {
    const stop = new AbortController();
    const { url } = await serve(app.answer);
    app.broken.set('GET /projects', () => stop.abort(new Error('stopped')));
    await expect(run(smokeTests(url), { signal: stop.signal, fetch: (input, init) => fetch(input, init) })).rejects.toThrow();
    expect([app.users.size, app.projects.size]).toEqual([0, 0]);
  });

  it('looks again until it is good, and makes others again only as often as it is told', async () => {
    let asked = 0;
    const { url, seen } = await serve(({ method }, response) => {
      asked += 1;
      json(response, method === 'GET' && asked >= 3 ? 200 : 503, {});
    });
    const { says, progress } = await run({ requests: [
      { name: 'ready', url: `${url}/ready`, within: '60s', interval: '5ms' },
      { name: 'send', method: 'POST', url: `${url}/send`, body: 'x', retry: 2, interval: '5ms' },
    ] });
    expect(says).toBe('flow-failed: send: expected 200, got 503: {}');
    expect(progress[0]).toBe('ready: expected 200, got 503: {}');
    expect(seen.map(({ path }) => path)).toEqual(['/ready', '/ready', '/ready', '/send', '/send', '/send']);
  });

  it('gives each request a limit, and says so', async () => {
    const { url } = await serve(() => undefined);
    expect((await run({ requests: [{ name: 'slow', url, timeout: '50ms' }] })).says).toBe('flow-failed: slow: no answer within 0.05 s');
  });

  it('fills names in everywhere, and keeps a number a number', async () => {
    const { url, seen } = await serve(({ path }, response) => {
      if (path === '/first') response.setHeader('x-call-id', 'call/7?x');
      json(response, 200, { n: 12, yes: true });
    });
    const { says } = await run({ baseUrl: `${url}/`, vars: { who: 'a {unique} {other}' }, requests: [
      { name: 'first', path: '/first', capture: { n: '$.n', yes: '$.yes', call: 'header:x-call-id' } },
      { name: 'second', method: 'POST', path: '/calls/{call}?n={n}', headers: { 'x-n': '{n}' }, json: { n: '{n}', yes: '{yes}', list: ['{call}'], text: '{n} of {run}' }, expect: { n: '{n}' } },
      { name: 'third', method: 'PUT', path: '/form', form: { who: '{who}' } },
      { name: 'fourth', method: 'PUT', path: '/raw', body: '{"n": {n}}' },
    ] }, { runId: '7KQ' });
    expect(says).toBe('ok');
    expect(seen[1]).toMatchObject({ path: '/calls/call%2F7%3Fx?n=12', headers: { 'x-n': '12' } });
    expect(JSON.parse(seen[1]?.body ?? '')).toEqual({ n: 12, yes: true, list: ['call/7?x'], text: '12 of 7KQ' });
    expect(new URLSearchParams(seen[2]?.body).get('who')).toMatch(/^a [a-z0-9]{10} \{other\}$/);
    expect(seen[3]?.body).toBe('{"n": 12}');
  });

  it('never reads the text of a secret for names', async () => {
    const { url, seen } = await serve((_seen, response) => json(response, 200, {}));
    expect((await run({ vars: { password: 'pa{run}{nothing}' }, requests: [{ name: 'x', method: 'POST', url, json: { password: '{password}' } }] })).says).toBe('ok');
    expect(seen[0]?.body).toBe('{"password":"par1{nothing}"}');
  });

  it('shows nothing of a secret answer, nor of one that was not refused', async () => {
    const { url } = await serve(({ path }, response) => json(response, path === '/made' ? 201 : 400, { key: 'sk-very-hidden' }));
    expect((await run({ requests: [{ name: 'key', url: `${url}/x`, secret: true }] })).says).toBe('flow-failed: key: expected 200, got 400');
    expect((await run({ requests: [{ name: 'key', url: `${url}/made` }] })).says).toBe('flow-failed: key: expected 200, got 201');
    expect((await run({ requests: [{ name: 'key', url: `${url}/made`, status: 201, secret: true, expect: { key: 'sk-other' } }] })).says).toBe('flow-failed: key: expected key something else, got something else');
  });
});

describe('http.flow, cookies and redirects', () => {
  it('keeps cookies where it is told to, for their own host and path', async () => {
    const { url, seen } = await serve(({ path }, response) => {
      if (path === '/login') response.setHeader('set-cookie', ['session=abcdef; HttpOnly; Path=/', 'admin=1; Path=/admin', 'broken']);
      json(response, path === '/bad' ? 400 : 200, { echo: 'abcdef' });
    });
    const requests = [{ name: 'login', method: 'POST', url: `${url}/login` }, { name: 'me', url: `${url}/me`, headers: { cookie: 'lang=en' } }, { name: 'admin', url: `${url}/admin/x` }];
    expect((await run({ cookies: true, requests })).says).toBe('ok');
    expect(seen.map(({ headers }) => headers.cookie)).toEqual([undefined, 'lang=en; session=abcdef', 'admin=1; session=abcdef']);
    expect((await run({ cookies: true, requests: [...requests, { name: 'bad', url: `${url}/bad` }] })).says).toContain('{"echo":"***captured***"}');
    expect((await run({ requests })).says).toBe('ok');
    expect(seen.at(-2)?.headers.cookie).toBe('lang=en');
  });

  it('follows a redirect only where it is told to, and hands another host nothing', async () => {
    const other = await serve((_seen, response) => json(response, 200, { there: true }));
    const { url, seen } = await serve(({ path }, response) => {
      if (path.startsWith('/away')) response.writeHead(path === '/away307' ? 307 : 302, { location: `${other.url}/there` }).end();
      else if (path === '/here') response.writeHead(303, { location: '/end' }).end();
      else if (path === '/circle') response.writeHead(302, { location: '/circle' }).end();
      else json(response, 200, {});
    });
    const headers = { authorization: 'Bearer x', 'x-api-key': 'k' };
    expect((await run({ requests: [{ name: 'here', url: `${url}/here`, headers }] })).says).toBe('flow-failed: here: expected 200, got 303');
    expect((await run({ requests: [{ name: 'here', method: 'POST', json: {}, url: `${url}/here`, headers, follow: true }] })).says).toBe('ok');
    expect(seen.at(-1)).toMatchObject({ method: 'GET', path: '/end', body: '', headers: { authorization: 'Bearer x', 'x-api-key': 'k' } });
    expect((await run({ requests: [{ name: 'away', url: `${url}/away`, headers, follow: true, expect: { there: true } }] })).says).toBe('ok');
    expect(other.seen[0]?.headers).not.toHaveProperty('authorization');
    expect(other.seen[0]?.headers).not.toHaveProperty('x-api-key');
    expect((await run({ requests: [{ name: 'away', method: 'POST', body: 'password', url: `${url}/away307`, follow: true }] })).says).toBe(`flow-failed: away: 307 to ${other.host}, which must not get what was meant for ${new URL(url).host}`);
    expect((await run({ requests: [{ name: 'circle', url: `${url}/circle`, follow: true }] })).says).toBe('flow-failed: circle: expected 200, got 302');
    expect(other.seen.length).toBe(1);
  });
});

import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';

import { findMarked } from '../../../adapters/process/orphans.js';
import { browserCheckAction } from '../../../jobs/actions/browser-check.js';
import type { StepContext } from '../../../src/ports/action.js';
import { json, type Reply, serveHttp } from '../../support/app-server.js';
import { eventually } from '../../support/eventually.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';
import { tempFolder } from '../../support/temp-folder.js';
import { stepContext } from './step-context.js';

const password = 'ui-password-of-the-test';
let database: TestDatabase;
let temporary: string;
beforeAll(async () => {
  database = await createDatabase();
  await database.pool.query(`CREATE TABLE keys (token text); INSERT INTO keys SELECT n::text FROM generate_series(1, 1204) AS n; CREATE TABLE teams (id int); INSERT INTO teams VALUES (1), (2), (3)`);
});
afterAll(() => database.drop());

// Chromium's own folders go there, so that what is left can be seen.
beforeEach(async () => {
  temporary = join(await tempFolder('planb-browser-test'), 'tmp');
  await mkdir(temporary);
});

const form = '<form method="post" action="/login"><input id="username" name="u"><input id="password" type="password" name="p"><button type="submit">Sign in</button></form>';
const script = `fetch('/api').then((answer) => answer.json()).then(({ teams, total }) => {
  document.querySelector('#rows').innerHTML = teams.map((id) => '<tr class="team"><td>' + id + '</td></tr>').join('');
  document.querySelector('#total').textContent = 'Showing 1 - 50 of ' + total.toLocaleString('en-US') + ' keys';
})`;
const admin = `<h1>Virtual Keys</h1><table><tbody id="rows"></tbody></table><p id="total"></p><p hidden>Unseen</p><script>${script}</script>`;

/** An admin page as LiteLLM's: a form to sign in, then a page that asks an API for what it shows. */
async function serve(more: Readonly<Record<string, Reply>> = {}) {
  const server = await serveHttp((seen, response) => {
    const other = more[seen.path];
    const html = (text: string): void => void response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><link rel="icon" href="data:,"><title>t</title>${text}`);
    const signedIn = seen.headers.cookie?.includes('session=1') === true;
    if (other !== undefined) other(seen, response);
    else if (seen.path === '/login') response.writeHead(303, seen.body === `u=admin&p=${password}` ? { location: '/ui', 'set-cookie': 'session=1; Path=/; HttpOnly' } : { location: '/ui?wrong' }).end();
    else if (seen.path === '/api') json(response, 200, { teams: [1, 2, 3], total: 1204 });
    else if (seen.path.startsWith('/ui')) html(signedIn ? admin : form);
    else json(response, 404, {});
  });
  onTestFinished(() => server.stop());
  return server;
}

const login = { fill: { '#username': 'admin', '#password': password }, submit: 'button[type=submit]' };
const page = (text: string): Reply => (_seen, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><link rel="icon" href="data:,">${text}`);

async function killBrowser(): Promise<void> {
  for (const { pid, name } of await findMarked('r1/ui/1')) if (name === 'chromium') process.kill(pid, 'SIGKILL');
}

/** Chromium's helpers end by themselves when it has ended. */
async function nothingLeft(): Promise<void> {
  await eventually(async () => (await findMarked('r1/ui/1')).length === 0);
  await eventually(async () => (await readdir(temporary)).length === 0);
}

async function check(raw: object, given: Partial<StepContext> = {}) {
  const record = await stepContext({ attemptId: 'r1/ui/1', ...given }, [password]);
  vi.stubEnv('TMPDIR', temporary);
  onTestFinished(() => void vi.unstubAllEnvs());
  const result = await browserCheckAction.execute(record.context, browserCheckAction.input.parse({ within: 0, ...raw }));
  vi.unstubAllEnvs();
  const says = result.ok ? 'ok' : `${result.error.code}: ${result.error.message}`;
  expect(says).not.toContain('\n');
  expect(JSON.stringify([result, record.log, record.progress])).not.toContain(password);
  return { ...record, result, says };
}

describe('browser.check', { timeout: 400_000 }, () => {
  it('signs in, sees the page, compares its numbers with the database, and leaves nothing behind but a picture', async () => {
    const { url } = await serve();
    const { result, says, runFolder } = await check({
      url: `${url}/ui`, login, cleanConsole: true, within: '60s',
      expect: { text: 'Virtual Keys', selector: ['table', '#total'] },
      counts: [
        { name: 'teams', selector: 'tr.team', database: database.url, sql: 'SELECT count(*) FROM teams' },
        { name: 'keys', selector: '#total', pattern: 'of ([\\d,]+) keys', database: database.url, sql: 'SELECT count(*) FROM keys' },
      ],
    });
    expect(says).toBe('ok');
    expect(result).toMatchObject({ receipt: { counts: { teams: 3, keys: 1204 }, picture: join(runFolder, 'browser-ui-1.png') } });
    expect((await readFile(join(runFolder, 'browser-ui-1.png'))).subarray(1, 4).toString()).toBe('PNG');
    await nothingLeft();
  });

  it('says in one line what is wrong, and keeps the picture', async () => {
    const { url } = await serve({
      '/away': (_seen, response) => json(response, 503, {}),
      '/noisy': page('<h1>Fine</h1><script>console.error("chunk 7 is missing")</script>'),
      '/broken': page('<h1>Fine</h1><script>undefinedFunction()</script>'),
    });
    const says = async (raw: object): Promise<string> => (await check(raw)).says;
    const { says: text, runFolder } = await check({ url: `${url}/ui`, login, expect: { text: 'Teams' } });
    expect(text).toBe('page-not-as-expected: the page does not show "Teams"');
    expect(await readdir(runFolder)).toEqual(['browser-ui-1.png']);
    expect(await says({ url: `${url}/ui`, login, expect: { text: 'Unseen' } })).toBe('page-not-as-expected: the page does not show "Unseen"');
    expect(await says({ url: `${url}/ui`, login, expect: { selector: '.chart' } })).toBe('page-not-as-expected: the page does not show .chart');
    expect(await says({ url: `${url}/ui`, login: { ...login, fill: { '#username': 'admin', '#password': 'wrong' } } })).toBe('page-not-as-expected: signing in did not work: the form is still there');
    expect(await says({ url: `${url}/ui`, login: { ...login, fill: { '#user': 'admin' } } })).toBe('page-not-as-expected: there is no field #user to sign in');
    expect(await says({ url: `${url}/away` })).toBe('page-not-as-expected: the page answered 503');
    const gone = await serve();
    gone.stop();
    expect(await says({ url: `${gone.url}/` })).toBe(`page-not-as-expected: net::ERR_CONNECTION_REFUSED at ${gone.url}/`);
    expect(await says({ url: `${url}/noisy`, cleanConsole: true })).toBe('page-not-as-expected: its console says: chunk 7 is missing');
    expect(await says({ url: `${url}/broken`, cleanConsole: true })).toBe('page-not-as-expected: its console says: undefinedFunction is not defined');
    expect(await says({ url: `${url}/broken` })).toBe('ok');
    expect(await says({ url: 'ftp://127.0.0.1/' })).toBe('bad-address: ftp://127.0.0.1/ is no address of a page');
  });

  it('says which number differs, and when there is none', async () => {
    const { url } = await serve();
    const count = async (raw: object): Promise<string> => (await check({ url: `${url}/ui`, login, expect: { selector: 'tr.team' }, counts: [{ name: 'teams', selector: 'tr.team', database: database.url, sql: 'SELECT count(*) FROM teams', ...raw }] })).says;
    expect(await count({ sql: 'SELECT count(*) FROM keys WHERE token < $1', params: ['1001'] })).toMatch(/^page-not-as-expected: teams: the page shows 3, the database has \d+$/);
    expect(await count({ selector: undefined, pattern: 'of (\\d+) teams' })).toBe('page-not-as-expected: teams: nothing on the page is like of (\\d+) teams');
    expect(await count({ selector: '.none' })).toBe('page-not-as-expected: teams: the page has no .none');
    expect(await count({ sql: `SELECT 'many'` })).toBe('page-not-as-expected: teams: the database answers no number');
    expect(await count({ sql: 'DELETE FROM teams' })).toMatch(/^page-not-as-expected: teams: .*SQLSTATE 42601/);
    expect(await count({ database: 'postgresql://nobody@127.0.0.1:1/x' })).toMatch(/^page-not-as-expected: teams: .*cannot be reached/);
  });

  it('loads from the page\'s own host only: no other page, script, frame, redirect or socket', async () => {
    const elsewhere = await serveHttp((_seen, response) => response.writeHead(200, { 'access-control-allow-origin': '*' }).end('1'));
    onTestFinished(() => elsewhere.stop());
    const away = elsewhere.url.replace('127.0.0.1', '127.0.0.2');
    const local = elsewhere.url.replace('127.0.0.1', 'localhost');
    const { url } = await serve({
      '/greedy': page(`<h1>Fine</h1><script src="${local}/script.js"></script><img src="${away}/pixel.png"><iframe src="/redirect"></iframe><script>new WebSocket('${local.replace('http', 'ws')}'); fetch('${local}/beacon').catch(() => undefined)</script>`),
      '/redirect': (_seen, response) => response.writeHead(302, { location: `${local}/from-redirect` }).end(),
    });
    expect((await check({ url: `${url}/greedy`, expect: { text: 'Fine' } })).says).toBe('ok');
    expect(elsewhere.seen).toEqual([]);
    expect((await check({ url: `${url}/greedy`, expect: { text: 'Missing' } })).says).toMatch(/^page-not-as-expected: the page does not show "Missing" \(not loaded, since hosts: does not name them: .*localhost/);
    expect((await check({ url: `${url}/redirect` })).says).toMatch(/^page-not-as-expected: net::ERR_NAME_NOT_RESOLVED/);
    expect(elsewhere.seen).toEqual([]);
    expect((await check({ url: `${url}/greedy`, hosts: ['localhost'], expect: { text: 'Fine' } })).says).toBe('ok');
    expect(elsewhere.seen.map(({ path }) => path)).toContain('/script.js');
  });

  it('looks again while the service comes up', async () => {
    let asked = 0;
    const { url } = await serve({ '/late': (seen, response) => { asked += 1; if (asked < 3) json(response, 502, {}); else page('<h1>Up</h1>')(seen, response); } });
    const { says, result, progress } = await check({ url: `${url}/late`, expect: { text: 'Up' }, within: '90s' });
    expect(says).toBe('ok');
    expect(result).toMatchObject({ receipt: { looks: 3 } });
    expect(progress).toEqual(['the page answered 502', 'the page answered 502']);
  });

  it('ends its browser when the step is stopped', async () => {
    const stop = new AbortController();
    const { url } = await serve({ '/hang': () => stop.abort(new Error('stopped')) });
    await expect(check({ url: `${url}/hang`, within: '60s' }, { signal: stop.signal })).rejects.toThrow('stopped');
    await nothingLeft();
  });

  it('says when its browser dies, or is none', async () => {
    const { url } = await serve({ '/crash': () => void killBrowser() });
    const { says, result } = await check({ url: `${url}/crash`, within: '60s' });
    expect(says).toMatch(/^page-not-as-expected: .*(closed|crashed|ERR_ABORTED)/);
    expect(result).toMatchObject({ ok: false, retryable: true });
    expect((await check({ url, chromium: '/bin/false' })).says).toMatch(/^browser-failed: \/bin\/false does not start: \S/);
  });

  it('says in the plan, and in the step, that there is no Chromium', async () => {
    const { context } = await stepContext();
    const given = browserCheckAction.input.parse({ url: 'http://127.0.0.1:4000/ui', login, expect: { text: 'Virtual Keys' }, chromium: '/nowhere/chromium' });
    const facts = (await browserCheckAction.inspect?.(context, given)) ?? [];
    expect(facts).toMatchObject([{ key: 'browser', kind: 'measured', value: { available: false, version: null } }]);
    const described = browserCheckAction.describe(given, { facts });
    expect(described.commands[1]).toBe('# there is no Chromium on this machine: this step will fail, and without it the run cannot end verified');
    expect(described.todo).toEqual(['Look at http://127.0.0.1:4000/ui yourself: sign in (#username, #password); shows "Virtual Keys"; within 1 min']);
    expect(described.commands.join('\n')).not.toContain(password);
    expect((await check({ url: 'http://127.0.0.1:4000/ui', chromium: '/nowhere/chromium' })).says).toBe('no-browser: there is no Chromium on this machine, so nobody has looked at the page: install chromium, or look yourself and press Skip');
    expect((await browserCheckAction.inspect?.(context, browserCheckAction.input.parse({ url: 'http://h/' })))?.[0]).toMatchObject({ value: { available: true, version: expect.stringMatching(/^Chromium \d+/) as string } });
  });
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { lookAtCounts, lookAtDatabase } from '../../../jobs/watch/checks/database.js';
import { lookAtLatency } from '../../../jobs/watch/checks/latency.js';
import { lookAtLogs } from '../../../jobs/watch/checks/logs.js';
import { lookAtPrometheus } from '../../../jobs/watch/checks/prometheus.js';
import { lookAtRestarts } from '../../../jobs/watch/checks/restarts.js';
import { newRule } from '../../../src/watch/judge-rule.js';
import { stepContext } from '../actions/step-context.js';
import { json, serveHttp } from '../../support/app-server.js';
import { createDatabase } from '../../support/postgres.js';
import { tempFolder } from '../../support/temp-folder.js';

test('a database that answers, answers otherwise, and does not answer', async () => {
  const { context } = await stepContext();
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  const check = { kind: 'database', database: database.url, sql: 'SELECT 7', expect: { min: 5 } } as const;
  expect(await lookAtDatabase(context, check)).toMatchObject({ result: 'good', saw: '7' });
  expect(await lookAtDatabase(context, { ...check, expect: { max: 5 } })).toMatchObject({ result: 'bad', saw: '7, expected at most 5' });
  expect((await lookAtDatabase(context, { ...check, database: 'postgres://nobody@127.0.0.1:1/none' })).result).toBe('bad');
});

test('counts of two databases', async () => {
  const { context } = await stepContext();
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  const query = (sql: string) => ({ database: database.url, sql });
  const look = (of: number, against: number, compare: 'equal' | 'at-least', tolerance = 0) =>
    lookAtCounts(context, { kind: 'counts', of: query(`SELECT ${String(of)}::bigint AS n`), against: query(`SELECT ${String(against)}::bigint AS n`), compare, tolerance });
  expect(await look(10, 10, 'equal')).toMatchObject({ result: 'good', saw: '10 on both' });
  expect(await look(8, 10, 'equal')).toMatchObject({ result: 'bad', saw: '8 against 10, 2 missing' });
  expect(await look(8, 10, 'equal', 2)).toMatchObject({ result: 'good' });
  expect(await look(12, 10, 'at-least')).toMatchObject({ result: 'good', saw: '12 against 10, 2 more' });
  expect(await look(9, 10, 'at-least')).toMatchObject({ result: 'bad' });
  expect((await lookAtCounts(context, { kind: 'counts', of: query('SELECT 1'), against: { database: 'postgres://nobody@127.0.0.1:1/none', sql: 'SELECT 1' }, compare: 'equal', tolerance: 0 })).result).toBe('unread');
});

test('errors in a log since the watch began, and only of the last minutes', async () => {
  const { context } = await stepContext();
  const file = join(await tempFolder(), 'app.log');
  const line = (secondsAgo: number, text: string): string => `${new Date(Date.now() - secondsAgo * 1_000).toISOString()} ${text}\n`;
  await writeFile(file, line(3_600, 'Error: long ago') + line(20, 'Error: one') + line(10, 'fine') + line(5, 'Error: two'));
  const check = { kind: 'logs', source: { file }, patterns: ['Error'], allow: [], within: 300_000, atLeast: 2 } as const;
  expect(await lookAtLogs(context, check, 0)).toMatchObject({ result: 'bad', saw: expect.stringMatching(/^2 errors in the log: .*Error: two$/) as string });
  expect(await lookAtLogs(context, { ...check, atLeast: 3 }, 0)).toMatchObject({ result: 'good' });
  expect(await lookAtLogs(context, { ...check, patterns: ['nothing'] }, 0)).toMatchObject({ result: 'good', saw: 'no error' });
  await expect(lookAtLogs(context, { ...check, source: { file: `${file}.none` } }, 0)).rejects.toThrow('there is no such file');
});

test('an answer that takes many times the baseline, which the first look measures', async () => {
  const { context } = await stepContext();
  let waits = 0;
  const server = await serveHttp((_seen, response) => { setTimeout(() => { json(response, 200, {}); }, waits); });
  onTestFinished(() => { server.stop(); });
  const check = { kind: 'latency', url: server.url, headers: {}, times: 10 } as const;
  const first = await lookAtLatency(context, check, newRule);
  expect(first).toMatchObject({ result: 'good', memory: { baselineMs: expect.any(Number) as number } });
  waits = 400;
  // Twenty milliseconds times ten: far below what the server waits, however slow this machine is.
  expect(await lookAtLatency(context, { ...check, baseline: 20 }, newRule)).toMatchObject({ result: 'bad', saw: expect.stringContaining('baseline 20 ms') as string });
  expect((await lookAtLatency(context, { ...check, baseline: 9_000 }, newRule)).result).toBe('good');
  server.stop();
  expect((await lookAtLatency(context, { ...check, baseline: 9_000 }, newRule)).result).toBe('unread');
});

test('restarts within the time, also of a container that is new', async () => {
  let containers = [{ id: 'c1', restarts: 5 }];
  const answer = (argv: readonly string[]): string => (argv[1] === 'ps'
    ? containers.map(({ id }) => JSON.stringify({ id, folder: '/srv/shop', service: 'web', oneOff: 'False' })).join('\n')
    : containers.map(({ id, restarts }) => JSON.stringify({ id, name: `/${id}`, image: 'sha256:1', imageName: 'web', created: '2026-03-01T00:00:00Z', restarts, state: { Status: 'running', ExitCode: 0, StartedAt: '2026-03-01T00:00:00Z' }, labels: { 'com.docker.compose.service': 'web' } })).join('\n'));
  let now = 1_000_000;
  const { context } = await stepContext({
    now: () => now,
    run: (request) => Promise.resolve({ ok: true, exitCode: 0, signal: null, pid: null, startTicks: null, stdout: answer(request.argv), output: '', droppedBytes: 0, summary: '', notFound: false, timedOut: false, aborted: false, durationMs: 1 }),
    files: { ...(await stepContext()).context.files, realPath: (path) => Promise.resolve(path) },
  });
  const check = { kind: 'restarts', project: '/srv/shop', services: ['web'], moreThan: 2, within: 600_000 } as const;
  let state = newRule;
  const look = async (): Promise<string> => {
    const reading = await lookAtRestarts(context, check, state);
    state = { ...state, ...(reading.memory === undefined ? {} : { memory: reading.memory }) };
    now += 60_000;
    return `${reading.result}: ${reading.saw}`;
  };
  expect(await look()).toBe('good: no restart');
  containers = [{ id: 'c1', restarts: 7 }];
  expect(await look()).toMatch(/^good: web restarted 2 times/);
  containers = [{ id: 'c1', restarts: 8 }];
  expect(await look()).toMatch(/^bad: web restarted 3 times/);
  now += 20 * 60_000;
  expect(await look()).toBe('good: no restart');
  containers = [{ id: 'c2', restarts: 4 }];
  expect(await look()).toMatch(/^bad: web restarted 4 times/);
});

test('a query of Prometheus: its condition, an expression, an error and no answer', async () => {
  const { context } = await stepContext();
  const vector = (result: readonly object[]): object => ({ status: 'success', data: { resultType: 'vector', result } });
  let answer = vector([{ metric: { job: 'shop' }, value: [1, '0.83'] }]);
  const server = await serveHttp((_seen, response) => { json(response, 200, answer); });
  onTestFinished(() => { server.stop(); });
  const check = { kind: 'prometheus', url: server.url, query: 'up', headers: {} } as const;
  expect(await lookAtPrometheus(context, { ...check, above: 0.5 })).toEqual({ result: 'bad', saw: '0.83 (job=shop), above 0.5' });
  expect(await lookAtPrometheus(context, { ...check, above: 0.9 })).toEqual({ result: 'good', saw: '0.83 (job=shop)' });
  expect((await lookAtPrometheus(context, check)).result).toBe('bad');
  answer = vector([]);
  expect(await lookAtPrometheus(context, check)).toEqual({ result: 'good', saw: 'no value' });
  answer = { status: 'error', error: 'parse error' };
  expect(await lookAtPrometheus(context, check)).toEqual({ result: 'unread', saw: 'parse error' });
  server.stop();
  expect((await lookAtPrometheus(context, check)).result).toBe('unread');
  expect(server.seen[0]?.path).toBe('/api/v1/query?query=up');
});

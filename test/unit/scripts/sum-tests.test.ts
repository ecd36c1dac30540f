import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';

const PROGRAM = join(import.meta.dirname, '..', '..', '..', 'scripts', 'sum-tests.mjs');

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'planb-sum-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

interface Result {
  name: string;
  status: string;
  message?: string;
  assertionResults: { status: string; ancestorTitles: string[]; title: string; failureMessages?: string[] }[];
}

interface Report {
  passed: number;
  failed?: number;
  pending?: number;
  success?: boolean;
  results?: Result[];
}

async function report(name: string, { passed, failed = 0, pending = 0, success = failed === 0, results = [] }: Report): Promise<string> {
  const file = join(folder, `${name}.json`);
  await writeFile(file, JSON.stringify({ success, numPassedTests: passed, numFailedTests: failed, numPendingTests: pending, numTodoTests: 0, testResults: results }));
  return file;
}

/** What it prints before its last line, and that line. */
async function sum(...args: string[]): Promise<{ before: string; line: string; code: number | undefined }> {
  const { stdout, exitCode } = await execa(process.execPath, [PROGRAM, ...args], { reject: false, cwd: folder });
  const lines = stdout.split('\n');
  return { before: lines.slice(0, -1).join('\n'), line: lines.at(-1) ?? '', code: exitCode };
}

test('adds up the reports and the failed checks', async () => {
  expect(await sum(await report('a', { passed: 3 }), await report('b', { passed: 4 }))).toEqual({ before: '', line: '7 passed, 0 failed', code: 0 });
  expect(await sum('failed=2', await report('c', { passed: 3, failed: 1 }))).toMatchObject({ line: '3 passed, 3 failed', code: 1 });
});

test('counts and names what no test shows: a missing report, a file that did not load, a skipped test, an error between the tests', async () => {
  const file = join(folder, 'test', 'x.test.ts');
  const missing = await sum(await report('d', { passed: 3 }), join(folder, 'none.json'));
  expect(missing).toMatchObject({ line: '3 passed, 1 failed', before: expect.stringContaining('FAILED none: its report cannot be read\n    ENOENT') as string });

  const unloaded = await report('e', { passed: 3, success: false, results: [{ name: file, status: 'failed', message: 'Cannot find module', assertionResults: [] }] });
  expect(await sum(unloaded)).toMatchObject({ line: '3 passed, 1 failed', before: 'FAILED e: test/x.test.ts\n    Cannot find module\n' });

  const skipped = { name: file, status: 'passed', assertionResults: [{ status: 'skipped', ancestorTitles: ['a shop'], title: 'sells' }] };
  expect(await sum(await report('f', { passed: 3, pending: 1, results: [skipped] }))).toMatchObject({ line: '3 passed, 1 failed', before: 'FAILED f: test/x.test.ts > a shop > sells\n    did not run (skipped)\n' });

  const marked = await report('g', { passed: 3 });
  await writeFile(`${marked}.failed`, '');
  expect(await sum(marked)).toMatchObject({ line: '3 passed, 1 failed', before: expect.stringContaining('FAILED g: a failure between the tests') as string });
});

test('a run without any test is a failure', async () => {
  expect(await sum(await report('h', { passed: 0 }))).toEqual({ before: '', line: '0 passed, 0 failed', code: 1 });
});

test('shows each failed test by its full name, with the beginning of its message in plain text, before the sum', async () => {
  const stack = Array.from({ length: 30 }, (_, index) => `    at line ${String(index)}`);
  const failedTest = (title: string, message: string) => ({ status: 'failed', ancestorTitles: ['a shop', 'at night'], title, failureMessages: [message] });
  const results: Result[] = [
    {
      name: join(folder, 'test/shop.test.ts'), status: 'failed',
      assertionResults: [{ status: 'passed', ancestorTitles: [], title: 'opens' }, failedTest('is closed', `\u001b[31mAssertionError\u001b[39m: expected 'open' to be 'closed'\n${stack.join('\n')}`), failedTest('is dark', 'Error: it shines')],
    },
  ];
  const { before, line } = await sum(await report('test', { passed: 1, failed: 2, results }));
  expect(line).toBe('1 passed, 2 failed');
  expect(before.split('\n')).toEqual([
    'FAILED test: test/shop.test.ts > a shop > at night > is closed',
    "    AssertionError: expected 'open' to be 'closed'", ...stack.slice(0, 14).map((one) => `    ${one}`), '    … 16 more lines', '',
    'FAILED test: test/shop.test.ts > a shop > at night > is dark', '    Error: it shines', '',
  ]);
});

test('what failed once and passed in the second run is named and counts as passed; what failed twice has failed', async () => {
  const file = join(folder, 'test/shop.test.ts');
  const assertion = (title: string, message?: string) => ({ status: message === undefined ? 'passed' : 'failed', ancestorTitles: [], title, ...(message === undefined ? {} : { failureMessages: [message] }) });
  const first = await report('test', { passed: 1, failed: 2, results: [{ name: file, status: 'failed', assertionResults: [assertion('opens'), assertion('is closed', 'Error: open'), assertion('is dark', 'Error: it shines')] }] });
  await writeFile(`${first}.failed`, '');
  const again = await report('again', { passed: 2, failed: 1, results: [{ name: file, status: 'failed', assertionResults: [assertion('opens'), assertion('is closed'), assertion('is dark', 'Error: again')] }] });
  await rename(again, `${first}.again`);
  expect(await sum(first)).toEqual({
    before: 'UNSTABLE test: test/shop.test.ts > is closed\n    Error: open\n\nFAILED test: test/shop.test.ts > is dark\n    Error: it shines\n', line: '2 passed, 1 failed', code: 1,
  });
});

test('a few failed files are worth another try; many are not, nor what must hold at every try, nor a run that wrote nothing', async () => {
  const failed = (...names: string[]): Result[] => names.map((name) => ({ name: join(folder, name), status: 'failed', assertionResults: [] }));
  const named = async (name: string, ...names: string[]): Promise<string> => {
    const { stdout } = await execa(process.execPath, [PROGRAM, '--again', await report(name, { passed: 1, failed: names.length, results: failed(...names) })], { cwd: folder });
    return stdout;
  };
  expect(await named('few', 'test/unit/a.test.ts', 'test/e2e/b.test.ts')).toBe('test/unit/a.test.ts\ntest/e2e/b.test.ts');
  expect(await named('many', ...['a', 'b', 'c', 'd', 'e'].map((name) => `test/unit/${name}.test.ts`))).toBe('');
  expect(await named('chaos', 'test/unit/a.test.ts', 'test/chaos/kills.test.ts')).toBe('');
  expect((await execa(process.execPath, [PROGRAM, '--again', join(folder, 'nothing.json')])).stdout).toBe('');
});

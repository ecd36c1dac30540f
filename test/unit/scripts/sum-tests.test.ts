import { mkdtemp, rm, writeFile } from 'node:fs/promises';
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

interface Report {
  passed: number;
  failed?: number;
  pending?: number;
  success?: boolean;
  results?: { status: string; assertionResults: { status: string }[] }[];
}

async function report(name: string, { passed, failed = 0, pending = 0, success = failed === 0, results = [] }: Report): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, JSON.stringify({ success, numPassedTests: passed, numFailedTests: failed, numPendingTests: pending, numTodoTests: 0, testResults: results }));
  return file;
}

async function sum(...args: string[]): Promise<{ line: string; code: number | undefined }> {
  const { stdout, exitCode } = await execa(process.execPath, [PROGRAM, ...args], { reject: false });
  return { line: stdout, code: exitCode };
}

test('adds up the reports and the failed checks', async () => {
  expect(await sum(await report('a', { passed: 3 }), await report('b', { passed: 4 }))).toEqual({ line: '7 passed, 0 failed', code: 0 });
  expect(await sum('failed=2', await report('c', { passed: 3, failed: 1 }))).toEqual({ line: '3 passed, 3 failed', code: 1 });
});

test('counts what no test shows: a missing report, a file that did not load, a skipped test, an error between the tests', async () => {
  expect((await sum(await report('d', { passed: 3 }), join(folder, 'none'))).line).toBe('3 passed, 1 failed');
  expect((await sum(await report('e', { passed: 3, success: false, results: [{ status: 'failed', assertionResults: [] }] }))).line).toBe('3 passed, 1 failed');
  expect((await sum(await report('f', { passed: 3, pending: 2 }))).line).toBe('3 passed, 2 failed');
  const marked = await report('g', { passed: 3 });
  await writeFile(`${marked}.failed`, '');
  expect((await sum(marked)).line).toBe('3 passed, 1 failed');
});

test('a run without any test is a failure', async () => {
  expect(await sum(await report('h', { passed: 0 }))).toEqual({ line: '0 passed, 0 failed', code: 1 });
});

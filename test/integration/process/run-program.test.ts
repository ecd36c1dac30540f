import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createRunProgram } from '../../../adapters/process/run-program.js';
import type { OutputLine } from '../../../src/ports/program.js';
import { createMasker } from '../../../src/secret/mask.js';
import { eventually } from '../../support/eventually.js';
import { isProcessAlive } from '../../support/process-alive.js';
import { tempFolder } from '../../support/temp-folder.js';

const run = createRunProgram(createMasker([{ name: 'TOKEN', value: 'correct-horse' }]));
const LIMIT_MS = 2_000; // Enough for a shell to set its traps on a machine under load.
const shell = (script: string, ...args: string[]): [string, ...string[]] => ['sh', '-c', script, 'sh', ...args];

describe('an ordinary program', () => {
  test('gives its exit code, its output in order, and who it was', async () => {
    const lines: OutputLine[] = [];
    const outcome = await run({ argv: shell('echo one; echo two >&2; exit 3'), onLine: (line) => lines.push(line) });
    expect(outcome).toMatchObject({ ok: false, exitCode: 3, signal: null, timedOut: false, aborted: false, notFound: false });
    expect(outcome.summary).toBe('sh ended with exit code 3.');
    expect(outcome.stdout).toBe('one\n');
    expect(outcome.output.split('\n').sort()).toEqual(['', 'one', 'two']);
    expect(lines).toContainEqual({ stream: 'stdout', text: 'one' });
    expect(lines).toContainEqual({ stream: 'stderr', text: 'two' });
    expect(outcome.pid).toBeGreaterThan(1);
    expect(outcome.startTicks).toMatch(/^\d+$/);
  });

  test('gets its arguments as they are, whatever a shell would make of them', async () => {
    const args = ['$HOME', '`id`', 'a b', '"; rm -rf /', '*', '', '-n', 'new\nline'];
    const outcome = await run({ argv: ['printf', '[%s]\\n', ...args] });
    expect(outcome.stdout).toBe(args.map((arg) => `[${arg}]\n`).join(''));
  });

  test('sees only the listed variables and its marker', async () => {
    process.env['PLANB_TEST_HIDDEN'] = 'hidden';
    process.env['PLANB_TEST_PASSED'] = 'passed';
    const outcome = await run({
      argv: ['env'],
      env: { GIVEN: 'given' },
      passEnv: ['PLANB_TEST_PASSED', 'PLANB_TEST_UNSET'],
      marker: { run: '7KQ', step: 'backup', attempt: '7KQ/backup/1' },
    });
    const names = outcome.stdout.trim().split('\n').map((line) => line.split('=')[0]);
    const inherited = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'].filter((name) => process.env[name] !== undefined);
    expect(names.sort()).toEqual([...inherited, 'GIVEN', 'PLANB_ATTEMPT', 'PLANB_RUN', 'PLANB_STEP', 'PLANB_TEST_PASSED'].sort());
    expect(outcome.stdout).toContain('PLANB_ATTEMPT=7KQ/backup/1\n');
  });

  test('reads an end of file, or the given input', async () => {
    expect((await run({ argv: ['cat'], timeoutMs: 60_000 })).stdout).toBe('');
    expect((await run({ argv: ['cat'], input: 'given', timeoutMs: 60_000 })).stdout).toBe('given');
  });

  test('that a signal ends says which one', async () => {
    const outcome = await run({ argv: shell('kill -SEGV $$') });
    expect(outcome).toMatchObject({ ok: false, exitCode: null, signal: 'SIGSEGV', summary: 'sh was ended by SIGSEGV.' });
  });
});

describe('standard output read as bytes', () => {
  const collect = async (stdout: AsyncIterable<Uint8Array>, into: Uint8Array[]): Promise<void> => {
    for await (const chunk of stdout) into.push(chunk);
  };

  test('arrives as it is, unmasked, and is not kept', async () => {
    const chunks: Uint8Array[] = [];
    const lines: OutputLine[] = [];
    const outcome = await run({ argv: shell('printf "a\\000\\377correct-horse\\r"; echo said >&2'), onLine: (line) => lines.push(line), readStdout: (stdout) => collect(stdout, chunks) });
    expect(Buffer.concat(chunks)).toEqual(Buffer.from('a\0\xffcorrect-horse\r', 'latin1'));
    expect(outcome).toMatchObject({ ok: true, stdout: '', output: 'said\n' });
    expect(lines).toEqual([{ stream: 'stderr', text: 'said' }]);
  });

  test('loses nothing to a reader that begins after the program has ended', async () => {
    const chunks: Uint8Array[] = [];
    const ended = new Promise<void>((resolve) => setTimeout(resolve, 300));
    const outcome = await run({ argv: ['printf', 'late'], readStdout: async (stdout) => { await ended; await collect(stdout, chunks); } });
    expect(outcome.ok).toBe(true);
    expect(Buffer.concat(chunks).toString()).toBe('late');
  });

  test('holds the program back while the reader is slow, and ends it when the reader has seen enough', async () => {
    let seen = 0;
    const outcome = await run({ argv: ['yes'], timeoutMs: 20_000, readStdout: async (stdout) => {
      for await (const chunk of stdout) {
        seen += chunk.length;
        if (seen > 500_000) return;
      }
    } });
    expect(outcome).toMatchObject({ ok: false, timedOut: false });
    expect(seen).toBeLessThan(2_000_000);
  });

  test('throws what its reader threw', async () => {
    await expect(run({ argv: ['yes'], timeoutMs: 20_000, readStdout: () => Promise.reject(new Error('unreadable')) })).rejects.toThrow('unreadable');
    await expect(run({ argv: ['echo', 'x'], readStdout: async (stdout) => { await collect(stdout, []); throw new Error('too late'); } })).rejects.toThrow('too late');
  });

  test('ends with the program where that is aborted', async () => {
    const stop = new AbortController();
    const chunks: Uint8Array[] = [];
    const running = run({ argv: shell('echo begun; exec sleep 1000'), signal: stop.signal, readStdout: (stdout) => collect(stdout, chunks) });
    await eventually(() => chunks.length > 0);
    stop.abort();
    expect(await running).toMatchObject({ ok: false, aborted: true });
  });
});

describe('a program that cannot be started', () => {
  test('is named with the PATH', async () => {
    const outcome = await run({ argv: ['no-such-program', 'x'] });
    expect(outcome).toMatchObject({ ok: false, notFound: true, exitCode: null, pid: null });
    expect(outcome.summary).toContain('no-such-program was not found on PATH');
  });

  test.each([
    [['./missing'], '/missing does not exist.'],
    [['./plain'], '/plain may not be executed.'],
    [['./folder'], '/folder may not be executed.'],
  ] as const)('%j says what is wrong', async (argv, sentence) => {
    const cwd = await tempFolder();
    await writeFile(join(cwd, 'plain'), 'text');
    await mkdir(join(cwd, 'folder'));
    const outcome = await run({ argv, cwd });
    expect(outcome.notFound).toBe(true);
    expect(outcome.summary.endsWith(sentence)).toBe(true);
  });

  test('for its working folder says so', async () => {
    expect(await run({ argv: ['true'], cwd: '/no/such/folder' })).toMatchObject({
      notFound: true,
      summary: 'The working folder /no/such/folder does not exist.',
    });
  });

  test('because the run was stopped before does not run', async () => {
    const cwd = await tempFolder();
    const outcome = await run({ argv: ['touch', 'effect'], cwd, signal: AbortSignal.abort() });
    expect(outcome).toMatchObject({ ok: false, aborted: true, pid: null });
    expect((await run({ argv: ['ls'], cwd })).stdout).toBe('');
  });
});

describe('at the time limit', () => {
  test('the whole group ends, in order', async () => {
    const outcome = await run({ argv: shell('trap "echo bye; exit 0" TERM; sleep 60 & echo $!; wait'), timeoutMs: LIMIT_MS });
    expect(outcome).toMatchObject({ ok: false, timedOut: true, aborted: false });
    expect(outcome.summary).toBe('sh was ended after its time limit of 2 s.');
    const [grandchild, farewell] = outcome.stdout.trim().split('\n');
    expect(farewell).toBe('bye');
    expect(await isProcessAlive(Number(grandchild))).toBe(false);
  });

  test('what ignores SIGTERM is killed after the grace', async () => {
    const script = 'trap "" TERM; (trap "" TERM; while :; do sleep 0.05; done) & echo $!; while :; do sleep 0.05; done';
    const outcome = await run({ argv: shell(script), timeoutMs: LIMIT_MS, graceMs: 200 });
    expect(outcome).toMatchObject({ timedOut: true, signal: 'SIGKILL' });
    expect(await isProcessAlive(Number(outcome.stdout))).toBe(false);
    expect(outcome.durationMs).toBeGreaterThanOrEqual(LIMIT_MS + 190);
  });

  test('a grandchild that outlives its parent is ended too', async () => {
    const script = '(trap "" TERM; while :; do sleep 0.05; done) & echo $!; sleep 60';
    const outcome = await run({ argv: shell(script), timeoutMs: LIMIT_MS, graceMs: 200 });
    expect(outcome.timedOut).toBe(true);
    expect(await isProcessAlive(Number(outcome.stdout))).toBe(false);
  });
});

test('an abort ends the group', async () => {
  const stop = new AbortController();
  const outcome = await run({
    argv: shell('sleep 60 & echo $!; wait'),
    signal: stop.signal,
    onLine: () => stop.abort(),
  });
  expect(outcome).toMatchObject({ ok: false, aborted: true, timedOut: false, summary: 'sh was ended because the run was stopped.' });
  expect(await isProcessAlive(Number(outcome.stdout))).toBe(false);
});

test('an error in onLine ends the program and is not swallowed', async () => {
  let pid = 0;
  const failing = run({
    argv: shell('echo $$; sleep 60'),
    onLine: ({ text }) => {
      pid = Number(text);
      throw new Error('no room for the line');
    },
  });
  await expect(failing).rejects.toThrow('no room for the line');
  expect(await isProcessAlive(pid)).toBe(false);
});

test('a background process that keeps the output open delays nothing and is left alone', async () => {
  const outcome = await run({ argv: shell('sleep 600 & echo $!') });
  const daemon = Number(outcome.stdout);
  try {
    expect(outcome.ok).toBe(true);
    expect(await isProcessAlive(daemon)).toBe(true);
  } finally {
    process.kill(daemon, 'SIGKILL');
  }
  await eventually(async () => !(await isProcessAlive(daemon)));
});

describe('output', () => {
  test('is masked even when the secret comes in pieces, in colours, or at once on both streams', async () => {
    const lines: string[] = [];
    const script = 'printf "a correct-"; sleep 0.2; printf "horse b\\n"; printf "correct\\033[31m-horse\\n" >&2; printf correct-horse';
    const outcome = await run({ argv: shell(script), onLine: ({ text }) => lines.push(text) });
    expect(outcome.stdout).toBe('a ***TOKEN*** b\n***TOKEN***');
    expect(outcome.output).not.toContain('horse');
    expect(lines.sort()).toEqual(['***TOKEN***', '***TOKEN***', 'a ***TOKEN*** b']);
  });

  test('beyond the limit keeps both ends and counts the rest, while the callback sees every line', async () => {
    let seen = 0;
    const outcome = await run({ argv: ['seq', '1', '100000'], maxOutputBytes: 1_000, onLine: () => (seen += 1) });
    expect(seen).toBe(100_000);
    expect(outcome.output).toMatch(/^1\n2\n3\n/);
    expect(outcome.output).toMatch(/\n99999\n100000\n$/);
    const note = /\n\[… (\d+) bytes left out …\]\n/.exec(outcome.output);
    expect(Number(note?.[1])).toBe(outcome.droppedBytes);
    const kept = Buffer.byteLength(outcome.output.replace(note?.[0] ?? '', ''));
    expect(kept).toBeLessThanOrEqual(1_000);
    expect(kept + outcome.droppedBytes).toBe(588_895);
  });

  test('is complete when a lot of it comes just before the end', async () => {
    const outcome = await run({ argv: ['seq', '1', '200000'], maxOutputBytes: 10_000_000 });
    expect(outcome.droppedBytes).toBe(0);
    expect(outcome.stdout.trimEnd().split('\n')).toHaveLength(200_000);
  });

  test('of a line without end stays bounded', async () => {
    let longest = 0;
    const outcome = await run({
      argv: shell('head -c 3000000 /dev/zero | tr "\\0" x'),
      onLine: ({ text }) => (longest = Math.max(longest, text.length)),
    });
    expect(longest).toBeLessThan(200_000);
    expect(Buffer.byteLength(outcome.output)).toBeLessThan(270_000);
  });

  test('with broken UTF-8 and control characters can be stored and shown', async () => {
    const outcome = await run({ argv: ['printf', 'a\\377b\\000c\\033[2Jd\\te\\r\\n50%%\\r100%%\\n\\342\\200\\256f\\n'] });
    expect(outcome.stdout).toBe('a\ufffdbcd\te\n50%\n100%\nf\n');
  });
});

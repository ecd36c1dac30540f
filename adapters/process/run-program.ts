import { once } from 'node:events';
import { basename } from 'node:path';
import { PassThrough, type Readable, pipeline } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

import { execa } from 'execa';

import type { OutputLine, ProgramOutcome, ProgramRequest, RunProgram } from '../../src/ports/program.js';
import type { Masker } from '../../src/secret/mask.js';
import { childEnvironment } from './child-environment.js';
import { dieWithPlanb } from './death-signal.js';
import { findProgram } from './find-program.js';
import { keepEnds } from './kept-output.js';
import { createOutputStream } from './output-stream.js';
import { endGroup } from './process-group.js';
import { startTicksOf } from './process-identity.js';
import { summarise } from './summary.js';

const DEFAULT_GRACE_MS = 10_000;
const DEFAULT_OUTPUT_BYTES = 256 * 1024;
/** After the program's end only a background process can hold its pipes open: output is awaited until it pauses this long. */
const QUIET_MS = 250;
/** … and no longer than this, if that process keeps on writing. */
const DRAIN_MS = 2_000;
const DRAIN_POLL_MS = 25;
/** A reader of the bytes has got all of them by then, unless a background process holds the pipe. */
const READ_ON_MS = 10_000;
/** Longest delay that a Node timer takes; longer ones would fire at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** Makes the function that runs programs; `masker` hides every configured secret in what they print. */
export function createRunProgram(masker: Masker): RunProgram {
  return (request) => runProgram(masker, request);
}

async function runProgram(masker: Masker, request: ProgramRequest): Promise<ProgramOutcome> {
  const [name, ...args] = request.argv;
  const cwd = request.cwd ?? process.cwd();
  const env = childEnvironment(request, process.env);
  const program = await findProgram(name, env['PATH'] ?? '', cwd);
  if ('missing' in program) return notStarted({ notFound: true, summary: program.missing });
  if (request.signal?.aborted === true) {
    return notStarted({ aborted: true, summary: `${basename(name)} was not started: the run was stopped.` });
  }

  const started = performance.now();
  const [file, ...rest] = await dieWithPlanb([program.path, ...args]);
  const child = execa(file, rest, {
    cwd,
    env,
    extendEnv: false,
    // A group of its own, so that the program and everything it starts can be signalled together.
    detached: true,
    ...(request.input === undefined ? { stdin: 'ignore' as const } : { input: request.input }),
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    reject: false,
  });
  // Its own end waits for the pipes, which a background process may hold for ever; the exit event below does not.
  child.catch(() => undefined);
  if (child.pid === undefined) {
    const { cause } = await child;
    return notStarted({ summary: `${basename(name)} could not be started: ${cause instanceof Error ? cause.message : 'unknown reason'}.` });
  }
  const { pid } = child;
  const startTicks = startTicksOf(pid);
  const exit = once(child, 'exit');
  const ending = createEnding(request, pid);
  const output = collectOutput(masker, request, child, ending.fail);

  const [exitCode, signal] = (await exit) as [number | null, NodeJS.Signals | null];
  await ending.finish();
  await output.drain();
  await output.readOn();
  if (ending.failure() !== null) throw ending.failure()?.error;

  const end = { exitCode, signal, timedOut: ending.reason() === 'timeout', aborted: ending.reason() === 'abort' };
  const durationMs = performance.now() - started;
  return {
    ...end,
    ...output.kept(),
    ok: exitCode === 0 && !end.timedOut && !end.aborted,
    notFound: false,
    summary: summarise(basename(name), { ...end, timeoutMs: request.timeoutMs }),
    durationMs,
    pid,
    startTicks,
  };
}

type EndReason = 'timeout' | 'abort' | 'failure';

/** Ends the group once, for the first reason that comes up. */
function createEnding(request: ProgramRequest, group: number) {
  let reason: EndReason | null = null;
  let failure: { readonly error: unknown } | null = null;
  let ended: Promise<void> = Promise.resolve();
  let finished = false;
  const end = (why: EndReason): void => {
    if (reason !== null || finished) return;
    reason = why;
    ended = endGroup(group, request.graceMs ?? DEFAULT_GRACE_MS);
  };
  const onAbort = (): void => end('abort');
  const timer = request.timeoutMs === undefined ? null : setTimeout(() => end('timeout'), Math.min(request.timeoutMs, TIMER_MAX_MS));
  request.signal?.addEventListener('abort', onAbort, { once: true });
  return {
    fail: (error: unknown): void => {
      failure ??= { error };
      end('failure');
    },
    failure: () => failure,
    reason: () => reason,
    /** Called at the program's exit: no new reason counts, and one that did is carried through for the whole group. */
    finish: async (): Promise<void> => {
      if (timer !== null) clearTimeout(timer);
      request.signal?.removeEventListener('abort', onAbort);
      finished = true;
      await ended;
    },
  };
}

function collectOutput(
  masker: Masker,
  request: ProgramRequest,
  child: { readonly stdout: Readable; readonly stderr: Readable },
  fail: (error: unknown) => void,
) {
  const limit = request.maxOutputBytes ?? DEFAULT_OUTPUT_BYTES;
  const both = keepEnds(limit);
  const stdout = keepEnds(limit);
  let lastData = 0;
  const collect = (stream: OutputLine['stream'], from: Readable) => {
    const output = createOutputStream(masker.stream(), {
      onText: (text) => {
        if (stream === 'stdout') stdout.add(text);
      },
      onLine: (text) => {
        both.add(`${text}\n`);
        try {
          request.onLine?.({ stream, text });
        } catch (error) {
          fail(error);
        }
      },
    });
    from.on('data', (bytes: Uint8Array) => {
      lastData = performance.now();
      output.push(bytes);
    });
    from.on('error', () => undefined);
    return { output, from };
  };
  const { readStdout } = request;
  const collected = [...(readStdout === undefined ? [collect('stdout', child.stdout)] : []), collect('stderr', child.stderr)];
  const reading = readStdout === undefined ? Promise.resolve() : hand(child.stdout, readStdout).catch(fail);
  return {
    drain: async (): Promise<void> => {
      const begun = performance.now();
      lastData = begun;
      // Each pause lets the event loop read once, so a loop that was busy elsewhere loses no output.
      for (let reads = 0; collected.some(({ from }) => !from.closed); reads += 1) {
        const now = performance.now();
        const isQuiet = now - lastData > QUIET_MS && reads > QUIET_MS / DRAIN_POLL_MS;
        if (isQuiet || now - begun > DRAIN_MS) break;
        await delay(reads === 0 ? 0 : Math.min(reads, DRAIN_POLL_MS));
      }
      for (const { output, from } of collected) {
        from.destroy();
        output.end();
      }
    },
    readOn: async (): Promise<void> => {
      const timer = setTimeout(() => child.stdout.destroy(), READ_ON_MS);
      await reading;
      clearTimeout(timer);
    },
    kept: () => {
      const { text, droppedBytes } = both.finish();
      return { output: text, droppedBytes, stdout: stdout.finish().text };
    },
  };
}

async function hand(stdout: Readable, read: (stdout: AsyncIterable<Uint8Array>) => Promise<void>): Promise<void> {
  // At the program's exit Node reads on whatever nobody reads yet; so a stream between takes it, however late the reader begins.
  const bytes = new PassThrough();
  pipeline(stdout, bytes, () => undefined);
  try {
    await read(bytes);
  } finally {
    bytes.destroy();
  }
}

function notStarted(end: Pick<ProgramOutcome, 'summary'> & Partial<ProgramOutcome>): ProgramOutcome {
  return {
    ok: false,
    exitCode: null,
    signal: null,
    timedOut: false,
    aborted: false,
    notFound: false,
    durationMs: 0,
    output: '',
    stdout: '',
    droppedBytes: 0,
    pid: null,
    startTicks: null,
    ...end,
  };
}

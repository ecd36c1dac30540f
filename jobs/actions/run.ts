import { z } from 'zod';
import { shorten } from '../../src/board/clean.js';
import type { ProgramOutcome, ProgramRequest } from '../../src/ports/program.js';
import type { Action, StepContext } from '../../src/ports/action.js';
import { paste } from './paste.js';
import { programInput } from './program-input.js';
import { failed } from './step-failure.js';

const input = z.strictObject({
  /** The program and its arguments; there is no shell. */
  program: programInput,
  effect: z.enum(['read', 'idempotent', 'once']).default('once'),
  destructive: z.boolean().default(false),
  /** Tells after a crash whether the effect happened: exit 0 it did, 1 it did not, else unclear. */
  probe: programInput.optional(),
  env: z.record(z.string(), z.string()).optional(),
  cwd: z.string().min(1).optional(),
  /** Keys of the identity facts that the program changes. */
  changes: z.array(z.union([z.string().min(1), z.strictObject({ key: z.string().min(1), to: z.json().optional() })])).default([]),
});
type Input = z.output<typeof input>;

/** Runs a program by argument array. The port ends its whole process group at the time limit. */
export const runAction: Action<Input> = {
  name: 'run',
  summary: 'Runs a program by argument array; exit code 0 means done.',
  input,
  remote: true,
  defaultTimeoutMs: 10 * 60_000,
  describe: (given) => ({
    commands: [`${given.cwd === undefined ? '' : `cd ${paste([given.cwd])} && `}${paste(given.program, given.env)}`],
    effect: given.effect,
    destructive: given.destructive,
    changes: given.changes.map((change) => (typeof change === 'string' ? { key: change } : { key: change.key, ...(change.to === undefined ? {} : { to: change.to }) })),
  }),
  execute: async (context, given) => {
    const outcome = await context.run(request(context, given, given.program));
    // The engine has its own words for a step that was stopped.
    context.signal.throwIfAborted();
    if (outcome.ok) return { ok: true, receipt: { exitCode: 0, seconds: outcome.durationMs / 1_000, lastLine: lastLine(outcome.output) } };
    const line = lastLine(outcome.output);
    const tail = lastLines(outcome.output, 20);
    const message = line === '' || !ranToItsEnd(outcome) ? outcome.summary : `exit code ${String(outcome.exitCode)}: ${line}`;
    return failed(failureCode(outcome), message, tail === '' ? {} : { tail });
  },
  probe: async (context, given) => {
    if (given.probe === undefined) return { outcome: 'unclear', saw: 'the step has no probe' };
    const outcome = await context.run(request(context, given, given.probe));
    context.signal.throwIfAborted();
    const saw = `the probe ${paste([given.probe[0]])}: ${lastLine(outcome.output) || outcome.summary}`;
    if (outcome.exitCode === 0) return { outcome: 'happened', saw, receipt: { probe: 'exit code 0', lastLine: lastLine(outcome.output) } };
    return { outcome: outcome.exitCode === 1 ? 'absent' : 'unclear', saw };
  },
};

function request(context: StepContext, given: Input, program: readonly [string, ...string[]]): ProgramRequest {
  return {
    argv: program,
    signal: context.signal,
    ...(given.env === undefined ? {} : { env: given.env }),
    ...(given.cwd === undefined ? {} : { cwd: given.cwd }),
  };
}

function ranToItsEnd(outcome: ProgramOutcome): boolean {
  return outcome.exitCode !== null && !outcome.timedOut;
}

function failureCode(outcome: ProgramOutcome): string {
  if (outcome.unreachable === true) return 'host-unreachable';
  if (outcome.notFound) return 'program-not-found';
  if (outcome.timedOut) return 'timed-out';
  return outcome.exitCode === null ? 'killed' : 'exit-code';
}

/** The last line that is not blank, for a board: at most 200 characters. */
export function lastLine(output: string): string {
  return shorten(output.trimEnd().split('\n').at(-1)?.trim() ?? '', 200);
}

/** The end of an output. */
export function lastLines(output: string, count: number): string {
  return output.trimEnd().split('\n').slice(-count).join('\n');
}

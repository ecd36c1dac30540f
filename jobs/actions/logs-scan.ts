import { z } from 'zod';
import { shorten } from '../../src/board/clean.js';
import type { Action, StepContext, StepResult } from '../../src/ports/action.js';
import { durationInput, sayDuration } from './duration-input.js';
import { type LogSource, followLog } from './log-lines.js';
import { compilePatterns, defaultPatterns } from './log-patterns.js';
import { paste } from './paste.js';
import { programInput } from './program-input.js';
import { failed, failingInWords } from './step-failure.js';

const input = z
  .strictObject({
    source: z.union([
      z.strictObject({ compose: z.strictObject({ project: z.string().min(1), services: z.array(z.string().min(1)).min(1) }) }),
      z.strictObject({ file: z.string().min(1) }),
      z.strictObject({ run: programInput }),
    ]),
    /** RE2 expressions; the default knows Prisma's, PostgreSQL's and Django's schema errors. */
    patterns: z.array(z.string().min(1).max(500)).min(1).max(100).default([...defaultPatterns]),
    /** Lines that match one of these are no errors. */
    allow: z.array(z.string().min(1).max(500)).max(100).default([]),
    /** RE2 expressions that lines must match: what the service says when it does its work. */
    expect: z.array(z.string().min(1).max(500)).max(20).default([]),
    /** How long those lines may take to come. */
    within: durationInput.default(60_000),
    /** How long to keep watching. */
    hold: durationInput.default(0),
  })
  .check((context) => {
    const compiled = compilePatterns(context.value.patterns, context.value.allow);
    if ('problem' in compiled) context.issues.push({ code: 'custom', message: compiled.problem, input: context.value, path: ['patterns'] });
    const expected = compilePatterns(context.value.expect, []);
    if ('problem' in expected) context.issues.push({ code: 'custom', message: expected.problem, input: context.value, path: ['expect'] });
  });
type Input = z.output<typeof input>;

const pollMs = 1_000;

/** Searches a log, from the moment the run began to act, for errors of an old release on a newer schema. */
export const logsScanAction: Action<Input> = {
  name: 'logs.scan',
  summary: 'Fails when the log shows an error pattern since the revert.',
  input,
  check: true,
  remote: true,
  defaultTimeoutMs: 10 * 60_000,
  describe: (given) => ({
    commands: [`${readCommand(given.source)}   # ${given.patterns.length} error patterns since the revert${given.hold > 0 ? `, watched for ${sayDuration(given.hold)}` : ''}${given.expect.length > 0 ? `; within ${sayDuration(given.within)} there is ${given.expect.map((pattern) => JSON.stringify(pattern)).join(' and ')}` : ''}`],
    effect: 'read',
    destructive: false,
    changes: [],
    ...(given.hold > 0 ? { estimateMs: given.hold } : {}),
  }),
  execute: (context, given) => failingInWords(context.mask, () => watch(context, given)),
};

function readCommand(source: LogSource): string {
  if ('file' in source) return paste(['cat', source.file]);
  if ('run' in source) return paste(source.run);
  return `(cd ${paste([source.compose.project])} && ${paste(['docker', 'compose', 'logs', ...source.compose.services])})`;
}

async function watch(context: StepContext, given: Input): Promise<StepResult> {
  const compiled = compilePatterns(given.patterns, given.allow);
  if ('problem' in compiled) return failed('malformed-pattern', compiled.problem);
  const missing = new Set(given.expect);
  const started = context.now();
  const read = followLog(context, given.source, context.startedAt);
  let lines = 0;
  let first: string | undefined;
  for (;;) {
    await read((line) => {
      lines += 1;
      if (first === undefined && compiled.judge(line)) first = line;
      for (const pattern of missing) if (matches(pattern, line)) missing.delete(pattern);
    });
    if (first !== undefined) return failed('error-in-log', shorten(context.mask(first.trim()), 300));
    const held = started + given.hold - context.now();
    const left = missing.size === 0 ? held : Math.max(held, started + given.within - context.now());
    if (left <= 0) {
      if (missing.size > 0) return failed('not-in-log', `${lines} lines since the step before began, and none with ${[...missing].map((pattern) => JSON.stringify(pattern)).join(' or ')}`, { retryable: true });
      return { ok: true, receipt: { lines, patterns: given.patterns.length, since: new Date(context.startedAt).toISOString(), watchedMs: context.now() - started } };
    }
    context.progress(missing.size === 0 ? `${lines} lines, no error, ${sayDuration(left)} more` : `${lines} lines, none yet with ${[...missing].join(', ')}`);
    await context.pause(Math.min(pollMs, left));
  }
}

/** The pattern was compiled when the input was checked. */
function matches(pattern: string, line: string): boolean {
  const compiled = compilePatterns([pattern], []);
  return 'judge' in compiled && compiled.judge(line);
}

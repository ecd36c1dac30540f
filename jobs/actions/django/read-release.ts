import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { ActionContext } from '../../../src/ports/action.js';
import type { ProgramRequest } from '../../../src/ports/program.js';
import { type DjangoRelease, djangoReleaseSchema } from '../../../src/verdict/django-graph.js';
import { ActionError } from '../action-error.js';
import { dockerVariables, lastOf } from '../docker/docker-cli.js';
import { type ImageSource, type LocalSource, environmentOf } from './source.js';

const program = new URL('./read-graph.py', import.meta.url);
const mark = 'PLANB-DJANGO-GRAPH:';
const answerSchema = z.union([z.object({ error: z.string() }), djangoReleaseSchema]);
/** Flagsmith's 511 migrations are about 400 kB. */
const maxOutputBytes = 32 * 1024 * 1024;

/** Where a release is read: a folder here, or an image that is on this machine. */
export type Readable = LocalSource | (Pick<ImageSource, 'python' | 'settings' | 'env'> & { readonly imageId: string });

/**
 * The migrations that a release ships, third-party apps included: its own Python reads them from disk, without a network, a database or the application (facts.md). Throws
 * ActionError `graph-unreadable`, `docker-unavailable`.
 */
export async function readRelease(context: ActionContext, source: Readable, name: string): Promise<DjangoRelease> {
  const outcome = await context.run({ ...requestOf(context, source), input: await readFile(program, 'utf8'), timeoutMs: 120_000, maxOutputBytes }, { quiet: true });
  context.signal.throwIfAborted();
  const fail = (why: string): ActionError => new ActionError('graph-unreadable', `the migrations of ${name} cannot be read: ${why}`, { retryable: outcome.timedOut });
  const line = outcome.stdout.split('\n').find((text) => text.startsWith(mark));
  if (line === undefined || outcome.droppedBytes > 0) throw fail(line === undefined ? lastOf(outcome.output) || outcome.summary : 'the answer is too long');
  const answer = answerSchema.parse(JSON.parse(line.slice(mark.length)));
  if ('error' in answer) throw fail(answer.error);
  return answer;
}

function requestOf({ target }: ActionContext, source: Readable): ProgramRequest {
  const env = environmentOf(source);
  if ('program' in source) return { argv: [...source.program, '-'], cwd: source.cwd, env };
  // Values travel in the environment: arguments are public.
  const names = Object.keys(env).flatMap((name) => ['--env', name]);
  return {
    argv: ['docker', 'run', '--rm', '--interactive', '--network', 'none', '--label', `planb.target=${target}`, ...names, '--entrypoint', source.python, source.imageId, '-'],
    passEnv: dockerVariables,
    env,
  };
}

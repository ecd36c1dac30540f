import type { z } from 'zod';
import type { ActionContext } from '../../../src/ports/action.js';
import type { ProgramOutcome } from '../../../src/ports/program.js';
import { ActionError } from '../action-error.js';
import { lastOf } from '../docker/docker-cli.js';

export type Argv = readonly [string, ...string[]];

/** A snapshot as its cloud tells it. */
export interface Snapshot {
  /** What the cloud calls it. */
  readonly id: string;
  readonly state: 'making' | 'ready' | 'failed';
  /** The cloud's own word. */
  readonly status: string;
  /** 0 to 100, where the cloud tells it. */
  readonly percent?: number;
  /** ISO 8601: what was written later is not in it. */
  readonly takenAt?: string;
  readonly engine?: string;
  /** The disk's size as it was bought, GB. */
  readonly diskGb?: number;
}

/** A cloud's database service, by its own command line. Each throws ActionError where the command line fails. */
export interface Cloud {
  readonly title: string;
  readonly create: (name: string) => Argv;
  readonly list: (name: string) => Argv;
  /** The snapshot of that name; undefined where there is none. */
  readonly find: (context: ActionContext, name: string) => Promise<Snapshot | undefined>;
  /** Begins one, unless a snapshot of that name is there. */
  readonly begin: (context: ActionContext, name: string) => Promise<void>;
  /** What tells the instance from another one of the same name, for the digest. */
  readonly identify: (context: ActionContext) => Promise<string>;
}

/** Runs a cloud's command line. Throws ActionError where it is missing; other failures are in the outcome. */
export async function runCloud(context: ActionContext, argv: Argv, env: Readonly<Record<string, string>>, passEnv: readonly string[], quiet = true): Promise<ProgramOutcome> {
  const outcome = await context.run({ argv, env, passEnv, timeoutMs: 120_000, maxOutputBytes: 4 * 1024 * 1024, signal: context.signal }, { quiet });
  context.signal.throwIfAborted();
  if (outcome.notFound) throw new ActionError('cli-missing', `there is no ${argv[0]} command on this machine`);
  return outcome;
}

/** What a command line said, as an error. */
export function cloudFailed(argv: Argv, outcome: ProgramOutcome): ActionError {
  const denied = /AccessDenied|not authorized|PERMISSION_DENIED|HTTPError 403|does not have permission/i.test(outcome.output);
  const said = lastOf(outcome.output) || outcome.summary;
  return new ActionError(denied ? 'permission-denied' : 'snapshot-failed', `${argv.slice(0, 4).filter((word) => !word.startsWith('-')).join(' ')}: ${said}`, { retryable: outcome.timedOut || /InvalidDBInstanceState|Throttling|operation .*in progress|HTTPError (409|429|5\d\d)/i.test(outcome.output) });
}

/** Parses an answer. Throws ActionError for anything that is not what the command line documents. */
export function parseAnswer<Answer>(argv: Argv, outcome: ProgramOutcome, schema: z.ZodType<Answer>): Answer {
  if (outcome.droppedBytes > 0) throw new ActionError('snapshot-failed', `${argv[0]}: its answer is too long to be read`);
  const parsed = schema.safeParse(parseJson(outcome.stdout));
  if (!parsed.success) throw new ActionError('snapshot-failed', `the answer of ${argv[0]} is not understood`);
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

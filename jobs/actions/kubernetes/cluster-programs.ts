import type { z } from 'zod';
import type { ActionContext } from '../../../src/ports/action.js';
import type { ProgramOutcome } from '../../../src/ports/program.js';
import { ActionError } from '../action-error.js';
import { type Cluster, clusterVariables, helmCommand, kubectlCommand } from './cluster-input.js';
import { explainFailure } from './explain-failure.js';

/** A history with manifests, or the pods of a large release, is longer than a log is kept. */
const maxOutputBytes = 16 * 1024 * 1024;

interface Call {
  /** Worth lines in the run's log. Default false: most calls read state, and what they read may hold secrets. */
  readonly loud?: boolean;
  readonly timeoutMs?: number;
}

async function call(context: ActionContext, argv: readonly [string, ...string[]], { loud = false, timeoutMs = 30_000 }: Call): Promise<ProgramOutcome> {
  const outcome = await context.run({ argv, passEnv: clusterVariables, timeoutMs, maxOutputBytes, signal: context.signal }, { quiet: !loud });
  context.signal.throwIfAborted();
  return outcome;
}

/** Runs `helm …`; failures are in the outcome. */
export async function helm(context: ActionContext, cluster: Cluster, args: readonly string[], how: Call = {}): Promise<ProgramOutcome> {
  return call(context, helmCommand(cluster, args), how);
}

/** Runs `kubectl …`; failures are in the outcome. */
export async function kubectl(context: ActionContext, cluster: Cluster, args: readonly string[], how: Call = {}): Promise<ProgramOutcome> {
  return call(context, kubectlCommand(cluster, args), how);
}

/** Standard output of a `helm …` that reads. Throws ActionError. */
export async function readHelm(context: ActionContext, cluster: Cluster, args: readonly string[]): Promise<string> {
  return textOf('helm', await helm(context, cluster, args));
}

/** Standard output of a `kubectl …`. Throws ActionError. */
export async function readKubectl(context: ActionContext, cluster: Cluster, args: readonly string[], how: Call = {}): Promise<string> {
  return textOf('kubectl', await kubectl(context, cluster, args, how));
}

/** What `kubectl get … -o json` says, as far as the schema asks. Throws ActionError. */
export async function getObject<Schema extends z.ZodType>(context: ActionContext, cluster: Cluster, args: readonly string[], schema: Schema): Promise<z.output<Schema>> {
  return parseAs('kubectl', await readKubectl(context, cluster, ['get', ...args, '--output', 'json']), schema);
}

/** Throws ActionError for an answer that is no JSON or has another form. */
export function parseAs<Schema extends z.ZodType>(program: string, text: string, schema: Schema): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ActionError(`${program}-failed`, `${program} answered something that is no JSON`, { cause: error });
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new ActionError(`${program}-failed`, `${program} answered in a form that planb does not know: ${parsed.error.issues[0]?.path.join('.') ?? ''}`, { cause: parsed.error });
  return parsed.data;
}

function textOf(program: string, outcome: ProgramOutcome): string {
  if (!outcome.ok) throw explainFailure(program, outcome);
  if (outcome.droppedBytes > 0) throw new ActionError(`${program}-failed`, `${program} answered more than planb can read`);
  return outcome.stdout;
}

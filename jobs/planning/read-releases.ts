import type { Target } from '../../src/config.js';
import type { FactSource, Release } from '../../src/plan/plan.js';
import { newestFirst } from '../../src/plan/order-releases.js';
import type { ReleaseKnowledge } from '../../src/plan/choose-release.js';
import type { ActionContext } from '../../src/ports/action.js';
import type { Parts } from '../parts.js';
import { FactsUnreadable } from '../read-facts.js';
import { actionContext, resolveInput } from '../step-context.js';

/** For actions that know releases only together with one to go to: their readings ignore it. */
export const placeholderRelease = 'unknown';

/** The newest record is of what runs, where a preflight came and no change after it. */
const mostRecorded = 20;

/** The release that a target runs now, by its own `running:` or by the runbook's actions; undefined where nobody can say. */
export async function readRunning(parts: Parts, target: Target, sources: readonly FactSource[], run: string, signal: AbortSignal): Promise<Release | undefined> {
  if (target.running !== undefined) {
    const [name] = await readLines(parts, target, target.running.run, run, signal);
    return name === undefined ? undefined : { name };
  }
  for (const source of sources) {
    const running = await withAction(parts, target, source, run, signal, async (context, input, action) => action.running?.(context, input));
    if (running !== undefined) return running;
  }
  return undefined;
}

/** Everything known about where a target can go. Throws FactsUnreadable. */
export async function readReleases(parts: Parts, target: Target, sources: readonly FactSource[], run: string, signal: AbortSignal): Promise<ReleaseKnowledge> {
  const [running, observed, preflights] = await Promise.all([
    readRunning(parts, target, sources, run, signal), parts.store.observedReleases(target.id), parts.store.preflightsOf(target.id, mostRecorded),
  ]);
  const offered = await readOffered(parts, target, sources, run, signal);
  return { ...(running === undefined ? {} : { running }), observed, recorded: preflights.map(({ release, recordedAt }) => ({ ...release, recordedAt })), offered, mayBeMore: target.releases === undefined, insecure: target.insecure ?? [] };
}

async function readOffered(parts: Parts, target: Target, sources: readonly FactSource[], run: string, signal: AbortSignal): Promise<readonly Release[]> {
  if (target.releases !== undefined) {
    const names = 'run' in target.releases ? await readLines(parts, target, target.releases.run, run, signal) : target.releases;
    return newestFirst(names.map((name) => ({ name })));
  }
  for (const source of sources) {
    const offered = await withAction(parts, target, source, run, signal, async (context, input, action) => action.releases?.(context, input));
    if (offered !== undefined) return newestFirst(offered);
  }
  return [];
}

async function readLines(parts: Parts, target: Target, program: readonly string[], run: string, signal: AbortSignal): Promise<readonly string[]> {
  const [name, ...args] = program;
  if (name === undefined) return [];
  const context = actionContext(parts, { target: target.id, run, step: '', attempt: 0, env: {}, on: target.on, signal });
  try {
    const outcome = await context.run({ argv: [name, ...args], timeoutMs: 30_000 }, { quiet: true });
    if (!outcome.ok) throw new FactsUnreadable(`${target.title}: ${outcome.summary}`);
    return outcome.stdout.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  } finally {
    await context.close();
  }
}

async function withAction<T>(
  parts: Parts, target: Target, source: FactSource, run: string, signal: AbortSignal,
  read: (context: ActionContext, input: unknown, action: NonNullable<ReturnType<Parts['actions']['get']>>) => Promise<T | undefined>,
): Promise<T | undefined> {
  const action = parts.actions.get(source.uses);
  if (action === undefined || (action.running === undefined && action.releases === undefined)) return undefined;
  const context = actionContext(parts, { target: target.id, run, step: '', attempt: 0, env: source.env ?? {}, on: source.on, signal });
  try {
    return await read(context, resolveInput(parts, source.with, undefined), action);
  } catch (error) {
    if (signal.aborted) throw error;
    throw new FactsUnreadable(`${source.name}: ${parts.world.mask(error instanceof Error ? error.message : String(error))}`, { cause: error });
  } finally {
    await context.close();
  }
}

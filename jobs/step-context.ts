import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { backupPolicyOf } from '../src/config.js';
import { resolveReferences } from '../src/config/secret-reference.js';
import { factsFor } from '../src/plan/fact-keys.js';
import type { JsonObject, PlannedStep } from '../src/plan/plan.js';
import type { ActionContext, StepContext } from '../src/ports/action.js';
import type { ProgramMarker, RunProgram } from '../src/ports/program.js';
import { priorEffectAt } from '../src/run/prior-effect.js';
import { stepState, type RunState } from '../src/run/state.js';
import { fingerprintsOf } from './fingerprint.js';
import type { Parts } from './parts.js';
import { stepLog } from './step-log.js';
import { postFile } from './post-file.js';
import { targetRecords } from './target-records.js';

/** The secrets that a step names are not there, or point elsewhere than when the plan was made. */
export class ReferenceError extends Error {
  override readonly name = 'ReferenceError';
  readonly code: 'missing-secret' | 'reference-moved';

  constructor(code: ReferenceError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Puts the secrets into a step's input, on this worker, just before it is used. Throws ReferenceError. */
export function resolveInput(parts: Parts, input: JsonObject, expected: Readonly<Record<string, string>> | undefined): JsonObject {
  const resolved = resolveReferences(input, parts.world.references);
  if (!resolved.ok) throw new ReferenceError('missing-secret', resolved.problems.map((problem) => problem.message).join('; '));
  const here = fingerprintsOf(parts.world.references, Object.keys(expected ?? {}));
  const moved = Object.entries(expected ?? {}).filter(([reference, fingerprint]) => here[reference] !== fingerprint).map(([reference]) => reference);
  if (moved.length > 0) throw new ReferenceError('reference-moved', `On this worker ${moved.join(', ')} points elsewhere than when the plan was made.`);
  return resolved.value as JsonObject;
}

/** The same for a step's variables. Throws ReferenceError. */
function resolveEnv(parts: Parts, env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(resolveInput(parts, env, undefined)).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])));
}

export interface ContextOptions {
  readonly target: string;
  readonly run: string;
  readonly step: string;
  readonly attempt: number;
  readonly env: Readonly<Record<string, string>>;
  /** `ssh://user@host`; absent: this machine. */
  readonly on?: string | undefined;
  readonly signal: AbortSignal;
}

/** What an action may use. Close it when the action has returned: the last lines of its log are stored then. */
export function actionContext(parts: Parts, options: ContextOptions): ActionContext & { readonly close: () => Promise<void> } {
  const { run, step, attempt, signal } = options;
  const { world } = parts;
  // Nothing of this machine is at hand by accident: what acts elsewhere gets all its ways to the world from there.
  const host = options.on === undefined ? undefined : world.hosts.at(options.on);
  const place = host ?? world;
  const log = stepLog(parts, run, step, attempt);
  const marker: ProgramMarker = { run, step, attempt: attemptId(run, step, attempt) };
  const runAt = (runProgram: RunProgram): ActionContext['run'] => (request, how) => runProgram({
    ...request, marker,
    ...(how?.afterAbort === true ? {} : { signal: request.signal === undefined ? signal : AbortSignal.any([signal, request.signal]) }),
    ...(Object.keys(options.env).length === 0 ? {} : { env: { ...resolveEnv(parts, options.env), ...request.env } }),
    onLine: (line) => {
      if (how?.quiet !== true) log.line(line.text);
      request.onLine?.(line);
    },
  });
  return {
    target: options.target,
    runId: run,
    run: runAt(place.runProgram),
    connectDatabase: place.connectDatabase,
    files: place.files,
    ...(host === undefined ? {} : { on: host.address, here: { run: runAt(world.runProgram), connectDatabase: world.connectDatabase, forward: host.forward } }),
    throwawayPostgres: world.throwawayPostgres,
    dns: world.dns({ runProgram: (request) => world.runProgram({ ...request, marker }), signal }),
    backups: {
      machine: world.machine, policy: backupPolicyOf(parts.config.targets[options.target]),
      listBackups: (target) => parts.store.listBackups(target), findBackup: (id) => parts.store.findBackup(id),
    },
    records: targetRecords(parts, options.target),
    fetch: (input, init) => place.fetch(input, { ...init, signal: init?.signal ? AbortSignal.any([signal, init.signal]) : signal }),
    fetchAfterAbort: place.fetch,
    now: () => Date.now(),
    pause: (ms) => delay(ms, undefined, { signal }),
    signal,
    log: (line) => log.line(world.mask(line)),
    progress: (line) => log.progress(world.mask(line)),
    runFolder: () => world.runFolder(run),
    cacheFolder: () => world.cacheFolder(),
    mask: world.mask,
    close: () => log.close(),
  };
}

/** The context of an executing step. */
export function stepContext(parts: Parts, state: RunState, planned: PlannedStep, attempt: number, signal: AbortSignal): StepContext & { readonly close: () => Promise<void> } {
  const plan = state.plan;
  return {
    ...actionContext(parts, { target: state.target, run: state.id, step: planned.id, attempt, env: planned.env ?? {}, on: planned.on, signal }),
    step: planned.id, attemptId: attemptId(state.id, planned.id, attempt), requester: state.requester,
    ...(plan?.from === undefined ? {} : { from: plan.from }), ...(plan?.to === undefined ? {} : { to: plan.to }),
    startedAt: priorEffectAt(state, planned) ?? Date.now(),
    firstStartedAt: stepState(state, planned.id)?.firstStartedAt ?? Date.now(),
    facts: factsFor(planned, plan?.facts ?? []),
    destroysNothing: plan?.steps.every(({ destructive }) => !destructive) ?? false,
    receipts: Object.fromEntries(state.steps.flatMap((step) => (step.receipt === undefined ? [] : [[step.id, step.receipt]]))),
    notifyChannel: (channel, text) => notifyChannel(parts, state.id, planned.id, channel, parts.world.mask(text)),
    postFile: ({ name, title, text }) => postFile(parts, state.id, planned.id, { name, title, text: parts.world.mask(text) }),
    planReturn: async () => (await import('./planning/way-back.js')).planReturn(parts, state, signal),
    // Planning makes contexts of its own: loaded here it would be loaded in a circle.
    planWayBack: async (after) => (await import('./planning/way-back.js')).planWayBack(parts, state, after, signal),
  };
}

export function attemptId(run: string, step: string, attempt: number): string {
  return `${run}/${step}/${attempt}`;
}

/** One text of a step is posted once, however many attempts say it: a worker may die between storing it and its receipt. */
async function notifyChannel(parts: Parts, run: string, step: string, id: string, text: string): Promise<void> {
  const channel = parts.config.channels[id];
  if (channel === undefined) throw new Error(`channel ${id} is not in planb.yaml`);
  const key = `${run}/${step}:${id}:${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
  const notice = { locale: channel.locale, lines: text.split('\n').map((line) => [line]), mention: [] };
  await parts.store.enqueueMessages([
    ...(channel.slack === undefined ? [] : [{ kind: 'notice' as const, key: `notify:${key}:slack`, run, to: { platform: 'slack' as const, channel: channel.slack }, notice }]),
    ...(channel.telegram === undefined ? [] : [{ kind: 'notice' as const, key: `notify:${key}:telegram`, run, to: { platform: 'telegram' as const, ...channel.telegram }, notice }]),
  ]);
  parts.nudgeRelay();
}

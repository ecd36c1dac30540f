import { localeOf, type Config, type Target } from '../../src/config.js';
import { chooseRelease, sayInsecure, sayRecorded, type ReleaseKnowledge } from '../../src/plan/choose-release.js';
import { planDigest } from '../../src/plan/digest.js';
import { type Misfit, findMisfit, refuseRollForward } from '../../src/plan/fits-verdict.js';
import { findUngated } from '../../src/migration/gate.js';
import type { Fact, FactSource, JsonObject, Plan, Release } from '../../src/plan/plan.js';
import { findUnproven } from '../../src/plan/require-proof.js';
import { refusalSentence } from '../../src/board/refusals.js';
import type { Refusal } from '../../src/refusal.js';
import { StoreError } from '../../src/ports/store.js';
import type { RunCommand } from '../../src/run/command.js';
import type { RunState } from '../../src/run/state.js';
import { channelContext, factsContext, runContext, targetContext, verdictContext } from '../../src/runbook/contexts.js';
import { fillParameters } from '../../src/runbook/fill-parameters.js';
import { isDecidedByFindings, resolveForInspection, resolveSteps } from '../../src/runbook/resolve-steps.js';
import { findWrongSettings } from '../../src/runbook/target-settings.js';
import type { ExpressionContexts, ResolvedStep, ResolveProblem, Runbook, RunbookStep } from '../../src/runbook/runbook.js';
import type { Parts } from '../parts.js';
import { FactsUnreadable, forgetReading, readFacts } from '../read-facts.js';
import type { Undated } from '../run-record.js';
import { ReferenceError } from '../step-context.js';
import { planHealth } from './plan-health.js';
import { factSource, planSteps } from './plan-step.js';
import { PlanRefused } from './plan-refused.js';
import { inspectableSteps } from './inspectable-steps.js';
import { placeholderRelease, readReleases, readRunning } from './read-releases.js';
import { findVerdict } from './find-verdict.js';

type PlanningCommand = Undated<Extract<RunCommand, { type: 'PostPlan' | 'FailPlanning' }>>;

/**
 * Reads the live system and makes the run's plan, or says in one sentence why there is none. `supposed`: planned as if this release ran, for a way back that is written down before it does. Throws
 * StoreError, and what an abort throws.
 */
export async function makePlan(parts: Parts, state: RunState, now: number, signal: AbortSignal, supposed?: Release): Promise<PlanningCommand> {
  try {
    const plan = await planRun(parts, state, now, signal, supposed);
    // A plan that no digest can be made of has to fail here, where somebody is told.
    planDigest(plan);
    return { type: 'PostPlan', plan };
  } catch (error) {
    if (error instanceof PlanRefused) return { type: 'FailPlanning', code: error.code, message: error.message, details: error.details, outcome: error.outcome };
    if (error instanceof FactsUnreadable || error instanceof ReferenceError) {
      return { type: 'FailPlanning', code: error instanceof ReferenceError ? error.code : 'unreadable', message: error.message, outcome: 'planning-failed' };
    }
    if (signal.aborted || error instanceof StoreError) throw error;
    // A bug must not leave a run that plans for ever and holds its target's lock.
    parts.log.error({ run: state.id, error }, 'planning threw');
    return { type: 'FailPlanning', code: 'planning-error', message: parts.world.mask(error instanceof Error ? error.message : String(error)), outcome: 'planning-failed' };
  }
}

async function planRun(parts: Parts, state: RunState, now: number, signal: AbortSignal, supposed: Release | undefined): Promise<Plan> {
  const target = parts.config.targets[state.target];
  if (target === undefined) throw refused(parts.config, now, { code: 'unknown-target', details: { target: state.target } });
  const loaded = await parts.world.loadRunbook(state.runbook);
  if (!loaded.ok) throw new PlanRefused('bad-runbook', loaded.message);
  const { runbook } = loaded;
  if (runbook.kind !== state.kind) throw new PlanRefused('bad-runbook', `Runbook "${runbook.name}" is for ${runbook.kind}, not for ${state.kind}.`);
  requireSettings(runbook, target);

  const { from, to, params, why } = await settleReleases(parts, state, target, runbook, now, signal, supposed);
  const contexts = { target: targetContext(target, runbook), channel: channelOf(parts.config, target), run: runContext(state, from?.name), params };
  const sources = inspectable(parts, runbook, contexts, target.on);
  const later = waitingForVerdict(parts, runbook);
  const first = await readFacts(parts, state, sources.filter(({ id }) => !later.has(id)), signal);
  const verdict = await findVerdict(parts, { target: target.id, kind: runbook.kind, locale: localeOf(parts.config, target), facts: first, params, now, ...(state.scope === undefined ? {} : { scope: state.scope }), ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) });
  const isRollback = runbook.kind === 'rollback';
  if (isRollback) throwIfRefused(refuseRollForward(verdict));
  const chosen = resolved(resolveSteps(runbook, { ...contexts, facts: factsContext(first), verdict: verdictContext(verdict) }));
  const isChosen = (id: string): boolean => chosen.some((step) => step.id === id);
  const facts = joinFacts(first, await readFacts(parts, state, sources.filter(({ id }) => later.has(id) && isChosen(id)), signal));
  const seen = { facts, verdict: verdict.kind, environment: target.environment, locale: localeOf(parts.config, target), ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  const steps = planSteps(parts, chosen, seen, target.on);
  const leftOut = sources.filter(({ id, uses }) => parts.actions.get(uses)?.inspect !== undefined && !later.has(id) && !isChosen(id));
  const planned = steps.map((step) => step.planned);
  if (isRollback) throwIfRefused(findMisfit(verdict, planned, runbook.name));
  requireProof(planned);
  const ungated = runbook.kind === 'migration' ? findUngated(planned) : undefined;
  if (ungated !== undefined) throw new PlanRefused('not-gated', ungated);
  const look = planned.find((step) => step.now);
  await planHealth(parts, target.id, look === undefined ? facts : await readFacts(parts, state, [look], signal), now);
  await forgetReading(parts, state.id);

  return {
    target: target.id, title: target.title, environment: target.environment, kind: runbook.kind, runbook: { name: runbook.name, sha256: loaded.sha256 }, params,
    ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }), ...(state.scope === undefined ? {} : { scope: state.scope }),
    facts, verdict: { ...verdict, reasons: why === undefined ? verdict.reasons : [...verdict.reasons, { text: why, facts: [] }], lost: [...new Set([...verdict.lost, ...steps.flatMap((step) => step.description.lost ?? [])])] },
    steps: planned, ...(leftOut.length === 0 ? {} : { leftOut }), policy: target.approval, todo: [...new Set(steps.flatMap((step) => step.description.todo ?? []))],
    plannedAt: new Date(now).toISOString(), plannedFor: state.requester,
  };
}

/**
 * Where from and where to. A plan of what remains keeps both: the run has already left the one for the other. A fresh plan after drift keeps where to: what people
 * were asked to go back to does not change because somebody deployed meanwhile.
 */
async function settleReleases(parts: Parts, state: RunState, target: Target, runbook: Runbook, now: number, signal: AbortSignal, supposed: Release | undefined): Promise<{ from?: Release; to?: Release; params: JsonObject; why?: string }> {
  const parameter = Object.entries(runbook.params).find(([, { type }]) => type === 'release')?.[0];
  if (state.startedAt !== undefined && state.plan !== undefined) {
    const { from, to, params } = state.plan;
    return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }), params };
  }
  const named = parameter === undefined ? undefined : state.params[parameter] ?? state.plan?.to?.name ?? runbook.params[parameter]?.default;
  const looking = parameter === undefined ? state.params : { ...state.params, [parameter]: named ?? placeholderRelease };
  const sources = inspectable(parts, runbook, { target: targetContext(target, runbook), channel: channelOf(parts.config, target), run: runContext(state, placeholderRelease), params: filled(parts.config, runbook, looking, now) }, target.on);
  const read = await readReleases(parts, target, sources, state.id, signal);
  const known = supposed === undefined ? await withRunning(parts, target, runbook, read, state.id, signal) : { ...read, running: supposed };
  const from = known.running === undefined ? {} : { from: known.running };
  // Before a change the last known good release is what runs, and an upgrade leaves it: only a named one is a release to go to.
  if (parameter === undefined || ((onlyLooksKind(runbook.kind) || runbook.kind === 'upgrade') && named === undefined)) return { ...from, params: filled(parts.config, runbook, state.params, now) };
  const choice = chooseRelease(typeof named === 'string' ? named : undefined, known);
  if (!choice.ok) throw refused(parts.config, now, { ...choice.refusal, details: { target: target.id, ...choice.refusal.details } });
  const why = runbook.kind === 'rollback' ? sayInsecure(choice.value, known) ?? sayRecorded(choice.value, known) : undefined;
  return { ...from, to: choice.value, params: filled(parts.config, runbook, { ...state.params, [parameter]: choice.value.name }, now), ...(why === undefined ? {} : { why }) };
}

/** Runbooks that only look need no action that knows releases: the target's rollback knows what runs. */
async function withRunning(parts: Parts, target: Target, { kind }: Runbook, known: ReleaseKnowledge, run: string, signal: AbortSignal): Promise<ReleaseKnowledge> {
  if (known.running !== undefined || !onlyLooksKind(kind)) return known;
  const running = await readRunning(parts, target, await inspectableSteps(parts, target), run, signal);
  return running === undefined ? known : { ...known, running };
}

function onlyLooksKind(kind: Runbook['kind']): boolean {
  return kind === 'preflight' || kind === 'verify';
}

/**
 * Steps that are looked at only when the verdict has chosen them: a backup to restore need not be there for a plan that restores none, and a server that nobody reaches any more need not answer for a way back
 * that does not touch it.
 */
function waitingForVerdict(parts: Parts, { steps }: Runbook): ReadonlySet<string> {
  return new Set(steps.filter((step) => (parts.actions.get(step.uses)?.inspectsForItself === true && isDecidedByFindings(step)) || readsScenario(step)).map(({ id }) => id));
}

function readsScenario(step: RunbookStep): boolean {
  return isDecidedByFindings(step) && /\bverdict\.(?:scenario|data|reachable)\b/.test(step.if ?? '');
}

function joinFacts(...read: readonly (readonly Fact[])[]): readonly Fact[] {
  return [...new Map(read.flat().map((fact) => [fact.key, fact])).values()];
}

function filled(config: Config, runbook: Runbook, given: JsonObject, now: number): JsonObject {
  const params = fillParameters(runbook, given);
  if (!params.ok) throw refused(config, now, params.refusal);
  return params.value;
}

function inspectable(parts: Parts, runbook: Runbook, contexts: Pick<ExpressionContexts, 'target' | 'params' | 'run' | 'channel'>, targetOn: string | undefined): readonly FactSource[] {
  return resolved(resolveForInspection(runbook, contexts)).map((step) => factSource(parts, step, targetOn));
}

function resolved(result: { readonly ok: true; readonly steps: readonly ResolvedStep[] } | { readonly ok: false; readonly problems: readonly ResolveProblem[] }): readonly ResolvedStep[] {
  if (result.ok) return result.steps;
  throw new PlanRefused('bad-runbook', result.problems.map((problem) => `step "${problem.step}", ${problem.part} (line ${problem.line}): ${problem.message}`).join('; '));
}

/** What `planb check` says of planb.yaml; it may have changed since. */
function requireSettings(runbook: Runbook, target: Target): void {
  const wrong = findWrongSettings(runbook.settings, target.with);
  if (wrong.length > 0) throw new PlanRefused('bad-settings', `Target "${target.id}": ${wrong.map(({ message }) => message).join('; ')}.`);
}

function channelOf(config: Config, target: Target): JsonObject {
  const channel = config.channels[target.channel];
  return channel === undefined ? {} : channelContext(channel);
}

function throwIfRefused(misfit: Misfit | undefined): void {
  if (misfit !== undefined) throw new PlanRefused(misfit.code, misfit.message);
}

function requireProof(steps: Plan['steps']): void {
  const unproven = findUnproven(steps);
  if (unproven !== undefined) throw new PlanRefused(unproven.code, unproven.message, { step: unproven.step.name });
}

function refused(config: Config, now: number, refusal: Refusal): PlanRefused {
  const message = refusalSentence(refusal, { locale: 'en', now, people: (id) => config.people[id]?.name ?? id, command: `/${config.command}` });
  return new PlanRefused(refusal.code, message, refusal.details, refusal.code === 'release-is-running' ? 'nothing-to-do' : 'planning-failed');
}


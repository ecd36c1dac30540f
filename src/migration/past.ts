import type { RunKind } from '../command/command.js';
import type { JsonObject, PlannedStep } from '../plan/plan.js';
import type { RunOutcome } from '../run/events.js';
import type { RunState, StepState } from '../run/state.js';
import type { Scenario } from './scenario.js';

/** What the runs of a target say about its move to another server. Instants are milliseconds since the epoch. */
export interface PastMigration {
  /** When DNS was moved to the new server and not back since. */
  readonly switched?: { readonly at: number; readonly run: string; readonly certain: boolean };
  /** How long the last return of each kind took, where one ran to a verified end. */
  readonly took: Readonly<Partial<Record<Scenario, { readonly ms: number; readonly run: string }>>>;
  /** What the last migration, and the return from it, left open: a line each. */
  readonly open: readonly string[];
}

const neverBegan: readonly RunOutcome[] = ['rejected', 'expired', 'planning-failed', 'nothing-to-do'];

/** Whether a run may have moved anything: requests that came to nothing, however many a bad night brings, hide no migration. Pure. */
export function mayHaveMoved({ kind, outcome }: { readonly kind: RunKind; readonly outcome?: RunOutcome }): boolean {
  return kind !== 'preflight' && kind !== 'verify' && (outcome === undefined || !neverBegan.includes(outcome));
}

/** Of a target's runs, newest first. Pure. */
export function pastMigration(runs: readonly RunState[]): PastMigration {
  const switched = switchedBy(runs);
  return { ...(switched === undefined ? {} : { switched }), took: tookSoLong(runs), open: leftOpen(runs) };
}

/** The newest run that moved DNS decides where it is; of one that moved it in stages, the first stage is the moment. */
function switchedBy(runs: readonly RunState[]): PastMigration['switched'] {
  for (const run of runs) {
    const moved = movesOf(run);
    const [last] = moved.slice(-1);
    if (last === undefined) continue;
    if (last.back && last.certain && broughtAllBack(run)) return undefined;
    const forward = moved.filter(({ back }) => !back);
    const [first] = forward.filter(({ certain }) => certain).concat(forward);
    // A return that may have moved something back: what was there before it still counts.
    if (first !== undefined) return { at: first.at, run: run.id, certain: first.certain };
  }
  return undefined;
}

/** Where one stage of the way back never came, its names still lead to the new server. */
function broughtAllBack({ plan, steps }: RunState): boolean {
  const back = (plan?.steps ?? []).filter(({ uses, with: given }) => uses === 'dns.switch' && given['reverse'] === true);
  return back.every(({ id }) => steps.find((step) => step.id === id)?.status === 'succeeded');
}

interface MoveOfDns {
  readonly at: number;
  readonly back: boolean;
  readonly certain: boolean;
}

function movesOf({ plan, steps }: RunState): readonly MoveOfDns[] {
  return (plan?.steps ?? []).filter(({ uses }) => uses === 'dns.switch').flatMap((planned): readonly MoveOfDns[] => {
    const step = steps.find(({ id }) => id === planned.id);
    const began = step?.firstStartedAt;
    if (step === undefined || began === undefined) return [];
    const back = planned.with['reverse'] === true;
    if (step.status !== 'succeeded') return step.status === 'cancelled' || isRefused(step) ? [] : [{ at: began, back, certain: false }];
    const receipt: JsonObject = step.receipt ?? {};
    // Its attempt began before: what a probe or a person's Done finds later happened earlier than they say.
    const at = typeof receipt['switchedAt'] === 'string' ? Date.parse(receipt['switchedAt']) : Number.NaN;
    return receipt['changed'] === 0 && !back ? [] : [{ at: Number.isNaN(at) ? began : Math.min(at, step.startedAt ?? at), back, certain: true }];
  });
}

/** The server itself said that it changed nothing: DNS updates are taken whole or not at all. */
export function isRefused({ error }: StepState): boolean {
  return error?.code === 'records-changed' || error?.code === 'dns-refused';
}

function tookSoLong(runs: readonly RunState[]): PastMigration['took'] {
  const took: Partial<Record<Scenario, { readonly ms: number; readonly run: string }>> = {};
  for (const { id, plan, outcome, startedAt, endedAt } of runs) {
    const kind = plan?.verdict.scenario?.kind;
    if (kind === undefined || outcome !== 'verified' || startedAt === undefined || endedAt === undefined) continue;
    took[kind] ??= { ms: endedAt - startedAt, run: id };
  }
  return took;
}

const mostLines = 12;

/** Of the newest migration that began to act, and of what came after it. */
function leftOpen(runs: readonly RunState[]): readonly string[] {
  const newest = runs.findIndex(({ kind, startedAt, phase }) => kind === 'migration' && startedAt !== undefined && phase === 'ended');
  if (newest < 0) return [];
  const concerned = runs.slice(0, newest + 1).filter(({ kind, plan, startedAt, phase }) => phase === 'ended' && startedAt !== undefined && (kind === 'migration' || plan?.verdict.scenario !== undefined)).reverse();
  const lines = concerned.flatMap(openIn);
  return lines.length <= mostLines ? lines : [...lines.slice(0, mostLines), `and ${lines.length - mostLines} more: see the reports of ${concerned.map(({ id }) => id).join(', ')}`];
}

function openIn(run: RunState): readonly string[] {
  const name = (id: string): string => run.plan?.steps.find((step: PlannedStep) => step.id === id)?.name ?? id;
  const of = `run ${run.id}`;
  const steps = run.steps.flatMap(({ id, status, error }) => (status === 'abandoned' || status === 'skipped' || status === 'tolerated' ? [`${of}: "${name(id)}" ${status === 'skipped' ? 'was skipped' : 'did not succeed'}${error === undefined ? '' : `: ${error.message}`}`] : []));
  const notes = run.notes.map(({ person, text }) => `${of}: ${person} noted: ${text}`);
  const todo = (run.plan?.todo ?? []).map((line) => `${of}, to do: ${line}`);
  // Nothing marks a question of a report as answered: people answer in notes.
  const questions = run.outcome !== 'verified' && run.notes.length === 0 ? [`${of}: nobody answered the questions of its post-mortem (planb report ${run.id})`] : [];
  return [...steps, ...notes, ...todo, ...questions];
}

import canonicalize from 'canonicalize';
import { codeTries } from '../approval/second-factor.js';
import type { Plan, PlannedStep } from '../plan/plan.js';
import type { RunEvent } from './events.js';
import { NewerPlanb } from './newer-planb.js';
import { emptyRun, isPassed, isSettled, type RunState, type StepState, type StepStatus } from './state.js';

/** Replays a run. The same events always give the same state. Throws NewerPlanb at an event that this version does not know: a state without it would be a wrong one. */
export function replay(id: string, events: readonly RunEvent[]): RunState {
  return events.reduce(evolve, emptyRun(id));
}

/** The state after one more event. Never judges: what is on the record happened. */
export function evolve(state: RunState, event: RunEvent): RunState {
  return { ...apply(state, event), version: state.version + 1 };
}

function apply(state: RunState, event: RunEvent): RunState {
  switch (event.type) {
    case 'RunRequested':
      return {
        ...state, phase: 'planning', target: event.target, title: event.title, kind: event.kind, runbook: event.runbook, params: event.params,
        requester: event.requester, place: event.place, requestedAt: event.at,
        ...(event.scope === undefined ? {} : { scope: event.scope }),
        ...(event.reason === undefined ? {} : { reason: event.reason }),
        ...(event.follows === undefined ? {} : { follows: event.follows }),
        ...(event.raisedBy === undefined ? {} : { raisedBy: event.raisedBy }),
      };
    case 'PlanningFailed':
      return { ...state, planningError: { code: event.code, message: event.message, ...(event.details === undefined ? {} : { details: event.details }) } };
    case 'PlanPosted':
      return { ...withoutGlass(state), phase: 'voting', plan: event.plan, digest: event.digest, plannedAt: event.at, votes: [], waivers: [], steps: stepsOf(event.plan, state) };
    case 'DriftFound':
      return { ...withoutGlass(state), phase: 'planning', drift: event.differences, votes: [] };
    case 'VoteCast': {
      const vote = { person: event.person, choice: event.choice, at: event.at, expiresAt: event.expiresAt, via: event.via };
      return { ...state, votes: [...state.votes.filter((other) => other.person !== event.person), vote] };
    }
    case 'GlassBroken': {
      const { person, at, expiresAt, via, reason } = event;
      return { ...state, glass: { person, at, expiresAt, via, reason } };
    }
    case 'PlanPreapproved':
      return { ...state, preapproved: event.by };
    case 'RunStarted': {
      const { glass } = state;
      const alone = glass !== undefined && event.brokenBy === glass.person ? [glass] : [];
      return { ...withoutGlass(state), phase: 'running', startedAt: state.startedAt ?? event.at, approvers: event.approvers, startedAlone: [...state.startedAlone, ...alone] };
    }
    case 'StepStarted':
      return withStep(state, event.step, (step) => ({
        id: step.id, status: 'running', attempt: event.attempt, startedAt: event.at, changedAt: event.at, firstStartedAt: step.firstStartedAt ?? event.at,
        token: event.token, owner: event.owner, ...(event.undo === undefined ? {} : { undo: event.undo }),
      }));
    case 'StepSucceeded':
      return withStep(state, event.step, (step) => ({ ...settle(step, 'succeeded', event.at), receipt: event.receipt }));
    case 'StepFailed':
      return withStep(state, event.step, (step) => ({
        ...settle(step, event.retryAt === undefined ? failedStatus(state, event.step) : 'retrying', event.at), error: event.error,
        ...(event.retryAt === undefined ? {} : { retryAt: event.retryAt }),
      }));
    case 'StepBlocked':
      return withStep(state, event.step, (step) => ({ ...settle(step, 'failed', event.at), attempt: event.attempt, error: event.error }));
    case 'StepOutcomeUnknown':
      return withStep(state, event.step, (step) => ({ ...settle(step, 'unknown', event.at), saw: event.saw }));
    case 'StepCancelled':
      return withStep(state, event.step, (step) => settle(step, 'cancelled', event.at));
    case 'PersonAwaited':
      return withStep(state, event.step, (step) => ({ ...settle(step, 'awaiting', event.at), attempt: event.attempt, firstStartedAt: step.firstStartedAt ?? event.at, startedAt: event.at, instructions: event.instructions }));
    case 'PersonPresent':
      return withStep(state, event.step, (step) => ({ ...step, present: [...(step.present ?? []), event.person] }));
    case 'AnswerProposed':
      return withStep(state, event.step, (step) => ({ ...step, proposal: { answer: event.answer, person: event.person } }));
    case 'AnswerGiven':
      return event.answer === 'waive'
        ? answered({ ...state, waivers: [...state.waivers, { step: event.step, people: event.people, at: event.at }] }, event)
        : answered(state, event);
    case 'StopRequested':
      return { ...state, stopRequestedBy: event.person };
    case 'RunEnding':
      return { ...state, phase: 'ending', outcome: event.outcome, ...(event.reason === undefined ? {} : { endReason: event.reason }) };
    case 'RunEnded':
      return {
        ...state, phase: 'ended', outcome: event.outcome, endedAt: event.at, steps: state.steps.map((step) => closeStep(step, event.at)),
        ...(event.reason === undefined ? {} : { endReason: event.reason }),
      };
    case 'PeopleReminded':
      return { ...state, reminders: { ...state.reminders, [event.waitingFor]: { count: event.nth + 1, at: event.at } } };
    case 'NoteAdded':
      return { ...state, notes: [...state.notes, { person: event.person, at: event.at, text: event.text }] };
    case 'CommandRefused':
      return event.code === 'code-wrong' ? { ...state, wrongCodes: withWrongCode(state.wrongCodes, { who: event.who, at: event.at }) } : state;
    default:
      return unknownHere('the event', event);
  }
}

/** Of each person the last few, since nothing asks for more: those of one must not be pushed out by another's. */
function withWrongCode(before: RunState['wrongCodes'], wrong: RunState['wrongCodes'][number]): RunState['wrongCodes'] {
  const own = [...before.filter(({ who }) => who === wrong.who), wrong].slice(-codeTries.most);
  return [...before.filter(({ who }) => who !== wrong.who), ...own];
}

/** It was for the plan before: what is to be done now nobody has taken on himself yet. */
function withoutGlass({ glass: _glass, ...state }: RunState): RunState {
  return state;
}

/**
 * A plan of what remains keeps the steps that are done; a plan before the first step keeps what was prepared, as long as it still does the very same (a backup
 * of another database is none). Unknown stays unknown: no plan answers that question.
 */
function stepsOf(plan: Plan, state: RunState): readonly StepState[] {
  const planned = new Set(plan.steps.map((step) => step.id));
  const kept = state.steps.filter((step) => !planned.has(step.id) && isSettled(step));
  return [...kept, ...plan.steps.map((step): StepState => {
    const before = state.steps.find((other) => other.id === step.id);
    const still = before !== undefined && (before.status === 'unknown' || (isPassed(before) && (state.startedAt !== undefined || doesTheSame(step, plan, state.plan))));
    return still ? before : { id: step.id, status: 'pending', attempt: before?.attempt ?? 0 };
  })];
}

/** The same work on the same thing: a database that was dropped and made anew at the same address is another one, and its old backup no backup of it. */
function doesTheSame(step: PlannedStep, plan: Plan, former: Plan | undefined): boolean {
  const family = `${step.uses.split('.')[0] ?? ''}:`;
  const things = ({ facts }: Plan): string | undefined => canonicalize(facts.filter(({ kind, key }) => kind === 'identity' && key.startsWith(family)).map(({ key, value }) => ({ key, value })));
  const before = former?.steps.find((other) => other.id === step.id);
  const work = ({ uses, with: input, env, on, fingerprints }: PlannedStep): string | undefined => canonicalize({ uses, with: input, env: env ?? {}, on: on ?? '', fingerprints });
  return former !== undefined && before !== undefined && work(before) === work(step) && things(former) === things(plan);
}

function withStep(state: RunState, id: string, change: (step: StepState) => StepState): RunState {
  return { ...state, steps: state.steps.map((step) => (step.id === id ? change(step) : step)) };
}

function settle(step: StepState, status: StepStatus, at: number): StepState {
  const { retryAt: _retryAt, proposal: _proposal, ...rest } = step;
  return { ...rest, status, changedAt: at };
}

function failedStatus(state: RunState, id: string): StepStatus {
  return state.plan?.steps.find((step) => step.id === id)?.continueOnError === true ? 'tolerated' : 'failed';
}

function answered(state: RunState, event: Extract<RunEvent, { type: 'AnswerGiven' }>): RunState {
  return withStep(state, event.step, (step) => {
    switch (event.answer) {
      case 'retry':
      case 'waive':
        return { ...settle(step, 'pending', event.at), by: event.people };
      case 'skip':
        return { ...settle(step, 'skipped', event.at), by: event.people };
      case 'done':
        return { ...settle(step, 'succeeded', event.at), by: event.people, receipt: { ...event.receipt, saidBy: event.people } };
      case 'here':
        return { ...settle(step, 'succeeded', event.at), by: event.people, receipt: { here: event.people } };
      case 'failed':
        return { ...settle(step, 'failed', event.at), by: event.people, error: { code: 'said-failed', message: event.reason ?? 'A person said that it failed.' } };
      case 'stop':
        return step;
      default:
        return unknownHere('the answer', event.answer);
    }
  });
}

function closeStep(step: StepState, at: number): StepState {
  if (isSettled(step)) return step;
  return settle(step, step.status === 'pending' ? 'not-run' : 'abandoned', at);
}

/** Unreachable by what this version writes. */
function unknownHere(what: string, value: never): never {
  const { type } = Object(value) as { readonly type?: unknown };
  throw new NewerPlanb(`${what} ${typeof type === 'string' ? type : JSON.stringify(value)}`);
}

import { accept, refuse, type Decision } from '../refusal.js';
import { planDigest } from '../plan/digest.js';
import type { CommandOf, RunCommand } from './command.js';
import { answerStep, stopRun } from './decide-answer.js';
import { awaitPerson, beginStep, cancelStep, failStep, interruptStep, loseStep, succeedStep } from './decide-step.js';
import { breakGlass, castVote, expirePlan, startRun } from './decide-vote.js';
import { endWith } from './ending.js';
import type { RunEvent } from './events.js';
import { isSettled, type RunState } from './state.js';
import { nextReminder } from './waiting.js';

/**
 * Judges one command against a run: the events that follow, or the reason why not. Pure; time, ids and the people who may vote come in the command.
 * An accepted command may have no events (it is already so).
 */
export function decide(command: RunCommand, state: RunState): Decision<readonly RunEvent[]> {
  if (command.type === 'RequestRun') return requestRun(command, state);
  if (state.phase === 'new') return refuse('unknown-run', { run: state.id });
  if (command.type === 'AddNote') return addNote(command);
  if (state.phase === 'ended') return refuse('run-ended', { run: state.id, outcome: state.outcome ?? '' });
  switch (command.type) {
    case 'PostPlan': return postPlan(command, state);
    case 'FailPlanning': return failPlanning(command, state);
    case 'CastVote': return castVote(command, state);
    case 'BreakGlass': return breakGlass(command, state);
    case 'ExpirePlan': return expirePlan(command, state);
    case 'StartRun': return startRun(command, state);
    case 'ReportDrift': return reportDrift(command, state);
    case 'BeginStep': return beginStep(command, state);
    case 'AwaitPerson': return awaitPerson(command, state);
    case 'SucceedStep': return succeedStep(command, state);
    case 'FailStep': return failStep(command, state);
    case 'LoseStep': return loseStep(command, state);
    case 'InterruptStep': return interruptStep(command, state);
    case 'CancelStep': return cancelStep(command, state);
    case 'AnswerStep': return answerStep(command, state);
    case 'StopRun': return stopRun(command, state);
    case 'FinishRun': return finishRun(command, state);
    case 'RemindPeople': return remindPeople(command, state);
    default: return unreachable(command);
  }
}

/** A note may also be added to an ended run: what was learnt later belongs to it. */
function addNote({ now, person, writers, text }: CommandOf<'AddNote'>): Decision<readonly RunEvent[]> {
  if (!writers.includes(person)) return refuse('not-a-voter', { person, voters: writers.join(', ') });
  return accept([{ type: 'NoteAdded', at: now, person, text }]);
}

function requestRun(command: CommandOf<'RequestRun'>, state: RunState): Decision<readonly RunEvent[]> {
  if (state.phase !== 'new') return refuse('state-does-not-allow', { run: state.id });
  const { type: _type, now, ...request } = command;
  return accept([{ type: 'RunRequested', at: now, ...request }]);
}

function postPlan(command: CommandOf<'PostPlan'>, state: RunState): Decision<readonly RunEvent[]> {
  if (state.phase !== 'planning') return refuse('state-does-not-allow', { run: state.id });
  // What the void plan was preparing ends first, so that no attempt is left without an outcome.
  if (state.steps.some((step) => step.status === 'running')) return refuse('state-does-not-allow', { run: state.id });
  return accept([{ type: 'PlanPosted', at: command.now, plan: command.plan, digest: planDigest(command.plan) }]);
}

function failPlanning(command: CommandOf<'FailPlanning'>, state: RunState): Decision<readonly RunEvent[]> {
  if (state.phase !== 'planning') return refuse('state-does-not-allow', { run: state.id });
  const failed: RunEvent = { type: 'PlanningFailed', at: command.now, code: command.code, message: command.message, ...(command.details === undefined ? {} : { details: command.details }) };
  return accept([failed, ...endWith(state, command.now, command.outcome, command.message)]);
}

function reportDrift(command: CommandOf<'ReportDrift'>, state: RunState): Decision<readonly RunEvent[]> {
  if (state.phase !== 'running' || state.digest === undefined) return refuse('run-not-running', { run: state.id });
  // A fresh plan would begin an unknown step again without anybody having said so.
  if (state.steps.some((step) => step.status === 'running' || step.status === 'unknown')) return refuse('state-does-not-allow', { run: state.id });
  return accept([{ type: 'DriftFound', at: command.now, digest: state.digest, differences: command.differences }]);
}

function finishRun(command: CommandOf<'FinishRun'>, state: RunState): Decision<readonly RunEvent[]> {
  if (state.steps.some((step) => step.status === 'running')) return refuse('state-does-not-allow', { run: state.id });
  if (state.phase === 'ending' && state.outcome !== undefined) {
    return accept([{ type: 'RunEnded', at: command.now, outcome: state.outcome, ...(state.endReason === undefined ? {} : { reason: state.endReason }) }]);
  }
  if (state.phase !== 'running') return refuse('run-not-running', { run: state.id });
  if (!state.steps.every(isSettled)) return refuse('state-does-not-allow', { run: state.id });
  return accept([{ type: 'RunEnded', at: command.now, outcome: isVerified(state) ? 'verified' : 'finished-not-verified' }]);
}

/** Success is said only when at least one check passed, none was tolerated, and nothing was skipped. */
function isVerified(state: RunState): boolean {
  const checks = new Set((state.plan?.steps ?? []).filter((step) => step.check).map((step) => step.id));
  const passedChecks = state.steps.filter((step) => checks.has(step.id) && step.status === 'succeeded');
  if (passedChecks.length === 0) return false;
  return state.steps.every((step) => step.status === 'succeeded' || (step.status === 'tolerated' && !checks.has(step.id)));
}

function remindPeople(command: CommandOf<'RemindPeople'>, state: RunState): Decision<readonly RunEvent[]> {
  const due = nextReminder(state);
  if (due?.waitingFor !== command.waitingFor || due.at > command.now) return accept([]);
  return accept([{ type: 'PeopleReminded', at: command.now, waitingFor: due.waitingFor, nth: due.nth }]);
}

function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}

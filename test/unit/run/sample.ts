import type { ApprovalPolicy, Plan, PlannedStep } from '../../../src/plan/plan.js';
import { planDigest } from '../../../src/plan/digest.js';
import type { CommandOf } from '../../../src/run/command.js';
import type { RunEvent } from '../../../src/run/events.js';

export const minute = 60_000;
/** When everything here begins, milliseconds since the epoch. */
export const t0 = Date.parse('2026-03-01T03:00:00Z');
export const voters = ['alice', 'bob', 'carol'];
export const owner = { worker: 'w1', identity: { hostname: 'h1', machineId: 'm1', bootId: 'b1', pidNamespace: 'pid:[1]', pid: 7, startTicks: '1' } };

export function step(id: string, rest: Partial<PlannedStep> = {}): PlannedStep {
  return {
    id, name: id, uses: 'run', with: {}, needs: [], prepare: false, effect: 'once', destructive: false, check: false, commands: [], timeoutMs: minute,
    retry: { max: 0, delayMs: 0 }, continueOnError: false, changes: [], fingerprints: {}, ...rest,
  };
}

export const policy: ApprovalPolicy = { people: 2, from: ['oncall'], expiresMs: 30 * minute, requesterCounts: true, escalate: [] };

export function planOf(steps: readonly PlannedStep[], rest: Partial<Plan> = {}): Plan {
  return {
    target: 'shop', title: 'Shop', environment: 'production', kind: 'rollback', runbook: { name: 'shop', sha256: 'ab'.repeat(32) }, params: { to: '1.0.0' },
    facts: [], verdict: { kind: 'revert-only', reasons: [], lost: [] }, steps, policy, todo: [], plannedAt: '2026-03-01T03:00:00.000Z', plannedFor: 'alice', ...rest,
  };
}

export const requested: RunEvent = {
  type: 'RunRequested', at: t0, target: 'shop', title: 'Shop', kind: 'rollback', runbook: 'shop', params: { to: '1.0.0' }, requester: 'alice', place: { platform: 'slack', channel: 'C1' },
};

export function posted(plan: Plan, at = t0): RunEvent {
  return { type: 'PlanPosted', at, plan, digest: planDigest(plan) };
}

export function voted(plan: Plan, person: string, at = t0, choice: 'approve' | 'reject' = 'approve', reason?: string): RunEvent {
  return { type: 'VoteCast', at, person, choice, digest: planDigest(plan), via: 'slack', expiresAt: at + plan.policy.expiresMs, ...(reason === undefined ? {} : { reason }) };
}

/** Asked for, planned, approved by Alice and Bob, started. */
export function startedWith(plan: Plan, at = t0): readonly RunEvent[] {
  return [
    requested, posted(plan, at), voted(plan, 'alice', at), voted(plan, 'bob', at),
    { type: 'RunStarted', at, digest: planDigest(plan), approvers: [{ person: 'alice', via: 'slack' }, { person: 'bob', via: 'slack' }] },
  ];
}

export function begun(id: string, attempt = 1, at = t0): RunEvent {
  return { type: 'StepStarted', at, step: id, attempt, token: 1, owner };
}

export function succeeded(id: string, receipt: Extract<RunEvent, { type: 'StepSucceeded' }>['receipt'] = {}, at = t0): RunEvent {
  return { type: 'StepSucceeded', at, step: id, attempt: 1, receipt };
}

export function failed(id: string, at = t0, attempt = 1): RunEvent {
  return { type: 'StepFailed', at, step: id, attempt, error: { code: 'exit-code', message: 'exit code 1' } };
}

export function lost(id: string, at = t0, attempt = 1): RunEvent {
  return { type: 'StepOutcomeUnknown', at, step: id, attempt, saw: 'nothing' };
}

export function vote(person: string, now = t0, rest: Partial<CommandOf<'CastVote'>> = {}): CommandOf<'CastVote'> {
  return { type: 'CastVote', now, person, voters, choice: 'approve', via: 'slack', ...rest };
}

export function begin(id: string, now = t0): CommandOf<'BeginStep'> {
  return { type: 'BeginStep', now, step: id, token: 1, owner };
}

export function answer(word: CommandOf<'AnswerStep'>['answer'], person: string, rest: Partial<CommandOf<'AnswerStep'>> = {}): CommandOf<'AnswerStep'> {
  return { type: 'AnswerStep', now: t0, person, voters, answer: word, ...rest };
}

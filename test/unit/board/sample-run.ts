import type { BoardView } from '../../../src/board/view.js';
import type { Plan, PlannedStep } from '../../../src/plan/plan.js';
import type { RunEvent } from '../../../src/run/events.js';
import { replay } from '../../../src/run/evolve.js';
import type { RunState } from '../../../src/run/state.js';

/** "03:14:05" of the night on which everything here happens, in milliseconds. */
export function at(clock: string): number {
  return Date.parse(`2026-03-01T${clock.length === 5 ? `${clock}:00` : clock}Z`);
}

export const digest = 'd1'.repeat(32);

const names: Readonly<Record<string, string>> = { alice: 'Alice', bob: 'Bob', carol: 'Carol' };

export function plannedStep(id: string, name: string, rest: Partial<PlannedStep> = {}): PlannedStep {
  return {
    id, name, uses: 'run', with: {}, needs: [], prepare: false, effect: 'once', destructive: false, check: false, commands: [], timeoutMs: 600_000,
    retry: { max: 0, delayMs: 0 }, continueOnError: false, changes: [], fingerprints: {}, ...rest,
  };
}

export const backup = plannedStep('backup', 'Back up the database', { uses: 'postgres.backup', prepare: true, effect: 'idempotent', estimateMs: 20_000, commands: ['pg_dump --format=directory --jobs=2'] });
export const save = plannedStep('save', 'Save the logs of 1.82.1', { effect: 'read', needs: ['backup'], estimateMs: 5_000 });
export const revert = plannedStep('revert', 'Put 1.81.14 back', {
  uses: 'compose.release', effect: 'idempotent', needs: ['save'], changes: [{ key: 'compose:litellm', to: '1.81.14' }], estimateMs: 60_000, outageMs: 40_000,
  commands: ['docker compose --project-directory /srv/litellm up --detach litellm'],
});
export const history = plannedStep('history', 'Clean the migration history', { uses: 'helm.rollback', effect: 'once', destructive: true, needs: ['revert'], changes: [{ key: 'rows' }], commands: ['helm rollback litellm 41 --wait'], estimateMs: 2_000 });
export const tick = plannedStep('tick', 'Tell the customers', { uses: 'manual', effect: 'once', needs: ['history'] });
export const ready = plannedStep('ready', 'LiteLLM answers and its database is connected', { uses: 'http.check', effect: 'read', check: true, needs: ['tick'], estimateMs: 120_000 });

export const plan: Plan = {
  target: 'litellm', title: 'LiteLLM proxy', environment: 'production', kind: 'rollback',
  runbook: { name: 'litellm-compose', sha256: 'ab'.repeat(32) }, params: { to: '1.81.14' },
  from: { name: '1.82.1', digest: `sha256:${'11'.repeat(32)}` }, to: { name: '1.81.14', digest: `sha256:${'22'.repeat(32)}` },
  facts: [
    { key: 'compose:litellm', kind: 'identity', label: 'image of litellm', value: `sha256:${'11'.repeat(32)}`, readAt: '2026-03-01T03:13:50.000Z' },
    { key: 'disk', kind: 'measured', label: 'free disk, GB', value: 41, threshold: { min: 5 }, readAt: '2026-03-01T03:13:52.000Z' },
  ],
  verdict: { kind: 'revert-only', reasons: [{ text: '4 newer migrations, all additive', facts: [] }], lost: [] },
  steps: [backup, save, revert, history, tick, ready],
  policy: { people: 2, from: ['oncall'], expiresMs: 30 * 60_000, requesterCounts: true, escalate: ['managers'] },
  todo: ['docker-compose.yml:12 still names 1.82.1'], plannedAt: '2026-03-01T03:14:00.000Z', plannedFor: 'alice',
};

export const losing: Plan = { ...plan, verdict: { kind: 'restore-backup', reasons: [{ text: 'migration 20260214_drop_budget dropped a column', facts: [] }], lost: ['1,204 rows of LiteLLM_SpendLogs written since 02:10 UTC'] } };

export const owner = { worker: 'w1', identity: { hostname: 'h1', machineId: 'm1', bootId: 'b1', pidNamespace: 'pid:[1]', pid: 7, startTicks: '1' } };

export const requested: RunEvent = {
  type: 'RunRequested', at: at('03:13:40'), target: 'litellm', title: 'LiteLLM proxy', kind: 'rollback', runbook: 'litellm-compose', params: { to: '1.81.14' },
  reason: '500s since deploy', requester: 'alice', place: { platform: 'slack', channel: 'C1' },
};

export function posted(of: Plan = plan, clock = '03:14:00'): RunEvent {
  return { type: 'PlanPosted', at: at(clock), plan: of, digest };
}

export function vote(person: string, via: 'slack' | 'telegram', clock: string, choice: 'approve' | 'reject' = 'approve'): RunEvent {
  return { type: 'VoteCast', at: at(clock), person, choice, digest, via, expiresAt: at(clock) + 30 * 60_000 };
}

export function begun(step: string, clock: string, attempt = 1): RunEvent {
  return { type: 'StepStarted', at: at(clock), step, attempt, token: 1, owner };
}

export function passed(step: string, clock: string, receipt: Extract<RunEvent, { type: 'StepSucceeded' }>['receipt'] = {}): RunEvent {
  return { type: 'StepSucceeded', at: at(clock), step, attempt: 1, receipt };
}

export function failed(step: string, clock: string, message: string): RunEvent {
  return { type: 'StepFailed', at: at(clock), step, attempt: 1, error: { code: 'exit-code', message, tail: 'last words' } };
}

export const started: readonly RunEvent[] = [
  vote('alice', 'slack', '03:16:00'), vote('bob', 'telegram', '03:17:00'),
  { type: 'RunStarted', at: at('03:17:01'), digest, approvers: [{ person: 'alice', via: 'slack' }, { person: 'bob', via: 'telegram' }] },
];

/** Backup and saved logs are done. */
export const prepared: readonly RunEvent[] = [
  begun('backup', '03:14:05'), passed('backup', '03:14:40', { proven: true, provenAt: '2026-03-01T03:14:39.000Z' }), ...started, begun('save', '03:17:02'), passed('save', '03:17:04'),
];

export function runOf(...events: readonly RunEvent[]): RunState {
  return replay('7KQ', [requested, ...events]);
}

export function viewAt(clock: string, rest: Partial<BoardView> = {}): BoardView {
  return {
    locale: 'en', now: at(clock), people: (id) => names[id] ?? id, voters: ['alice', 'bob', 'carol'],
    health: { state: 'down', since: at('03:08:00'), detail: '503', readAt: at('03:14:05') },
    buttonId: (action, meaning) => `${action}:${meaning.step ?? meaning.digest?.slice(0, 6) ?? ''}:${meaning.attempt ?? ''}`,
    ...rest,
  };
}

import type { ApprovalPolicy, Plan } from '../../../../src/plan/plan.js';
import type { RunEvent } from '../../../../src/run/events.js';
import { replay } from '../../../../src/run/evolve.js';
import type { RunState } from '../../../../src/run/state.js';
import { begun, failed, lost, minute, planOf, posted, requested, startedWith, step, t0, voted } from '../../run/sample.js';

/** A run at some moment, and what of it the rules speak about. */
export interface Situation {
  readonly name: string;
  readonly state: RunState;
  readonly now: number;
  readonly phase: RunState['phase'];
  readonly plan?: Plan;
  /** Who asked; Alice unless said. */
  readonly requester: string;
  /** Who approved the plan on the table. */
  readonly approved: readonly string[];
  readonly expired: boolean;
  /** Nothing of it has started. */
  readonly fresh: boolean;
  /** The step that waits for a person. */
  readonly waits?: { readonly as: 'failed' | 'unknown' | 'awaiting'; readonly destructive: boolean; readonly proposed?: { readonly answer: string; readonly by: string } };
  /** A step is in hand, so that an end has to wait for it. */
  readonly busy: boolean;
}

const policy: ApprovalPolicy = { people: 2, from: ['oncall'], expiresMs: 30 * minute, requesterCounts: true, escalate: [], breakGlass: ['leads'] };
const coded: ApprovalPolicy = { ...policy, secondFactor: 'totp' };
const gentle = planOf([step('revert')], { policy });
const destroying = [step('drop', { destructive: true })];
const proposed = (person: string): RunEvent => ({ type: 'AnswerProposed', at: t0, step: 'drop', attempt: 1, answer: 'retry', person });
const awaited = (id: string): RunEvent => ({ type: 'PersonAwaited', at: t0, step: id, attempt: 1, instructions: 'do it' });

function situation(name: string, events: readonly RunEvent[], rest: Partial<Situation> = {}): Situation {
  const state = replay('7KQ2M', events);
  return {
    name, state, now: t0 + minute, phase: state.phase, requester: state.requester, approved: state.votes.map(({ person }) => person), expired: false,
    fresh: state.startedAt === undefined, busy: state.steps.some(({ status }) => status === 'running'), ...(state.plan === undefined ? {} : { plan: state.plan }), ...rest,
  };
}

const plans: readonly (readonly [string, Plan])[] = [
  ['gentle', gentle],
  ['destroying', planOf(destroying, { policy })],
  ['destroying, with codes', planOf(destroying, { policy: coded })],
  ['gentle, with codes', planOf(gentle.steps, { policy: coded })],
  ['the requester does not count', planOf(gentle.steps, { policy: { ...policy, requesterCounts: false } })],
  ['nobody may break glass', planOf(gentle.steps, { policy: { people: 2, from: ['oncall'], expiresMs: 30 * minute, requesterCounts: true, escalate: [] } })],
];

const votes = (plan: Plan, ...people: readonly string[]): readonly RunEvent[] => [requested, posted(plan), ...people.map((person) => voted(plan, person))];

export const situations: readonly Situation[] = [
  situation('no such run', []),
  situation('planning', [requested]),
  ...plans.flatMap(([name, plan]) => [
    situation(`voting (${name})`, votes(plan)),
    situation(`voting (${name}), the requester approved`, votes(plan, 'alice')),
    situation(`voting (${name}), one approved who has left the group`, votes(plan, 'carol')),
    situation(`voting (${name}), time is over`, votes(plan), { now: t0 + 31 * minute, expired: true }),
  ]),
  situation('voting, enough approved', votes(gentle, 'alice', 'bob')),
  situation('voting, asked by one who may not vote', [{ ...requested, requester: 'dave' } as RunEvent, posted(gentle)]),
  situation('running', [...startedWith(gentle), begun('revert')]),
  situation('failed', [...startedWith(gentle), begun('revert'), failed('revert')], { waits: { as: 'failed', destructive: false } }),
  ...[policy, coded].flatMap((rule) => {
    const started = startedWith(planOf(destroying, { policy: rule }));
    const name = rule === coded ? ', with codes' : '';
    const waits = { as: 'failed', destructive: true } as const;
    return [
      situation(`failed while destroying${name}`, [...started, begun('drop'), failed('drop')], { waits }),
      situation(`failed while destroying${name}, Bob chose Retry`, [...started, begun('drop'), failed('drop'), proposed('bob')], { waits: { ...waits, proposed: { answer: 'retry', by: 'bob' } } }),
      situation(`failed while destroying${name}, one chose Retry who has left the group`, [...started, begun('drop'), failed('drop'), proposed('carol')], { waits }),
      situation(`unknown while destroying${name}`, [...started, begun('drop'), lost('drop')], { waits: { as: 'unknown', destructive: true } }),
    ];
  }),
  situation('a manual line', [...startedWith(gentle), awaited('revert')], { waits: { as: 'awaiting', destructive: false } }),
  situation('ending', [...startedWith(gentle), begun('revert'), { type: 'RunEnding', at: t0, outcome: 'stopped' }]),
  situation('ended', [...startedWith(gentle), { type: 'RunEnded', at: t0, outcome: 'stopped' }]),
];

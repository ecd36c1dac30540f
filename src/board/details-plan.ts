import type { Fact, Json, Plan } from '../plan/plan.js';
import type { RunState } from '../run/state.js';
import type { Language } from './language.js';
import type { Details, Line } from './model.js';
import { planningErrorText } from './planning-error.js';
import type { DetailsView } from './view.js';

export type DetailsSection = Details['sections'][number];

/** The digest's first characters: enough to tell two plans apart, never the whole. */
const shownDigits = 12;

/** What was planned, on which facts, and who may approve it. */
export function planSections(state: RunState, view: DetailsView, language: Language): readonly DetailsSection[] {
  const words = language.words.details;
  const { plan } = state;
  if (plan === undefined) return [{ heading: words.headings.plan, lines: [[planningErrorText(state, view) ?? words.noPlan]] }];
  const drift = state.drift ?? [];
  return [
    { heading: words.headings.plan, lines: planLines(plan, state, language, view) },
    { heading: words.headings.verdict, lines: [[{ bold: language.words.board.verdicts[plan.verdict.kind] }], ...plan.verdict.reasons.map((reason): Line => [reason.text])] },
    { heading: words.headings.lost, lines: plan.verdict.lost.length === 0 ? [[language.words.board.none]] : plan.verdict.lost.map((loss): Line => [loss]) },
    ...(drift.length === 0 ? [] : [{ heading: words.headings.drift, lines: drift.map((one): Line => [language.words.board.driftPlanned(one.label, one.planned, one.now)]) }]),
    { heading: words.headings.policy, lines: policyLines(plan, state, view, language) },
    ...(plan.facts.length === 0 ? [] : [{ heading: words.headings.facts, lines: plan.facts.map((fact): Line => [factText(fact, language, view)]) }]),
    ...(plan.todo.length === 0 ? [] : [{ heading: words.headings.todo, lines: plan.todo.map((line): Line => [line]) }]),
  ];
}

function planLines(plan: Plan, state: RunState, language: Language, view: DetailsView): readonly Line[] {
  const words = language.words.details;
  const planned = state.plannedAt ?? Date.parse(plan.plannedAt);
  return [
    [words.environment(plan.target, plan.environment)],
    [words.runbook(plan.runbook.name, plan.runbook.sha256.slice(0, shownDigits))],
    ...(state.digest === undefined ? [] : [[words.digest(state.digest.slice(0, shownDigits), language.format.time(planned, view.now))]]),
    ...Object.entries(plan.params).map(([name, value]): Line => [words.parameter(name, showJson(value))]),
  ];
}

function policyLines(plan: Plan, state: RunState, view: DetailsView, language: Language): readonly Line[] {
  const words = language.words.details;
  const { format } = language;
  const { policy } = plan;
  return [
    [[
      words.policy(policy.people, policy.from.join(', ')),
      words.voteLasts(format.duration(policy.expiresMs)),
      policy.requesterCounts ? words.requester.counts : words.requester.excluded,
      ...(policy.escalate.length === 0 ? [] : [words.escalate(policy.escalate.join(', '))]),
    ].join('; ')],
    ...(view.voters.length === 0 ? [] : [[words.voters(view.voters.map(view.people).join(', '))]]),
    ...state.votes.map((vote): Line => [words.voteLine(
      view.people(vote.person), words.vote[vote.choice], language.words.board.platforms[vote.via], format.time(vote.at, view.now), format.time(vote.expiresAt, view.now),
    )]),
  ];
}

function factText(fact: Fact, language: Language, view: DetailsView): string {
  const words = language.words.details;
  const { min, max } = fact.threshold ?? {};
  const limits = [...(min === undefined ? [] : [words.threshold.min(min)]), ...(max === undefined ? [] : [words.threshold.max(max)])];
  const read = words.fact(fact.label, shortDigests(showJson(fact.value)), language.format.timeWithSeconds(Date.parse(fact.readAt), view.now));
  return [read, ...limits, ...(fact.kind === 'measured' ? [words.measured] : [])].join('; ');
}

/** Whole digests tell nobody more than their beginnings. */
export function shortDigests(text: string): string {
  return text.replace(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, '$1…');
}

/** A value as a person reads it: text bare, everything else as JSON. */
export function showJson(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

import { languageOf } from '../board/language.js';
import type { Locale } from '../config.js';
import type { Fact, JsonObject } from '../plan/plan.js';
import type { Verdict } from '../verdict/verdict.js';
import { chooseScenario, dataChoices, guideMs, scenarios, type OpenQuestion, type SeenWrites } from './scenario.js';
import { situationOf, writesOf } from './seen-facts.js';

export type ReturnJudgement = { readonly ok: true; readonly verdict: Verdict } | { readonly ok: false; readonly question: OpenQuestion; readonly reasons: readonly string[] };

const uncounted: SeenWrites = { counted: false, why: 'the runbook does not count it' };

/** How a target goes back to its old server, where the plan's facts say anything about a migration. `params`: what people chose; `locale`: of what it says to them. Pure. */
export function judgeReturn(facts: readonly Fact[], params: JsonObject, now: number, locale: Locale): ReturnJudgement | undefined {
  const situation = situationOf(facts);
  if (situation === undefined) return undefined;
  const newWrites = writesOf(facts, 'new') ?? uncounted;
  const asked = scenarios.find((one) => one === params['scenario']);
  const data = dataChoices.find((one) => one === params['data']);
  const choice = chooseScenario({
    now, names: situation.names.map(({ name, leads, why }) => ({ name, leads, ...(why === undefined ? {} : { why }) })), newWrites, oldWrites: writesOf(facts, 'old') ?? uncounted,
    ...(situation.switched === null ? {} : { switched: situation.switched }), ...(asked === undefined ? {} : { asked }), ...(data === undefined ? {} : { data }),
  }, locale);
  if (!choice.ok) return choice;
  const took = situation.took[choice.scenario];
  return {
    ok: true,
    verdict: {
      kind: 'revert-only', reasons: choice.reasons.map((text) => ({ text, facts: [] })), lost: choice.lost,
      scenario: {
        kind: choice.scenario, by: choice.by, reachable: newWrites.counted, ...(choice.data === undefined ? {} : { data: choice.data }),
        ...(situation.switched === null ? {} : { since: new Date(situation.switched.at).toISOString() }),
        expectedMs: took === undefined ? guideMs[choice.scenario] : [took.ms, took.ms], ...(took === undefined ? {} : { of: took.run }),
      },
    },
  };
}

/** What those who vote on a migration have to know: that nobody looks after the new server, and what the target's last migration left open. */
export function openBeforeMigration(facts: readonly Fact[], watched: boolean, locale: Locale): Verdict {
  const words = languageOf(locale).words.wayBack;
  const open = (situationOf(facts)?.open ?? []).map(words.leftOpen);
  const unwatched = watched ? [] : [words.unwatched];
  return { kind: 'revert-only', reasons: [...unwatched, ...open].map((text) => ({ text, facts: [] })), lost: [] };
}

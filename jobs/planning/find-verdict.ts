import type { RunKind } from '../../src/command/command.js';
import type { Locale } from '../../src/config.js';
import type { Fact, JsonObject, Release } from '../../src/plan/plan.js';
import type { Asked } from '../../src/verdict/history-judgement.js';
import { judgeReturn, openBeforeMigration } from '../../src/migration/judge-return.js';
import { hasHistory, verdictOf } from '../../src/verdict/judge.js';
import type { Verdict } from '../../src/verdict/verdict.js';
import type { Parts } from '../parts.js';
import { PlanRefused } from './plan-refused.js';

interface Seen {
  readonly target: string;
  readonly kind: RunKind;
  /** Of what a way back from a migration rests on and loses. */
  readonly locale: Locale;
  readonly scope?: Asked['scope'];
  readonly facts: readonly Fact[];
  readonly params: JsonObject;
  readonly now: number;
  readonly from?: Release;
  readonly to?: Release;
}

/**
 * How the target should go back, from what was read of it. Runs that take nothing back have nothing to judge; a migration says what the last one left open. Throws PlanRefused with a question where
 * facts do not tell which way back from a migration fits.
 */
export async function findVerdict({ config }: Pick<Parts, 'config'>, { kind, locale, scope, facts, params, now, target, from, to }: Seen): Promise<Verdict> {
  if (kind === 'migration') return openBeforeMigration(facts, config.targets[target]?.watch?.after.includes('migration') === true, locale);
  const back = kind === 'rollback' ? judgeReturn(facts, params, now, locale) : undefined;
  if (back?.ok === true) return back.verdict;
  if (back?.ok === false) {
    const { code, text, ru, choices, offers } = back.question;
    const typed = choices.map((choice) => `/${config.command} ${target} ${choice}`);
    throw new PlanRefused(code, `${text} Type ${typed.join(', or ')}.`, { ru: `${ru} Введите ${typed.join(' или ')}.`, seen: back.reasons.join('; '), offers: offers.join(',') });
  }
  if (kind !== 'rollback' && !hasHistory(facts)) return { kind: 'revert-only', reasons: [], lost: [] };
  // A repair goes nowhere: it mends what runs.
  const sameRelease = to === undefined ? kind !== 'rollback' : from !== undefined && from.name === to.name;
  return verdictOf({ sameRelease, ...(scope === undefined ? {} : { scope }), facts });
}

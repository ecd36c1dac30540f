import type { Fact } from '../plan/plan.js';
import { djangoHistoryPrefix, judgeDjango } from './django-facts.js';
import { type Asked, type HistoryJudgement, type JudgeHistory, combineJudgements } from './history-judgement.js';
import { judgePrisma } from './judge-prisma.js';
import { locksOf, sayLock } from './lock-facts.js';
import { historyKeyPrefix } from './migration-facts.js';
import type { Verdict } from './verdict.js';

/** Who judges which history: by the beginning of the fact's key. */
const judges: readonly (readonly [prefix: string, judge: JudgeHistory])[] = [
  [historyKeyPrefix, judgePrisma],
  [djangoHistoryPrefix, judgeDjango],
];

/** Whether something among the facts can be judged. */
export function hasHistory(facts: readonly Fact[]): boolean {
  return facts.some(({ key }) => judges.some(([prefix]) => key.startsWith(prefix)));
}

/** How the target should go back, from every history that the plan's facts hold. Pure. Throws zod's error for a fact that another version wrote. */
export function verdictOf(input: Asked & { readonly facts: readonly Fact[] }): Verdict {
  const { sameRelease, scope, facts } = input;
  const asked: Asked = { sameRelease, ...(scope === undefined ? {} : { scope }) };
  const judgements: readonly HistoryJudgement[] = facts.flatMap((fact) => judges.flatMap(([prefix, judge]) => (fact.key.startsWith(prefix) ? [judge(fact, asked, facts)] : [])));
  const [first, ...more] = judgements;
  const locks = locksOf(facts).flatMap(({ key, holders }) => holders.map((holder) => ({ text: sayLock(holder), facts: [key] })));
  if (first !== undefined) {
    const verdict = combineJudgements([first, ...more]);
    return { ...verdict, reasons: [...verdict.reasons, ...locks] };
  }
  if (sameRelease) return { kind: 'nothing-to-do', reasons: [{ text: 'the release runs already', facts: [] }], lost: [] };
  const unread = scope === 'migration' ? 'no migration history was given, so planb cannot take the schema back; it judged images only' : 'no migration history was given; planb judged images only';
  return { kind: 'revert-only', reasons: [{ text: unread, facts: [] }], lost: [] };
}

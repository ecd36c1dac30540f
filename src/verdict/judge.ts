import type { Fact } from '../plan/plan.js';
import { type MigrationFacts, type MigrationFinding, historyOf } from './migration-facts.js';
import type { Verdict, VerdictReason } from './verdict.js';

/** What the verdict rests on. `historyKey` names the fact that the history came from. */
export interface Evidence {
  /** The release to go to is the one that runs. */
  readonly sameRelease: boolean;
  readonly history?: MigrationFacts;
  readonly historyKey?: string;
}

/** How the target should go back, with reasons that a person can check. Pure; nothing that it allows makes a row or column of user data unreachable. */
export function judge({ sameRelease, history, historyKey }: Evidence): Verdict {
  const facts = historyKey === undefined ? [] : [historyKey];
  const reason = (text: string): VerdictReason => ({ text, facts });
  if (history === undefined) {
    if (sameRelease) return { kind: 'nothing-to-do', reasons: [{ text: 'the release runs already', facts: [] }], lost: [] };
    return { kind: 'revert-only', reasons: [{ text: 'no migration history was given; planb judged images only', facts: [] }], lost: [] };
  }
  const present = history.migrations.filter(isPresent);
  const applied = present.filter(({ state }) => state === 'applied');
  const unrecorded = present.filter(({ state }) => state !== 'applied').map(({ name, why }) => `${name}: ${why}`);
  const asides = [...unrecorded, ...present.flatMap(({ name, cautions }) => cautions.map((text) => `${name}: ${text}`)), ...history.edited.map((name) => `${name}: the releases ship different scripts under this name`), ...pendingOf(history)].map(reason);

  const undecided = history.migrations.filter(({ treatment }) => treatment === 'person');
  if (undecided.length > 0) {
    const reasons = undecided.map(({ name, why }) => reason(`${name}: ${why}; a person has to look before anything goes back, or a backup from before it is restored`));
    return { kind: 'restore-backup', reasons: [...reasons, ...asides], lost: [] };
  }
  const breaking = present.filter((migration) => migration.breaking.length > 0);
  if (breaking.length > 0) {
    const reasons = breaking.flatMap(({ name, breaking: texts }) => texts.map((text) => reason(`${name}: ${text}`)));
    const advice = reason('the older release would fail on this schema; mend the newer one, or have people decide to restore a backup from before these migrations');
    return { kind: 'roll-forward', reasons: [...reasons, advice, ...asides], lost: [] };
  }
  const cleaned = history.migrations.filter(({ treatment }) => treatment === 'mark-rolled-back' || treatment === 'delete-row');
  const additive = applied.length === 0 ? 'no newer migration is applied' : `${count(applied.length, 'newer migration')} ${applied.length === 1 ? 'is' : 'are'} applied, all additive`;
  if (cleaned.length > 0) return { kind: 'clean-history', reasons: [...cleaned.map(cleanReason).map(reason), reason(additive), ...asides], lost: [] };
  if (sameRelease) return { kind: 'nothing-to-do', reasons: [reason('the release runs already, and its migration history is clean')], lost: [] };
  return { kind: 'revert-only', reasons: [reason(additive), ...asides], lost: [] };
}

/** The verdict on what a plan's facts hold. */
export function verdictOf(input: { readonly sameRelease: boolean; readonly facts: readonly Fact[] }): Verdict {
  const history = historyOf(input.facts);
  return judge({ sameRelease: input.sameRelease, ...(history === undefined ? {} : { history: history.facts, historyKey: history.key }) });
}

function cleanReason({ name, treatment, why }: MigrationFinding): string {
  return `${name}: ${why}; ${treatment === 'delete-row' ? 'its row is deleted' : 'its failed row is marked rolled back'}`;
}

/** What the older code will meet: applied, or there without a row that says so. */
function isPresent({ newer, state, objects, treatment }: MigrationFinding): boolean {
  if (!newer || treatment === 'delete-row') return false;
  return state === 'applied' || (state !== 'failed' && (objects === 'all' || objects === 'some'));
}

function pendingOf(history: MigrationFacts): readonly string[] {
  if (history.pending.length === 0) return [];
  return [`the older release will apply ${count(history.pending.length, 'migration')} when it starts: ${history.pending.slice(0, 3).join(', ')}${history.pending.length > 3 ? ', …' : ''}`];
}

function count(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? '' : 's'}`;
}

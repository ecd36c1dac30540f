import type { Asked, HistoryJudgement, JudgeHistory } from './history-judgement.js';
import { type MigrationFacts, type MigrationFinding, migrationFactsSchema } from './migration-facts.js';
import type { VerdictReason } from './verdict.js';

/** Judges a Prisma history fact. */
export const judgePrisma: JudgeHistory = (fact, asked) => judgeMigrations(migrationFactsSchema.parse(fact.value), asked, fact.key);

/**
 * How one Prisma history says that the target should go back, with reasons that a person can check. Prisma reverses nothing, so a schema goes back only with a backup; without a person's `for migration`
 * nothing that this allows makes a row or column of user data unreachable, but `restore-backup` where only a person can settle the rows.
 */
export function judgeMigrations(history: MigrationFacts, asked: Asked, key: string): HistoryJudgement {
  const reason = (text: string): VerdictReason => ({ text, facts: [key] });
  const name = `${history.database}, schema ${history.schema}`;
  const judged = (kind: HistoryJudgement['kind'], texts: readonly string[], lost: readonly string[] = []): HistoryJudgement => ({ history: name, kind, reasons: [...texts, ...asides].map(reason), lost });

  const present = history.migrations.filter((migration) => migration.newer && migration.present);
  const undecided = history.migrations.filter(({ treatment }) => treatment === 'person');
  const undecidedTexts = undecided.map(({ name: which, why, failure }) => `${which}: ${why}${said(failure)}; a person has to look before anything goes back, or a backup from before it is restored`);
  const breakingTexts = present.flatMap(({ name: which, breaking }) => breaking.map((text) => `${which}: ${text}`));
  const asides = asidesOf(history, present, asked.sameRelease);

  if (asked.scope === 'migration' && (present.length > 0 || undecided.length > 0)) {
    const chosen = `the schema goes back too, as asked with "for migration": Prisma cannot reverse a migration, so a backup from before ${present[0]?.name ?? undecided[0]?.name ?? 'them'} is restored`;
    const otherwise = undecided.length + breakingTexts.length === 0 ? ['the older release would run on this schema as it is: without "for migration" nothing is lost'] : [];
    return judged('restore-backup', [chosen, ...otherwise, ...undecidedTexts, ...breakingTexts], lossesOf(history, present));
  }
  // Before what breaks older code: such a history stops the newer release as well.
  if (undecided.length > 0) return judged('restore-backup', [...undecidedTexts, ...breakingTexts], lossesOf(history, present));
  if (breakingTexts.length > 0) {
    const advice = 'the older release would fail on this schema: mend the newer one, or ask again with "for migration" to restore a backup from before these migrations';
    return judged('roll-forward', [...breakingTexts, advice]);
  }

  const cleaned = history.migrations.filter(({ treatment }) => treatment === 'mark-rolled-back' || treatment === 'delete-row' || treatment === 'mark-applied');
  const additive = present.length === 0 ? 'no newer migration is applied' : `${count(present.length, 'newer migration')} ${present.length === 1 ? 'is' : 'are'} applied, all additive`;
  if (cleaned.length > 0) return judged('clean-history', [...cleaned.map(cleanReason), ...(asked.sameRelease ? [] : [additive])]);
  if (asked.sameRelease) return judged('nothing-to-do', ['the release runs already, and its migration history is clean']);
  return judged('revert-only', [additive]);
}

function asidesOf(history: MigrationFacts, present: readonly MigrationFinding[], sameRelease: boolean): readonly string[] {
  const contradicting = history.migrations.filter(({ treatment, state, objects, newer }) => treatment === 'keep-row' && (state === 'applied' ? !newer && (objects === 'some' || objects === 'none') : objects === 'all' || objects === 'some'));
  return [
    ...contradicting.map(({ name, why }) => `${name}: ${why}`),
    ...present.flatMap(({ name, cautions }) => cautions.map((text) => `${name}: ${text}`)),
    ...history.edited.map((name) => `${name}: the releases ship different scripts under this name`),
    ...unknownOf(history, sameRelease),
    ...pendingOf(history),
  ];
}

/** Everything that a restored backup does not have. */
function lossesOf(history: MigrationFacts, present: readonly MigrationFinding[]): readonly string[] {
  return [
    `every row written to ${history.database} since the backup was taken, and every change and deletion since`,
    ...present.flatMap(({ name, holds }) => holds.map((what) => `${what} with what is in it (made by ${name})`)),
  ];
}

const cleanings: Readonly<Partial<Record<MigrationFinding['treatment'], string>>> = {
  'delete-row': 'its row is deleted', 'mark-rolled-back': 'its failed row is marked rolled back', 'mark-applied': 'it is marked as applied',
};

function cleanReason({ name, treatment, why, failure }: MigrationFinding): string {
  return `${name}: ${why}${said(failure)}; ${cleanings[treatment] ?? ''}`;
}

function said(failure: string | null): string {
  return failure === null ? '' : ` (${failure})`;
}

/** After one way back a second one meets what the first release left. */
function unknownOf({ unknown }: MigrationFacts, sameRelease: boolean): readonly string[] {
  if (unknown.length === 0) return [];
  const listed = `${unknown.slice(0, 3).join(', ')}${unknown.length > 3 ? `, … (${unknown.length})` : ''}`;
  return [`${sameRelease ? 'the release does not ship' : 'neither release ships'} ${listed}, which ${unknown.length === 1 ? 'is applied: what it' : 'are applied: what they'} did to the schema was not judged`];
}

function pendingOf({ pending, migrations }: MigrationFacts): readonly string[] {
  const marked = new Set(migrations.filter(({ treatment }) => treatment === 'mark-applied').map(({ name }) => name));
  const left = pending.filter((name) => !marked.has(name));
  if (left.length === 0) return [];
  return [`the older release will apply ${count(left.length, 'migration')} when it starts: ${left.slice(0, 3).join(', ')}${left.length > 3 ? ', …' : ''}`];
}

function count(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? '' : 's'}`;
}

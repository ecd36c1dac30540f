import { z } from 'zod';
import type { Fact } from '../plan/plan.js';
import { type Touched, sayLoss, touchedSchema } from './django-losses.js';
import type { Asked, HistoryJudgement } from './history-judgement.js';
import type { VerdictReason } from './verdict.js';

const findingSchema = z.strictObject({
  database: z.string(),
  /** `app.full_name` */
  id: z.string(),
  breaking: z.array(z.string()),
  cautions: z.array(z.string()),
  irreversible: z.array(z.string()),
  uncounted: z.array(z.string()),
});
export type DjangoFinding = z.output<typeof findingSchema>;

/** One `migrate <app> <to>`; `rows`: the rows of django_migrations that it takes away, of a squashed migration several. */
const stepSchema = z.strictObject({ app: z.string(), to: z.string(), unapplies: z.array(z.string()), rows: z.array(z.string()) });
export type DjangoStep = z.output<typeof stepSchema>;

const databaseSchema = z.strictObject({
  alias: z.string(),
  /** Rows of django_migrations that stay, and SHA-256 over them; those that go. */
  kept: z.number(),
  keptSha256: z.string(),
  goes: z.array(z.string()),
  steps: z.array(stepSchema),
  /** Why these steps cannot take everything newer back. */
  obstacles: z.array(z.string()),
  unknown: z.array(z.string()),
  pending: z.array(z.string()),
  inconsistent: z.array(z.string()),
});
export type DjangoDatabase = z.output<typeof databaseSchema>;

/**
 * What both releases and the live databases say: the value of a history fact. What holds rows is part of it where something breaks older code: the first row in an empty new table
 * changes the verdict then. Elsewhere it decides nothing unasked, would void votes as often as a table fills, and stands among the counts only.
 */
const storedSchema = z.strictObject({
  current: z.string(),
  target: z.string(),
  databases: z.array(databaseSchema),
  /** Newer migrations that are applied. */
  migrations: z.array(findingSchema),
  /** What unapplying them would drop or rewrite, where anything is there. */
  filled: z.array(touchedSchema).nullable(),
  /** The same, where nothing is. */
  empty: z.array(touchedSchema).nullable(),
  /** Aliases of the releases' settings that no URL was given for. */
  unread: z.array(z.string()),
  /** How migrate is run: the program's arguments before its own. */
  command: z.array(z.string()),
  /** `sha256:…` of the image that it runs in, or the folder. */
  runsIn: z.string(),
});
export type StoredDjangoHistory = z.output<typeof storedSchema>;
/** With what holds rows, wherever it stood. */
export type DjangoHistory = Omit<StoredDjangoHistory, 'filled' | 'empty'> & { readonly filled: readonly Touched[]; readonly empty: readonly Touched[] };

/** Keys of history facts and of their counts begin so; what follows tells several histories apart. */
export const djangoHistoryPrefix = 'django-history:';
export const djangoCountsPrefix = 'django-counts:';

/** Everything that unapplying touches; zero rows: it is there and holds nothing. */
const countsSchema = z.array(z.strictObject({ touched: touchedSchema, rows: z.number(), atLeast: z.boolean() }));
export type DjangoCounts = z.output<typeof countsSchema>;

function countsOf(key: string, facts: readonly Fact[]): DjangoCounts {
  const counted = facts.find((fact) => fact.key === key.replace(djangoHistoryPrefix, djangoCountsPrefix));
  return counted === undefined ? [] : countsSchema.parse(counted.value);
}

/** The history that a fact holds; `facts` are all of the plan's. Throws zod's error for a fact that another version wrote. */
export function readDjangoHistory({ key, value }: Pick<Fact, 'key' | 'value'>, facts: readonly Fact[]): DjangoHistory {
  const { filled, empty, ...history } = storedSchema.parse(value);
  const counts = countsOf(key, facts);
  const those = (holds: boolean): readonly Touched[] => counts.filter(({ rows }) => rows > 0 === holds).map(({ touched }) => touched);
  return { ...history, filled: filled ?? those(true), empty: empty ?? those(false) };
}

/** What reversal would lose, with the counts where the plan's facts hold them; these move by themselves, so they are a fact of their own. */
export function djangoLosses(key: string, history: DjangoHistory, facts: readonly Fact[]): readonly string[] {
  const counts = new Map(countsOf(key, facts).map(({ touched, ...count }) => [JSON.stringify(touchedSchema.parse(touched)), count]));
  return history.filled.map((touched) => sayLoss(touched, counts.get(JSON.stringify(touchedSchema.parse(touched)))));
}

/** Why the newer migrations cannot be unapplied, a sentence each; empty: they can. */
export function djangoObstacles(history: DjangoHistory): readonly string[] {
  return [
    ...history.migrations.flatMap(({ id, irreversible }) => irreversible.map((text) => `${id}: ${text}`)),
    ...history.databases.flatMap(({ obstacles, inconsistent }) => [...obstacles, ...inconsistent]),
    ...history.filled.filter(({ fails }) => fails === true).map((touched) => `unapplying would fail: ${sayLoss(touched, undefined)}`),
  ];
}

/**
 * How a Django schema goes back (facts.md, Flagsmith and Django): older code does not mind rows that it does not know, so nothing is reversed unless the newer migrations break it or a person asks for it.
 * Unasked, migrations are reversed only where that loses nothing. `facts`: the plan's, for the counts.
 */
export function judgeDjango(fact: Fact, asked: Asked, facts: readonly Fact[] = []): HistoryJudgement {
  const history = readDjangoHistory(fact, facts);
  const reason = (text: string): VerdictReason => ({ text, facts: [fact.key] });
  const judged = (kind: HistoryJudgement['kind'], reasons: readonly string[], lost: readonly string[] = []): HistoryJudgement => ({ history: fact.label, kind, reasons: reasons.map(reason), lost });
  const breaking = history.migrations.flatMap(({ id, breaking: texts }) => texts.map((text) => `${id}: ${text}`));
  const refused = history.databases.flatMap(({ inconsistent }) => inconsistent);
  const asides = asidesOf(history);
  const chosen = asked.scope === 'migration';

  if (refused.length > 0) {
    const why = refused.map((text) => `${text}; "migrate" refuses this history (InconsistentMigrationHistory)`);
    return chosen ? judged('restore-backup', [...why, ...asides], restoreLosses(history)) : judged('roll-forward', [...why, 'ask for it "for migration" to restore a backup from before', ...asides]);
  }
  if (history.migrations.length === 0) return judged(asked.sameRelease ? 'nothing-to-do' : 'revert-only', [asked.sameRelease ? 'the release runs already, and its migrations are applied' : 'no newer migration is applied', ...asides]);
  const applied = `${history.migrations.length} newer ${history.migrations.length === 1 ? 'migration is' : 'migrations are'} applied`;
  if (breaking.length === 0 && !chosen) return judged('revert-only', [`${applied}, and older code works with ${history.migrations.length === 1 ? 'it' : 'them'}`, ...asides]);

  const obstacles = djangoObstacles(history);
  const uncounted = history.migrations.flatMap(({ id, uncounted: texts }) => texts.map((text) => `${id}: ${text}`));
  const losses = djangoLosses(fact.key, history, facts);
  if (obstacles.length > 0) {
    if (chosen) return judged('restore-backup', [...obstacles, ...breaking, applied, ...asides], restoreLosses(history));
    return judged('roll-forward', [...breaking, ...obstacles.map((text) => `no way back by migrations: ${text}`), 'mend the newer release, or ask for it "for migration" to restore a backup', ...asides]);
  }
  if (chosen) return judged('reverse-migrations', [applied, ...breaking, ...uncounted, ...asides], [...losses, ...uncounted]);
  if (losses.length === 0 && uncounted.length === 0) return judged('reverse-migrations', [...breaking, `${applied}; unapplying loses nothing, since what ${history.migrations.length === 1 ? 'it made' : 'they made'} is empty`, ...asides]);
  return judged('roll-forward', [...breaking, ...[...losses, ...uncounted].map((text) => `unapplying would lose: ${text}`), 'mend the newer release, or ask for it "for migration" to unapply with these losses', ...asides]);
}

/** Everything that a restored backup does not have, of the databases that something newer lies in. */
function restoreLosses({ databases, migrations }: DjangoHistory): readonly string[] {
  const concerned = databases.filter(({ alias, inconsistent, obstacles }) => inconsistent.length > 0 || obstacles.length > 0 || migrations.some(({ database }) => database === alias));
  return concerned.map(({ alias }) => `every row written to database ${alias} since the backup was taken, and every change and deletion since`);
}

function asidesOf(history: DjangoHistory): readonly string[] {
  const listed = (ids: readonly string[]): string => `${ids.slice(0, 3).join(', ')}${ids.length > 3 ? `, … (${ids.length})` : ''}`;
  return [
    ...history.migrations.flatMap(({ id, cautions }) => cautions.map((text) => `${id}: ${text}`)),
    ...history.databases.flatMap(({ alias, unknown, pending }) => [
      ...(unknown.length === 0 ? [] : [`${alias}: neither release ships ${listed(unknown)}`]),
      ...(pending.length === 0 ? [] : [`${alias}: the older release will apply ${listed(pending)} when it migrates`]),
    ]),
    ...(history.unread.length === 0 ? [] : [`not looked at, since no URL is given: ${history.unread.join(', ')}`]),
  ];
}

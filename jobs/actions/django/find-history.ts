import type { ActionContext } from '../../../src/ports/action.js';
import { type DjangoComparison, compareReleases } from '../../../src/verdict/django-compare.js';
import { classifyDjango, gatherNew, type ReadSql } from '../../../src/verdict/django-effects.js';
import type { DjangoCounts, DjangoDatabase, DjangoFinding, StoredDjangoHistory } from '../../../src/verdict/django-facts.js';
import { type DjangoMigration, type DjangoRelease, migrationId } from '../../../src/verdict/django-graph.js';
import { type Touched, findTouched, sayLoss } from '../../../src/verdict/django-losses.js';
import { planReversal } from '../../../src/verdict/django-reversal.js';
import { ActionError } from '../action-error.js';
import { countTouched } from './count-touched.js';
import { hashKept, readRows, withDatabase } from './history-rows.js';
import type { Manage } from './manage.js';
import { preview } from './preview.js';
import { readSqlOf } from './read-sql.js';
import type { CurrentSource } from './source.js';

/** Two releases that were read, and where the running one's manage.py is. */
export interface Releases {
  readonly current: DjangoRelease;
  readonly target: DjangoRelease;
  readonly names: { readonly current: string; readonly target: string };
  readonly source: CurrentSource;
  readonly manage: Manage;
}

/** What both releases and each database say about going back. `databases`: URLs by alias. Reads only; what it would do is previewed by Django itself. */
export async function findHistory(context: ActionContext, releases: Releases, databases: Readonly<Record<string, string>>): Promise<{ readonly history: StoredDjangoHistory; readonly counts: DjangoCounts }> {
  const aliases = [...new Set([...releases.current.databases, ...releases.target.databases])].sort();
  const strange = Object.keys(databases).find((alias) => !aliases.includes(alias));
  if (strange !== undefined) throw new ActionError('unknown-database', `the releases' settings know the databases ${aliases.join(', ')}, not ${strange}`);
  const read = [];
  for (const alias of Object.keys(databases).sort()) read.push(await findInDatabase(context, releases, alias, databases[alias] ?? ''));
  const touched = read.flatMap(({ counted }) => counted);
  const migrations = read.flatMap(({ findings }) => findings);
  const those = (holds: boolean): Touched[] | null => (migrations.some(({ breaking }) => breaking.length > 0) ? touched.flatMap(({ touched: one, count }) => (count.rows > 0 === holds ? [one] : [])) : null);
  return {
    history: {
      current: releases.names.current, target: releases.names.target,
      databases: read.map(({ database }) => database),
      migrations, filled: those(true), empty: those(false),
      unread: aliases.filter((alias) => databases[alias] === undefined),
      command: [...releases.manage.command], runsIn: releases.manage.runsIn,
    },
    counts: touched.map(({ touched: one, count }) => ({ touched: one, ...count })),
  };
}

interface InDatabase {
  readonly database: DjangoDatabase;
  readonly findings: readonly DjangoFinding[];
  readonly counted: readonly { readonly touched: Touched; readonly count: { readonly rows: number; readonly atLeast: boolean } }[];
}

async function findInDatabase(context: ActionContext, releases: Releases, alias: string, url: string): Promise<InDatabase> {
  return withDatabase(context, url, async (connection) => {
    const rows = await readRows(connection, alias);
    const comparison = compareReleases(releases.current, releases.target, rows);
    const newer = comparison.newer.flatMap((id) => comparison.graph.migrations.get(id) ?? []);
    const sql = await readSqlOf(newer);
    const findings = classify(newer, comparison, alias, sql);
    const reversal = planReversal(comparison);
    const obstacles = [...reversal.obstacles];
    const counted = [];
    for (const touched of findTouched(newer.flatMap(({ operations }) => operations), alias, sql)) {
      const count = await countTouched(connection, touched);
      if (count === undefined) obstacles.push(`${alias}: ${sayLoss(touched, undefined)} is recorded as made and is not there`);
      else counted.push({ touched, count });
    }
    const reversible = findings.every(({ irreversible }) => irreversible.length === 0) && obstacles.length === 0 && comparison.inconsistent.current.length === 0;
    if (reversible) for (const step of reversal.steps) obstacles.push(...(await preview(context, releases, alias, step)));
    return {
      findings, counted,
      database: {
        alias, kept: rows.size - comparison.rows.length, keptSha256: hashKept(rows, comparison.rows), goes: [...comparison.rows],
        steps: reversal.steps.map(({ app, to, unapplies }) => ({ app, to, unapplies: [...unapplies], rows: rowsOf(unapplies, comparison) })),
        obstacles, unknown: [...comparison.unknown], pending: [...comparison.pending],
        inconsistent: [...new Set([...comparison.inconsistent.target, ...comparison.inconsistent.current])],
      },
    };
  });
}

function classify(newer: readonly DjangoMigration[], { graph }: DjangoComparison, alias: string, sql: ReadSql): readonly DjangoFinding[] {
  const made = gatherNew([...graph.migrations.values()].filter((migration) => newer.includes(migration)).flatMap(({ operations }) => operations));
  return newer.map((migration) => {
    const { breaking, cautions, irreversible, uncounted } = classifyDjango(migration, alias, made, sql);
    return { database: alias, id: migrationId(migration.app, migration.name), breaking: [...breaking], cautions: [...cautions], irreversible: [...irreversible], uncounted: [...uncounted] };
  });
}

function rowsOf(unapplies: readonly string[], { graph, rows }: DjangoComparison): string[] {
  const ids = unapplies.flatMap((id) => [id, ...(graph.migrations.get(id)?.replaces ?? []).map(([app, name]) => migrationId(app, name))]);
  return rows.filter((row) => ids.includes(row));
}

import type { ParseResult } from 'libpg-query';
import type { TargetDatabase } from '../../../src/ports/target-database.js';
import { classifyMigration, gatherKnowledge } from '../../../src/verdict/classify-migration.js';
import { type MigrationEffects, type SchemaKnowledge, objectKey } from '../../../src/verdict/effects.js';
import type { MigrationFacts, MigrationFinding } from '../../../src/verdict/migration-facts.js';
import { treatMigration } from '../../../src/verdict/treat-migration.js';
import { type LiveRow, hashHistory, readHistory } from './history-table.js';
import { parseSql } from './parse-sql.js';
import { probeObjects } from './probe-objects.js';
import type { ShippedMigration } from './read-migrations.js';

type Shipped = ReadonlyMap<string, ShippedMigration>;

/**
 * Compares both releases' migrations with the live database. Newer is what the current release ships and the target does not (by name: Prisma compares nothing else; never by
 * order or date, facts.md). Failed rows matter whoever ships them.
 */
export async function findHistory(database: TargetDatabase, schema: string, current: Shipped, target: Shipped): Promise<MigrationFacts> {
  const rows = await readHistory(database, schema);
  const newer = [...current.keys()].filter((name) => !target.has(name)).sort();
  const failed = [...new Set(rows.filter(({ state }) => state === 'failed').map(({ name }) => name))].filter((name) => !newer.includes(name)).sort();

  const trees = new Map<string, ParseResult | undefined>();
  for (const { name, sql } of new Map([...target, ...current]).values()) trees.set(name, await parseSql(sql));
  const known = gatherKnowledge(newer.flatMap((name) => trees.get(name) ?? []), [...trees.values()].flatMap((tree) => tree ?? []));
  const migrations = await findMigrations(database, schema, { names: [...newer, ...failed], newer: new Set(newer), rows, trees, known });

  const changing = new Map(migrations.filter(({ treatment }) => treatment === 'mark-rolled-back' || treatment === 'delete-row').map(({ name, treatment }) => [name, treatment]));
  const changed = rows.filter(({ name, state }) => {
    const treatment = changing.get(name);
    return (treatment === 'mark-rolled-back' && state === 'failed') || (treatment === 'delete-row' && state !== 'rolled-back');
  });
  const applied = new Set(rows.filter(({ state }) => state === 'applied').map(({ name }) => name));
  return {
    schema,
    rows: rows.length,
    sha256: hashHistory(rows),
    migrations: migrations.filter(({ state, objects }) => state !== 'none' || objects === 'all' || objects === 'some'),
    changed: changed.map(({ id, name, checksum, state }) => ({ id, name, checksum, state })),
    edited: [...target.values()].filter(({ name, sha256 }) => current.has(name) && current.get(name)?.sha256 !== sha256).map(({ name }) => name).sort(),
    pending: [...target.keys()].filter((name) => !applied.has(name)).sort(),
  };
}

interface Given {
  readonly names: readonly string[];
  readonly newer: ReadonlySet<string>;
  readonly rows: readonly LiveRow[];
  readonly trees: ReadonlyMap<string, ParseResult | undefined>;
  readonly known: SchemaKnowledge;
}

async function findMigrations(database: TargetDatabase, schema: string, given: Given): Promise<readonly MigrationFinding[]> {
  const effects = new Map(given.names.map((name) => [name, effectsOf(name, given)] as const));
  // What one migration made and another took away again proves nothing by its absence.
  const removed = new Set([...effects.values()].flatMap((one) => one?.removes ?? []).map(objectKey));
  const probes = given.names.flatMap((name) => (effects.get(name)?.creates ?? []).filter((object) => !removed.has(objectKey(object))).map((object) => ({ name, object })));
  const there = await probeObjects(database, schema, probes.map(({ object }) => object));

  return given.names.map((name) => {
    const found = probes.flatMap((probe, index) => (probe.name === name ? [there[index] === true] : []));
    const objects = found.length === 0 ? 'unknown' : found.every(Boolean) ? 'all' : found.some(Boolean) ? 'some' : 'none';
    const rows = given.rows.filter((row) => row.name === name);
    const failed = rows.filter(({ state }) => state === 'failed');
    const state = failed.length > 0 ? 'failed' : rows.some((row) => row.state === 'applied') ? 'applied' : rows.length > 0 ? 'rolled-back' : 'none';
    const newer = given.newer.has(name);
    const one = effects.get(name);
    const evidence = { state, objects, newer, transactional: one?.transactional === true, errorLogged: failed.length > 0 && failed.every(({ errorLogged }) => errorLogged) } as const;
    return { name, state, objects, newer, ...treatMigration(evidence), breaking: [...(one?.breaking ?? [])], cautions: one === undefined ? ['its script cannot be read as SQL'] : [...one.cautions] };
  });
}

/** Undefined: nobody ships it, or PostgreSQL's parser refuses it. */
function effectsOf(name: string, { trees, known }: Given): MigrationEffects | undefined {
  const tree = trees.get(name);
  return tree === undefined ? undefined : classifyMigration(tree, known);
}

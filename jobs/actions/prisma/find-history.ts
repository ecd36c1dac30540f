import { createHash } from 'node:crypto';
import type { TargetDatabase } from '../../../src/ports/target-database.js';
import { classifyMigration } from '../../../src/verdict/classify-migration.js';
import type { MigrationEffects } from '../../../src/verdict/effects.js';
import { type ObjectEvidence, objectLives, readEvidence, removersOf } from '../../../src/verdict/expected-objects.js';
import type { HistoryRow, MigrationFacts, MigrationFinding, NewRow } from '../../../src/verdict/migration-facts.js';
import { gatherKnowledge, nothingKnown } from '../../../src/verdict/schema-knowledge.js';
import type { Script } from '../../../src/verdict/script.js';
import { treatMigration } from '../../../src/verdict/treat-migration.js';
import { compareShipped } from './compare-shipped.js';
import { type LiveRow, findHistoryTable, hashHistory, readHistory } from './history-table.js';
import { parseSql } from './parse-sql.js';
import { countEvidence, probeObjects } from './probe-objects.js';
import type { ShippedMigration } from './read-migrations.js';

type Shipped = ReadonlyMap<string, ShippedMigration>;

/** One migration on its way to a finding. */
interface Candidate {
  readonly name: string;
  readonly newer: boolean;
  readonly rows: readonly LiveRow[];
  readonly script: Script | undefined;
  readonly effects: MigrationEffects | undefined;
}

type Judged = Candidate & Pick<MigrationFinding, 'state' | 'objects' | 'present' | 'treatment' | 'why'>;

/**
 * Compares both releases' migrations with the live database. Newer is what the current release ships and the target does not (by name: Prisma compares nothing else; never by
 * order or date, facts.md). Failed rows matter whoever ships them. Where both are the same release this is a repair, and all of its migrations are looked at as newer ones are. Each script is parsed
 * once, and all objects are looked for in one query.
 */
export async function findHistory(database: TargetDatabase, schema: string, current: Shipped, target: Shipped): Promise<MigrationFacts> {
  const { database: name, mayWrite, role } = await findHistoryTable(database, schema);
  const rows = await readHistory(database, schema);
  const difference = compareShipped(current, target);
  const repair = [difference.newer, difference.removed, difference.edited].every(({ length }) => length === 0);
  const candidates = await readCandidates(rows, schema, current, target);
  const applied = new Set(rows.filter(({ state }) => state === 'applied').map((row) => row.name));
  const effects = new Map(candidates.flatMap((one) => (one.effects === undefined ? [] : [[one.name, one.effects]])));
  let lives = objectLives(effects, applied);
  // Compiling the query would take longer than running it.
  const there = await database.transaction(async (inside) => {
    await inside.query('SET LOCAL jit = off');
    return probeObjects(inside, lives.map(({ object }) => object));
  });
  let evidence = readEvidence(lives, there);
  const removers = removersOf(lives, there, new Set(candidates.filter((one) => one.newer).map((one) => one.name)));
  const judge = (one: Candidate, changesRows: boolean): Judged => judgeCandidate(one, evidence.get(one.name) ?? [], repair, changesRows);
  let drafted = candidates.map((one) => judge(one, false));
  // What is found to have run without a row tells of those before it.
  for (const ran = new Set(applied); drafted.some(({ name: one, treatment }) => treatment === 'mark-applied' && !ran.has(one));) {
    for (const { name: one, treatment } of drafted) if (treatment === 'mark-applied') ran.add(one);
    lives = objectLives(effects, ran);
    evidence = readEvidence(lives, there);
    drafted = drafted.map((one) => (ran.has(one.name) ? one : judge(one, false)));
  }
  const repeating = changersOf(drafted.filter(({ treatment }) => treatment === 'delete-row'), drafted, schema);
  const judged = drafted.map((one) => (repeating.has(one.name) ? judge(one, true) : one)).map((one) => (removers.has(one.name) ? { ...one, present: true } : one));

  const newer = judged.filter((one) => one.newer && one.present);
  const known = gatherKnowledge(scriptsOf(judged.filter((one) => !one.newer)), scriptsOf(newer), schema);
  const findings = judged.filter(matters).map((one): MigrationFinding => {
    const judgedEffects = one.script === undefined ? undefined : classifyMigration(one.script, known, schema);
    const failure = one.rows.find((row) => row.failure !== undefined)?.failure;
    return {
      name: one.name, state: one.state, objects: one.objects, newer: one.newer, present: one.present, treatment: one.treatment, why: one.why, failure: failure ?? null,
      breaking: one.newer ? [...(judgedEffects?.breaking ?? [])] : [],
      cautions: !one.newer ? [] : [...(ranOtherwise(one, current) ? [otherScript] : []), ...(judgedEffects === undefined ? ['its script cannot be read as SQL'] : judgedEffects.cautions)],
      holds: one.newer && one.present ? holdsOf(evidence.get(one.name) ?? []) : [],
    };
  });
  const sha256 = hashHistory(rows);
  return {
    database: name, schema, role, mayWrite, rows: rows.length, sha256, migrations: findings, changed: [...changedRows(rows, findings)], written: [...writtenRows(sha256, findings, current, target)],
    edited: [...difference.edited],
    unknown: [...applied].filter((one) => !current.has(one) && !target.has(one) && !localOnly.test(one)).sort(),
    pending: [...target.keys()].filter((one) => !applied.has(one)).sort(),
  };
}

/** Everything that either release ships or that failed, in the order in which it ran; what did not run is to come after that. */
async function readCandidates(rows: readonly LiveRow[], schema: string, current: Shipped, target: Shipped): Promise<readonly Candidate[]> {
  const byName = new Map<string, LiveRow[]>();
  for (const row of rows) byName.set(row.name, [...(byName.get(row.name) ?? []), row]);
  const failed = rows.filter(({ state }) => state === 'failed').map(({ name }) => name);
  const ranAt = (name: string): number => Math.min(Infinity, ...(byName.get(name) ?? []).filter(({ state }) => state === 'applied').map(({ startedAt }) => startedAt));
  const names = [...new Set([...target.keys(), ...current.keys(), ...failed])].map((name) => ({ name, at: ranAt(name) }));
  names.sort((a, b) => (a.at === b.at ? (a.name < b.name ? -1 : 1) : a.at - b.at));
  const candidates: Candidate[] = [];
  for (const { name } of names) {
    const newer = current.has(name) && !target.has(name);
    const shipped = newer ? current.get(name) : (target.get(name) ?? current.get(name));
    const script = shipped === undefined ? undefined : await parseSql(shipped.sql);
    candidates.push({ name, newer, rows: byName.get(name) ?? [], script, effects: script === undefined ? undefined : classifyMigration(script, nothingKnown, schema) });
  }
  return candidates;
}

const scriptsOf = (list: readonly Candidate[]): readonly Script[] => list.flatMap(({ script }) => (script === undefined ? [] : [script]));

/** Of those that are to run again, the ones that would change rows a second time. What they all make is gone, and so is what they filled it with. */
function changersOf(again: readonly Candidate[], all: readonly Candidate[], schema: string): ReadonlySet<string> {
  if (again.length === 0) return new Set();
  const known = gatherKnowledge(scriptsOf(all.filter((one) => !again.includes(one))), scriptsOf(again), schema);
  return new Set(again.filter(({ script }) => script !== undefined && classifyMigration(script, known, schema).changesRows).map(({ name }) => name));
}

/** Made by tools for one database; no release ships them (facts.md). */
const localOnly = /^0_init$|_baseline_diff$/;
const otherScript = 'another script ran under this name (its row has another checksum), and it was judged by the one that the release ships';

function ranOtherwise({ name, rows }: Candidate, current: Shipped): boolean {
  return rows.some(({ state, checksum }) => state === 'applied' && checksum !== current.get(name)?.sha256);
}

function judgeCandidate(one: Candidate, evidence: readonly ObjectEvidence[], repair: boolean, changesRows: boolean): Judged {
  const failed = one.rows.filter(({ state }) => state === 'failed');
  const alsoApplied = one.rows.some(({ state }) => state === 'applied');
  const state = failed.length > 0 ? 'failed' : alsoApplied ? 'applied' : one.rows.length > 0 ? 'rolled-back' : 'none';
  const { objects, complete, partsThere } = countEvidence(evidence, state !== 'applied');
  const { treatment, why } = treatMigration({
    state, objects, newer: one.newer || repair, alsoApplied, changesRows, transactional: one.effects?.transactional === true, complete: one.effects?.complete === true && complete,
    repeatable: one.effects?.complete === true && one.effects.changes.every(({ sure, detail }) => !sure || detail),
    errorLogged: failed.length > 0 && failed.every(({ failure }) => failure !== undefined),
  });
  const present = state === 'applied' || alsoApplied ? treatment !== 'delete-row' : objects === 'all' || objects === 'some' || (objects === 'unknown' && partsThere);
  return { ...one, state, objects, treatment, why, present };
}

/** What a person or the verdict has to know of. */
function matters({ newer, state, objects, treatment, present }: Judged): boolean {
  if (newer && present) return true;
  if (state === 'failed' || (treatment !== 'keep-row')) return true;
  if (state === 'applied') return newer || objects === 'none' || objects === 'some';
  return (newer && state !== 'none') || objects === 'all' || objects === 'some';
}

function holdsOf(evidence: readonly ObjectEvidence[]): string[] {
  return evidence.flatMap(({ object, there, asExpected, detail, hidden }) => {
    if (!there || !asExpected || detail || hidden) return [];
    if (object.kind === 'table') return [`table "${object.name}"`];
    return object.kind === 'column' ? [`column "${object.name}" of "${object.of ?? ''}"`] : [];
  });
}

function changedRows(rows: readonly LiveRow[], findings: readonly MigrationFinding[]): readonly HistoryRow[] {
  const treatments = new Map(findings.map(({ name, treatment }) => [name, treatment]));
  return rows
    .filter(({ name, state }) => {
      const treatment = treatments.get(name);
      return treatment === 'delete-row' ? state !== 'rolled-back' : (treatment === 'mark-rolled-back' || treatment === 'mark-applied') && state === 'failed';
    })
    .map(({ id, name, checksum, state }) => ({ id, name, checksum, state }));
}

function writtenRows(sha256: string, findings: readonly MigrationFinding[], current: Shipped, target: Shipped): readonly NewRow[] {
  return findings.flatMap(({ name, treatment, newer }) => {
    const shipped = newer ? current.get(name) : (target.get(name) ?? current.get(name));
    if (treatment !== 'mark-applied' || shipped === undefined) return [];
    const hex = createHash('sha256').update(`${sha256}\n${name}\n${shipped.sha256}`).digest('hex');
    return [{ id: `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`, name, checksum: shipped.sha256 }];
  });
}

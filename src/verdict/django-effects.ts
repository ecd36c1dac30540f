import type { DjangoField, DjangoMigration, DjangoOperation } from './django-graph.js';

/** What PostgreSQL's parser said of a text of SQL. */
export interface SqlReading {
  readonly breaking: readonly string[];
  readonly cautions: readonly string[];
  /** Names that are gone afterwards. `of`: a column's table. */
  readonly removes: readonly { readonly kind: string; readonly of?: string; readonly name: string }[];
}

/** Readings by text; a text that is missing could not be read. */
export type ReadSql = ReadonlyMap<string, SqlReading>;

/** What one newer migration means on one database, a sentence each. */
export interface DjangoEffects {
  /** Why the older release's code would fail. */
  readonly breaking: readonly string[];
  /** What it may stumble over. */
  readonly cautions: readonly string[];
  /** Why it cannot be unapplied. */
  readonly irreversible: readonly string[];
  /** What unapplying it does that cannot be counted beforehand. */
  readonly uncounted: readonly string[];
  readonly atomic: boolean;
}

/** What newer migrations made: whatever is done to these later meets no older code. */
export interface NewObjects {
  readonly tables: ReadonlySet<string>;
  /** `table.column` */
  readonly columns: ReadonlySet<string>;
}

export const columnId = (table: string, column: string): string => `${table}.${column}`;

/** Names of all tables and columns that these operations create, under every name that they are given later. */
export function gatherNew(operations: readonly DjangoOperation[]): NewObjects {
  const tables = new Set<string>();
  const columns = new Set<string>();
  for (const { kind, table = '', newTable = '', links = [], before, after } of operations) {
    if (kind === 'CreateModel') for (const one of [table, ...links]) tables.add(one);
    if ((kind === 'RenameModel' || kind === 'AlterModelTable') && tables.has(table)) tables.add(newTable);
    if (kind === 'AddField' && after?.link !== undefined) tables.add(after.link);
    if (kind === 'AddField' && after?.column !== undefined) columns.add(columnId(table, after.column));
    if ((kind === 'RenameField' || kind === 'AlterField') && columns.has(columnId(table, before?.column ?? ''))) columns.add(columnId(table, after?.column ?? ''));
  }
  return { tables, columns };
}

interface Said { readonly breaking: string[]; readonly cautions: string[]; readonly irreversible: string[]; readonly uncounted: string[] }

/**
 * What a migration means for the older release's code, and what unapplying it would do. Pure; an operation that is not known to be harmless is named, never passed over.
 * Which operations Django can reverse is Django's own word (`operation.reversible`), read in the release.
 */
export function classifyDjango(migration: DjangoMigration, database: string, made: NewObjects, sql: ReadSql): DjangoEffects {
  const said: Said = { breaking: [], cautions: [], irreversible: [], uncounted: [] };
  for (const operation of migration.operations.filter(({ databases, real }) => databases.includes(database) && real !== false)) {
    if (!operation.reversible) said.irreversible.push(`"${operation.says}" (${operation.class}) cannot be reversed`);
    classifyOperation(operation, made, sql, said);
  }
  if (!migration.atomic) said.uncounted.push('it is not one transaction, so a failure midway would leave it half unapplied');
  return { ...said, atomic: migration.atomic };
}

function classifyOperation(operation: DjangoOperation, made: NewObjects, sql: ReadSql, said: Said): void {
  const { kind, table = '', newTable = '', before, after } = operation;
  const isNew = made.tables.has(table) || made.columns.has(columnId(table, before?.column ?? ''));
  switch (kind) {
    case 'CreateModel': {
      const old = (operation.references ?? []).filter((one) => !made.tables.has(one));
      if (old.length > 0) said.cautions.push(`the older release cannot delete rows of ${old.join(', ')} that rows of the new table ${table} point at`);
      return;
    }
    case 'DeleteModel':
      if (!isNew) said.breaking.push(`it drops table ${table}, which the older release reads; unapplied it comes back empty`);
      return;
    case 'RenameModel':
    case 'AlterModelTable':
      if (!isNew && table !== newTable) said.breaking.push(`it renames table ${table} to ${newTable}`);
      return;
    case 'AddField':
      if (after?.column !== undefined && !isNew && after.null === false && after.databaseDefault !== true) {
        said.breaking.push(`it adds column ${columnId(table, after.column)}, NOT NULL and without a default in the database, so the older release cannot insert rows`);
      }
      return;
    case 'RemoveField':
      if (isNew || before === undefined) return;
      if (before.link !== undefined) said.breaking.push(`it drops table ${before.link}, which the older release reads; unapplied it comes back empty`);
      if (before.column !== undefined) said.breaking.push(`it drops column ${columnId(table, before.column)}, which the older release reads; unapplied it comes back empty`);
      return;
    case 'RenameField':
    case 'AlterField':
      if (!isNew) changeField(table, before, after, said);
      return;
    case 'AddConstraint':
      if (!isNew) said.cautions.push(`rows of ${table} must meet a new constraint ("${operation.says}"), which the older release does not know`);
      return;
    case 'RemoveConstraint':
      if (!isNew) said.uncounted.push(`a constraint comes back ("${operation.says}" reversed), which fails if rows break it by now`);
      return;
    case 'AlterUniqueTogether':
      changeTogether(operation, isNew, said);
      return;
    case 'RunSQL':
      classifySql(operation, sql, said);
      return;
    case 'RunPython':
      said.cautions.push(`it ran ${operation.code ?? 'code'}, which may have changed data`);
      if (typeof operation.reverseCode === 'string' && operation.reverseCode !== 'noop') said.uncounted.push(`${operation.reverseCode} runs, and nobody can tell beforehand what it changes`);
      return;
    case 'Other':
      said.cautions.push(`"${operation.says}" (${operation.class}) is not one of Django's own operations`);
      said.uncounted.push(`"${operation.says}" (${operation.class}) is not one of Django's own operations, and nobody can tell beforehand what reversing it changes`);
      return;
    case 'AlterOrderWithRespectTo':
      said.cautions.push(`"${operation.says}" changes table ${table}`);
      said.uncounted.push(`"${operation.says}" reversed changes table ${table}`);
      return;
    case 'AddIndex':
    case 'RemoveIndex':
    case 'RenameIndex':
    case 'AlterIndexTogether':
    case 'StateOnly':
    case 'CreateExtension':
      return;
    default:
      kind satisfies never;
  }
}

function changeField(table: string, before: DjangoField | undefined, after: DjangoField | undefined, said: Said): void {
  if (before?.link !== after?.link) said.breaking.push(`it changes the table of links ${before?.link ?? '(none)'} to ${after?.link ?? '(none)'}`);
  if (before?.column === undefined || after?.column === undefined) return;
  const name = columnId(table, before.column);
  if (before.column !== after.column) said.breaking.push(`it renames column ${name} to ${after.column}`);
  if (isRetyped(before, after)) said.breaking.push(`it changes the type of ${name} from ${before.type ?? '?'} to ${after.type ?? '?'}`);
  else if (isShortened(before, after)) said.breaking.push(`it shortens ${name} to ${after.size?.[0] ?? '?'} characters`);
  if (before.null === true && after.null === false && after.databaseDefault !== true) said.breaking.push(`${name} becomes NOT NULL, and the older release may leave it empty`);
  if (before.null === false && after.null === true) said.cautions.push(`${name} may be NULL now, which the older release does not expect`);
  if (before.unique === false && after.unique === true) said.cautions.push(`${name} must be unique now, which the older release does not know`);
  if (before.unique === true && after.unique === false) said.uncounted.push(`${name} becomes unique again, which fails if values repeat by now`);
}

/** Column types that one name covers in PostgreSQL. */
const families: Readonly<Record<string, string>> = {
  CharField: 'varchar', SlugField: 'varchar', URLField: 'varchar', EmailField: 'varchar', FileField: 'varchar', ImageField: 'varchar', FilePathField: 'varchar', OneToOneField: 'ForeignKey',
};
/** Changes after which older code reads and writes as before. */
const widenings = new Set(['varchar>TextField', 'AutoField>BigAutoField', 'SmallAutoField>AutoField', 'IntegerField>BigIntegerField', 'SmallIntegerField>IntegerField', 'PositiveIntegerField>PositiveBigIntegerField', 'PositiveSmallIntegerField>PositiveIntegerField', 'GenericIPAddressField>IPAddressField']);

const familyOf = ({ type = '?' }: DjangoField): string => families[type] ?? type;

export function isSameType(before: DjangoField, after: DjangoField): boolean {
  return familyOf(before) === familyOf(after) && (familyOf(before) === 'varchar' || String(before.size?.slice(1)) === String(after.size?.slice(1)));
}

function isRetyped(before: DjangoField, after: DjangoField): boolean {
  return !isSameType(before, after) && !widenings.has(`${familyOf(before)}>${familyOf(after)}`);
}

function isShortened(before: DjangoField, after: DjangoField): boolean {
  const [old, now] = [before.size?.[0], after.size?.[0]];
  return familyOf(after) === 'varchar' && typeof now === 'number' && (typeof old !== 'number' || now < old);
}

function changeTogether({ table = '', uniqueBefore = [], uniqueAfter = [] }: DjangoOperation, isNew: boolean, said: Said): void {
  if (isNew) return;
  const text = (groups: readonly (readonly string[])[]): readonly string[] => groups.map((group) => group.join(', '));
  const [old, now] = [text(uniqueBefore), text(uniqueAfter)];
  for (const group of now.filter((one) => !old.includes(one))) said.cautions.push(`${table} must be unique in (${group}) now, which the older release does not know`);
  for (const group of old.filter((one) => !now.includes(one))) said.uncounted.push(`${table} becomes unique in (${group}) again, which fails if rows repeat by now`);
}

function classifySql(operation: DjangoOperation, sql: ReadSql, said: Said): void {
  for (const text of operation.sql ?? []) {
    const effects = sql.get(text);
    said.breaking.push(...(effects?.breaking ?? []));
    said.cautions.push(...(effects?.cautions ?? ['its SQL cannot be read']));
    // Django calls a noop reversible; what broke the older code would stay.
    if ((effects?.breaking ?? []).length > 0 && operation.reverseSql?.length === 0) said.irreversible.push(`nothing takes its SQL back: ${effects?.breaking.join('; ') ?? ''}`);
  }
  for (const text of operation.reverseSql ?? []) {
    const effects = sql.get(text);
    // What it drops is counted; what else it changes cannot be.
    const changed = effects === undefined ? ['cannot be read'] : [...effects.cautions, ...effects.breaking.filter((one) => !/^it drops (table|column|index|unique index) /.test(one))];
    said.uncounted.push(...changed.map((one) => `its reverse SQL: ${one}`));
  }
}

import type { GrantStmt, Node } from 'libpg-query';
import { classifyAlterTable } from './classify-alter-table.js';
import { classifyCreateTable, classifyCreateTableAs, classifyEnum, classifyIndex } from './classify-create.js';
import { classifyDrop, classifyRename } from './classify-drop.js';
import { type Reading, collectEffects, kindName, nameList, qualified } from './effect-list.js';
import { type MigrationEffects, type SchemaKnowledge, columnKey, tableKey } from './effects.js';
import { callsIn, withQueries } from './inner-queries.js';
import { type Script, placeStatements } from './script.js';

/**
 * Reads PostgreSQL's own parse tree of a migration: what it creates and removes, and what the older release's code will meet. Pure; a statement that is not known to be
 * harmless becomes a caution, never silence. `schema`: where unqualified names lie. Rules: facts.md, "Additive can still break old code".
 */
export function classifyMigration(script: Script, known: SchemaKnowledge, schema: string): MigrationEffects {
  const effects = collectEffects();
  for (const statement of placeStatements(script, schema)) classifyStatement(statement.node, { list: effects.listFor(statement), known, schema: statement.schema });
  return effects.finish();
}

function classifyStatement(node: Node, reading: Reading): void {
  const { list, schema } = reading;
  if ('CreateStmt' in node) classifyCreateTable(node.CreateStmt, reading);
  else if ('CreateTableAsStmt' in node) classifyCreateTableAs(node.CreateTableAsStmt, reading);
  else if ('AlterTableStmt' in node && node.AlterTableStmt.objtype === 'OBJECT_TABLE') classifyAlterTable(node.AlterTableStmt, reading);
  else if ('IndexStmt' in node) classifyIndex(node.IndexStmt, reading);
  else if ('DropStmt' in node) classifyDrop(node.DropStmt, reading);
  else if ('RenameStmt' in node) classifyRename(node.RenameStmt, reading);
  else if ('AlterEnumStmt' in node) classifyEnum(node.AlterEnumStmt, reading);
  else if ('CreateEnumStmt' in node) list.creates({ kind: 'type', ...qualified(nameList(node.CreateEnumStmt.typeName), schema) });
  else if ('CompositeTypeStmt' in node) list.creates({ kind: 'type', schema: node.CompositeTypeStmt.typevar?.schemaname ?? schema, name: node.CompositeTypeStmt.typevar?.relname ?? '' });
  else if ('CreateDomainStmt' in node) list.creates({ kind: 'type', ...qualified(nameList(node.CreateDomainStmt.domainname), schema) });
  else if ('CreateSeqStmt' in node) {
    const { sequence, if_not_exists: mayBe } = node.CreateSeqStmt;
    list.creates({ kind: 'sequence', schema: sequence?.schemaname ?? schema, name: sequence?.relname ?? '' }, { mayBe: mayBe === true });
  } else if ('CreateSchemaStmt' in node) list.creates({ kind: 'schema', name: node.CreateSchemaStmt.schemaname ?? '' }, { mayBe: node.CreateSchemaStmt.if_not_exists === true });
  else if ('CreateExtensionStmt' in node) list.creates({ kind: 'extension', name: node.CreateExtensionStmt.extname ?? '' }, { mayBe: node.CreateExtensionStmt.if_not_exists === true });
  else if ('TransactionStmt' in node) list.leavesTransaction();
  else if ('VacuumStmt' in node || 'CommentStmt' in node || 'VariableSetStmt' in node || 'LockStmt' in node) return;
  else {
    list.leavesNoTrace();
    classifyUntraceable(node, reading);
  }
  for (const inner of withQueries(node)) classifyUntraceable(inner, reading);
}

/** What the catalogue does not tell afterwards, or not all of it. */
function classifyUntraceable(node: Node, reading: Reading): void {
  const { list, schema } = reading;
  if ('ViewStmt' in node) {
    const { view, replace } = node.ViewStmt;
    if (replace === true) list.caution(`it replaces view "${view?.relname ?? ''}"`);
    list.creates({ kind: 'view', schema: view?.schemaname ?? schema, name: view?.relname ?? '' }, { mayBe: replace === true });
  } else if ('CreateFunctionStmt' in node) {
    const name = qualified(nameList(node.CreateFunctionStmt.funcname), schema);
    if (node.CreateFunctionStmt.replace === true) list.caution(`it creates or replaces function "${name.name}"`);
    list.creates({ kind: 'function', ...name }, { mayBe: node.CreateFunctionStmt.replace === true });
  } else if ('AlterTableStmt' in node) list.caution(`it alters ${kindName(node.AlterTableStmt.objtype)} "${node.AlterTableStmt.relation?.relname ?? ''}"`);
  else if ('AlterObjectSchemaStmt' in node) list.breaking(`it moves ${kindName(node.AlterObjectSchemaStmt.objectType)} "${node.AlterObjectSchemaStmt.relation?.relname ?? ''}" to schema "${node.AlterObjectSchemaStmt.newschema ?? ''}"`);
  else if ('SelectStmt' in node) {
    const called = [...callsIn(node.SelectStmt)].find((name) => !harmless.has(name));
    if (called !== undefined) list.changesRows(`a SELECT that calls ${called}() cannot be judged`);
  } else if ('GrantStmt' in node) classifyGrant(node.GrantStmt, reading);
  else if ('DoStmt' in node) {
    // Code in a block may commit, and what it does is not in the tree.
    list.leavesTransaction();
    list.changesRows('a DO block cannot be judged');
  } else if ('CallStmt' in node) {
    list.leavesTransaction();
    list.changesRows('a CALL cannot be judged');
  } else classifyRows(node, reading);
}

/** Changes of rows, and whatever else only a person can judge. Rows of new tables and values of new columns are nothing to older code. */
function classifyRows(node: Node, { list, known, schema: place }: Reading): void {
  const isNew = (relation: { readonly schemaname?: string; readonly relname?: string } | undefined): boolean => known.newTables.has(tableKey(relation?.schemaname ?? place, relation?.relname ?? ''));
  if ('InsertStmt' in node) {
    const { relation, onConflictClause } = node.InsertStmt;
    const add = onConflictClause?.action === 'ONCONFLICT_NOTHING' ? list.caution : list.changesRows;
    if (!isNew(relation)) add(`it inserts rows into "${relation?.relname ?? ''}"`);
  } else if ('UpdateStmt' in node) {
    const { relation, targetList } = node.UpdateStmt;
    const columns = (targetList ?? []).flatMap((target) => ('ResTarget' in target ? [target.ResTarget.name ?? ''] : []));
    const onlyNew = columns.every((column) => known.newColumns.has(columnKey(relation?.schemaname ?? place, relation?.relname ?? '', column)));
    if (!isNew(relation) && !onlyNew) list.changesRows(`it updates rows of "${relation?.relname ?? ''}"`);
  } else if ('DeleteStmt' in node) {
    if (!isNew(node.DeleteStmt.relation)) list.changesRows(`it deletes rows of "${node.DeleteStmt.relation?.relname ?? ''}"`);
  } else if ('TruncateStmt' in node) list.changesRows('it truncates tables');
  else if ('CreateTrigStmt' in node) {
    if (!isNew(node.CreateTrigStmt.relation)) list.caution(`it adds trigger "${node.CreateTrigStmt.trigname ?? ''}" to "${node.CreateTrigStmt.relation?.relname ?? ''}"`);
  } else list.caution(`${(Object.keys(node)[0] ?? 'a statement').replace(/Stmt$/, '')} cannot be judged`);
}

/** Functions that set something for the session or a sequence's next value: what dumps and Prisma's baselines call. */
const harmless: ReadonlySet<string> = new Set(['set_config', 'setval', 'pg_advisory_xact_lock']);

function classifyGrant({ is_grant: isGrant, objects }: GrantStmt, { list }: Reading): void {
  if (isGrant === true) return;
  const names = (objects ?? []).map((object) => `"${'RangeVar' in object ? (object.RangeVar.relname ?? '') : (nameList([object]).at(-1) ?? '')}"`);
  list.caution(`it takes rights on ${names.join(', ')} away; older code may need them`);
}

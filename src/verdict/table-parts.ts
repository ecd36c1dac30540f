import type { ColumnDef, Constraint, CreateStmt, IndexStmt, Node } from 'libpg-query';
import { nameList } from './effect-list.js';
import type { KnownKey, NewColumn } from './effects.js';

/** A key with the name that PostgreSQL gives it where the script gives none; undefined: only the server knows the name. */
export interface NamedKey extends KnownKey {
  readonly name: string | undefined;
}

export function constraintsOf(column: ColumnDef): readonly Constraint[] {
  return (column.constraints ?? []).flatMap((node) => ('Constraint' in node ? [node.Constraint] : []));
}

/** What INSERTs that do not name the column meet. */
export function newColumn(column: ColumnDef): NewColumn {
  const constraints = constraintsOf(column);
  const given = constraints.find(({ contype }) => contype === 'CONSTR_DEFAULT');
  const generated = constraints.some(({ contype }) => contype === 'CONSTR_IDENTITY' || contype === 'CONSTR_GENERATED') || serial.test(typeOf(column));
  const needed = constraints.some(({ contype }) => contype === 'CONSTR_NOTNULL' || contype === 'CONSTR_PRIMARY');
  return { needed, filled: generated ? 'each' : given === undefined ? 'not' : filledBy(given.raw_expr) };
}

const serial = /^(small|big)?serial[248]?$/;
const typeOf = (column: ColumnDef): string => nameList(column.typeName?.names).at(-1) ?? '';

/** A default that ALTER … DROP DEFAULT could take away: not what identity and generated columns give. */
export function hasDefault(column: ColumnDef): boolean {
  const given = constraintsOf(column).find(({ contype }) => contype === 'CONSTR_DEFAULT');
  return serial.test(typeOf(column)) || (given !== undefined && filledBy(given.raw_expr) !== 'not');
}

/** `DEFAULT NULL` fills nothing; a function may give each row its own value. */
export function filledBy(expression: Node | undefined): NewColumn['filled'] {
  if (expression === undefined) return 'not';
  if ('TypeCast' in expression) return filledBy(expression.TypeCast.arg);
  if (!('A_Const' in expression)) return 'each';
  return expression.A_Const.isnull === true ? 'not' : 'constant';
}

/** The keys that a CREATE TABLE makes. */
export function keysOfTable({ tableElts, relation }: CreateStmt): readonly NamedKey[] {
  const table = relation?.relname ?? '';
  return (tableElts ?? []).flatMap((node): readonly NamedKey[] => {
    if ('Constraint' in node) return keyOf(node.Constraint, table);
    if (!('ColumnDef' in node)) return [];
    const column = node.ColumnDef.colname ?? '';
    return constraintsOf(node.ColumnDef).flatMap((constraint) => keyOf(constraint, table, column));
  });
}

/** The key that a constraint makes; none for NOT NULL, DEFAULT and the like. */
export function keyOf(constraint: Constraint, table: string, column?: string): readonly NamedKey[] {
  const own = column === undefined ? undefined : [column];
  const keys = own ?? nameList(constraint.keys);
  switch (constraint.contype) {
    case 'CONSTR_PRIMARY':
      return [{ kind: 'unique', table, name: constraint.conname ?? `${table}_pkey`, columns: constraint.indexname === undefined ? [...keys].sort() : undefined }];
    case 'CONSTR_UNIQUE':
      return [{ kind: 'unique', table, name: constraint.conname ?? `${[table, ...keys].join('_')}_key`, columns: constraint.indexname === undefined ? [...keys].sort() : undefined }];
    case 'CONSTR_FOREIGN': {
      const columns = own ?? nameList(constraint.fk_attrs);
      return [{ kind: 'foreign', table, name: constraint.conname ?? `${[table, ...columns].join('_')}_fkey`, columns: [...columns].sort() }];
    }
    case 'CONSTR_CHECK':
    case 'CONSTR_EXCLUSION':
      return [{ kind: 'check', table, name: constraint.conname, columns: undefined }];
    default:
      return [];
  }
}

/** Undefined among them: an expression. */
export function indexColumns(statement: IndexStmt): readonly (string | undefined)[] {
  return (statement.indexParams ?? []).map((node) => ('IndexElem' in node ? node.IndexElem.name : undefined));
}

export function keyOfIndex(statement: IndexStmt): NamedKey {
  const columns = indexColumns(statement);
  const plain = columns.flatMap((column) => column ?? []);
  const inferable = plain.length === columns.length && statement.whereClause === undefined;
  return { kind: statement.unique === true ? 'unique' : 'plain', table: statement.relation?.relname ?? '', name: statement.idxname, columns: inferable ? [...plain].sort() : undefined };
}

import { ActionError } from '../../action-error.js';
import { type ConflictPolicy, type TableWish, wishedName } from './carry-input.js';
import { type ShapeColumn, type TableShape, findShape } from './table-shape.js';

/** A table that both servers have, and how its rows go from one to the other. */
export interface CarriedTable {
  readonly said: string;
  readonly from: TableShape;
  readonly to: TableShape;
  readonly key: readonly ShapeColumn[];
  /** What travels, the key included. */
  readonly columns: readonly ShapeColumn[];
  readonly onConflict: ConflictPolicy;
  readonly onDelete: TableWish['onDelete'];
}

/** Matches the wishes with what both servers have. Throws ActionError with what stands against it, before anybody votes. */
export function matchTables(from: readonly TableShape[], to: readonly TableShape[], wishes: readonly TableWish[]): readonly CarriedTable[] {
  const tables = wishes.map((wish) => matchTable(findShape(from, wishedName(wish), 'new'), findShape(to, wishedName(wish), 'old'), wish));
  const twice = tables.find(({ to: { name } }, index) => tables.findIndex((other) => other.to.name === name) !== index);
  if (twice !== undefined) throw new ActionError('named-twice', `${twice.said} is named twice`);
  return tables;
}

function matchTable(from: TableShape, to: TableShape, wish: TableWish): CarriedTable {
  const { said } = to;
  const keyNames = wish.key ?? to.keys[0];
  const isKeyOf = (shape: TableShape): boolean => shape.keys.some((key) => keyNames !== undefined && [...key].sort().join('\0') === [...keyNames].sort().join('\0'));
  if (keyNames === undefined || (wish.key === undefined && from.keys.length === 0)) {
    throw new ActionError('no-key', `${said} has no primary key, nor a unique one without NULLs: nobody could tell which of its rows are the same, so nothing of it can be carried`);
  }
  if (!isKeyOf(from) || !isKeyOf(to)) throw new ActionError('no-key', `(${keyNames.join(', ')}) is not a unique key without NULLs of ${said} on ${isKeyOf(to) ? 'the new server' : 'the old server'}`);
  const columns = matchColumns(from, to, wish);
  const key = keyNames.map((name) => columnOf(columns, name) ?? fail('key-ignored', `${said} is carried by (${keyNames.join(', ')}), so the column ${name} cannot be left out`));
  const always = columns.find(({ name, always: is }) => is && !keyNames.includes(name));
  if (always !== undefined) throw new ActionError('identity-outside-key', `${said}.${always.name} is an identity column that PostgreSQL always fills itself, and not part of the key: it could not be carried; leave it out with ignoreColumns`);
  const { onConflict, onDelete } = wish;
  if (typeof onConflict === 'object' && (columnOf(columns, onConflict['newest-by'])?.orderable ?? null) === null) {
    throw new ActionError('cannot-compare', `${said} has no column ${onConflict['newest-by']} of times, dates or whole numbers that says which of two rows is newer`);
  }
  if (onDelete === 'delete' && to.takesAlong.length > 0) throw new ActionError('deletes-more', `deleting rows of ${said} would change or delete rows of ${to.takesAlong.join(', ')} as well, which nobody would have counted`);
  return { said, from, to, key, columns, onConflict, onDelete };
}

/** Generated columns are made anew by the old server. */
function matchColumns(from: TableShape, to: TableShape, { ignoreColumns }: TableWish): readonly ShapeColumn[] {
  const isMeant = ({ name }: ShapeColumn): boolean => !ignoreColumns.includes(name);
  const unknown = ignoreColumns.find((name) => columnOf(from.columns, name) === undefined && columnOf(to.columns, name) === undefined);
  if (unknown !== undefined) throw new ActionError('no-such-column', `${to.said} has no column ${unknown}`);
  const [sent, taken] = [from.columns.filter(isMeant), to.columns.filter(isMeant)];
  const only = (some: readonly ShapeColumn[], others: readonly ShapeColumn[]): readonly string[] => some.filter(({ name }) => columnOf(others, name) === undefined).map(({ name }) => name);
  const [onlyNew, onlyOld] = [only(sent, taken), only(taken, sent)];
  const sentences = [
    ...(onlyNew.length === 0 ? [] : [`only the new server has ${onlyNew.join(', ')}`]),
    ...(onlyOld.length === 0 ? [] : [`only the old server has ${onlyOld.join(', ')}`]),
    ...taken.flatMap(({ name, type, generated }) => {
      const other = columnOf(sent, name);
      if (other === undefined || (other.type === type && other.generated === generated)) return [];
      return [other.type === type ? `${name} is generated on one of them` : `${name} is ${other.type} on the new server and ${type} on the old one`];
    }),
  ];
  if (sentences.length > 0) throw new ActionError('columns-differ', `the columns of ${to.said} differ: ${sentences.join('; ')}; what may be left out is named with ignoreColumns`);
  return taken.filter(({ generated }) => !generated);
}

function columnOf(columns: readonly ShapeColumn[], name: string): ShapeColumn | undefined {
  return columns.find((column) => column.name === name);
}

function fail(code: string, message: string): never {
  throw new ActionError(code, message);
}

import type { Node } from 'libpg-query';
import { withQueries } from '../../../src/verdict/inner-queries.js';
import { parseSql } from './parse-sql.js';

/** What a script takes away for good, a sentence each: tables, columns, schemas, rows. A script that cannot be read may take away anything. */
export async function findRemovals(sql: string): Promise<readonly string[]> {
  const script = await parseSql(sql);
  if (script === undefined) return ['nobody can tell what goes: PostgreSQL\'s parser refuses the script'];
  return [...new Set(script.flatMap(({ node }) => [node, ...withQueries(node)].flatMap(removalsOf)))];
}

/** What holds rows, by the parser's names. */
const holders: Readonly<Record<string, string>> = { OBJECT_TABLE: 'table', OBJECT_SCHEMA: 'schema', OBJECT_FOREIGN_TABLE: 'foreign table', OBJECT_COLUMN: 'column' };

function removalsOf(node: Node): readonly string[] {
  if ('DropStmt' in node) {
    const kind = holders[node.DropStmt.removeType ?? ''];
    // CASCADE from a type or a sequence takes columns and defaults of tables with it.
    if (kind === undefined) return node.DropStmt.behavior === 'DROP_CASCADE' ? [`whatever depends on ${(node.DropStmt.objects ?? []).map(nameOf).join(', ')} (CASCADE)`] : [];
    return (node.DropStmt.objects ?? []).map((object) => `${kind} ${nameOf(object)}`);
  }
  if ('AlterTableStmt' in node) {
    const table = node.AlterTableStmt.relation?.relname ?? '';
    return (node.AlterTableStmt.cmds ?? []).flatMap((command) =>
      'AlterTableCmd' in command && command.AlterTableCmd.subtype === 'AT_DropColumn' ? [`column "${table}"."${command.AlterTableCmd.name ?? ''}"`] : []);
  }
  if ('TruncateStmt' in node) return (node.TruncateStmt.relations ?? []).flatMap((relation) => ('RangeVar' in relation ? [`all rows of "${relation.RangeVar.relname ?? ''}"`] : []));
  if ('DoStmt' in node || 'CallStmt' in node) return [`nobody can tell what: ${'DoStmt' in node ? 'a DO block' : 'a CALL'} cannot be judged`];
  if ('DeleteStmt' in node) return [`rows of "${node.DeleteStmt.relation?.relname ?? ''}" (DELETE)`];
  return [];
}

function nameOf(node: Node): string {
  const parts = 'List' in node ? (node.List.items ?? []) : 'TypeName' in node ? (node.TypeName.names ?? []) : [node];
  return `"${parts.flatMap((part) => ('String' in part ? [part.String.sval ?? ''] : [])).at(-1) ?? ''}"`;
}

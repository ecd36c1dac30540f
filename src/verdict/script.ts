import type { Node, VariableSetStmt } from 'libpg-query';
import { nameList } from './effect-list.js';

/** One statement of a migration's script. */
export interface ScriptStatement {
  readonly node: Node;
  /** In a block whose condition or exception handler may pass it over: that its object is there proves nothing. */
  readonly conditional: boolean;
}

/** A script as parsed: DO blocks that can be looked into are replaced by their statements. */
export type Script = readonly ScriptStatement[];

/** A statement with the schema that its unqualified names mean. */
export interface PlacedStatement extends ScriptStatement {
  readonly schema: string;
}

/** Follows `SET search_path` through a script. `schema`: where it begins. */
export function placeStatements(script: Script, schema: string): readonly PlacedStatement[] {
  let place = schema;
  return script.map(({ node, conditional }) => {
    if ('VariableSetStmt' in node && node.VariableSetStmt.name === 'search_path') place = firstSchema(node.VariableSetStmt) ?? schema;
    return { node, conditional, schema: place };
  });
}

/** New objects go to the first schema of the path that is there. */
function firstSchema({ args }: VariableSetStmt): string | undefined {
  const names = (args ?? []).flatMap((node) => ('A_Const' in node && 'sval' in node.A_Const ? [node.A_Const.sval.sval ?? ''] : nameList([node])));
  return names.find((name) => name !== '' && name !== '$user' && name !== 'pg_catalog');
}

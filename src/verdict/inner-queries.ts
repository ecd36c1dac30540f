import type { Node } from 'libpg-query';
import { z } from 'zod';

/** The queries of a statement's WITH: PostgreSQL lets them change rows, of other tables than the statement names. */
export function withQueries(node: Node): readonly Node[] {
  const inner = 'CreateTableAsStmt' in node ? node.CreateTableAsStmt.query : node;
  if (inner === undefined) return [];
  const clause = 'SelectStmt' in inner ? inner.SelectStmt.withClause
    : 'InsertStmt' in inner ? inner.InsertStmt.withClause
      : 'UpdateStmt' in inner ? inner.UpdateStmt.withClause
        : 'DeleteStmt' in inner ? inner.DeleteStmt.withClause
          : 'MergeStmt' in inner ? inner.MergeStmt.withClause : undefined;
  return (clause?.ctes ?? []).flatMap((one) => ('CommonTableExpr' in one && one.CommonTableExpr.ctequery !== undefined ? [one.CommonTableExpr.ctequery] : []));
}

const called = z.object({ funcname: z.array(z.object({ String: z.object({ sval: z.string() }) })).min(1) });

/** Names of the functions that a tree calls, wherever in it. */
export function* callsIn(tree: unknown): Generator<string> {
  if (typeof tree !== 'object' || tree === null) return;
  for (const [key, value] of Object.entries(tree) as readonly (readonly [string, unknown])[]) {
    if (key === 'FuncCall') yield called.safeParse(value).data?.funcname.at(-1)?.String.sval ?? 'a function';
    yield* callsIn(value);
  }
}

import { z } from 'zod';

/** One SQL statement of a DO block. `conditional`: an IF or an exception handler may pass it over. */
export interface BlockStatement {
  readonly sql: string;
  readonly conditional: boolean;
}

const expression = z.object({ PLpgSQL_expr: z.object({ query: z.string() }) });
const part = z.record(z.string(), z.unknown());
const parts = z.array(part).default([]);
const blockSchema = z.object({
  body: parts,
  exceptions: z.object({ PLpgSQL_exception_block: z.object({ exc_list: z.array(z.object({ PLpgSQL_exception: z.object({ action: parts }) })).default([]) }) }).optional(),
});
const ifSchema = z.object({ then_body: parts, else_body: parts, elsif_list: z.array(z.object({ PLpgSQL_if_elsif: z.object({ stmts: parts }) })).default([]) });
const functionSchema = z.object({ plpgsql_funcs: z.array(z.object({ PLpgSQL_function: z.object({ action: part }) })) });

/**
 * The SQL of a DO block that holds nothing but plain statements, IF, RAISE, and handlers for exceptions: how Prisma's users write `CREATE TYPE` so that it may run twice. Undefined for
 * every other block: loops, variables, EXECUTE, COMMIT.
 */
export function blockStatements(parsed: unknown): readonly BlockStatement[] | undefined {
  const found = functionSchema.safeParse(parsed);
  if (!found.success) return undefined;
  const all = found.data.plpgsql_funcs.map(({ PLpgSQL_function: { action } }) => statementsOf([action], false));
  return all.some((one) => one === undefined) ? undefined : all.flatMap((one) => one ?? []);
}

function statementsOf(body: z.output<typeof parts>, conditional: boolean): readonly BlockStatement[] | undefined {
  const found: BlockStatement[] = [];
  for (const statement of body) {
    const one = statementOf(statement, conditional);
    if (one === undefined) return undefined;
    found.push(...one);
  }
  return found;
}

function statementOf(statement: z.output<typeof part>, conditional: boolean): readonly BlockStatement[] | undefined {
  const [kind, value] = Object.entries(statement)[0] ?? [];
  switch (kind) {
    case 'PLpgSQL_stmt_block': {
      const { body, exceptions } = blockSchema.parse(value);
      const handlers = exceptions?.PLpgSQL_exception_block.exc_list.map(({ PLpgSQL_exception: { action } }) => action) ?? [];
      return joined([statementsOf(body, conditional || handlers.length > 0), ...handlers.map((action) => statementsOf(action, true))]);
    }
    case 'PLpgSQL_stmt_if': {
      const { then_body: then, else_body: otherwise, elsif_list: more } = ifSchema.parse(value);
      return joined([then, otherwise, ...more.map(({ PLpgSQL_if_elsif: { stmts } }) => stmts)].map((body) => statementsOf(body, true)));
    }
    case 'PLpgSQL_stmt_execsql': {
      const { sqlstmt, into } = z.object({ sqlstmt: expression, into: z.boolean().optional() }).parse(value);
      return into === true ? undefined : [{ sql: sqlstmt.PLpgSQL_expr.query, conditional }];
    }
    case 'PLpgSQL_stmt_raise':
    case 'PLpgSQL_stmt_return':
      return [];
    default:
      return undefined;
  }
}

function joined(all: readonly (readonly BlockStatement[] | undefined)[]): readonly BlockStatement[] | undefined {
  return all.some((one) => one === undefined) ? undefined : all.flatMap((one) => one ?? []);
}

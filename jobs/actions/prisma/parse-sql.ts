import type { ParseResult } from 'libpg-query';

/** Parses a script with PostgreSQL's own parser; undefined where that refuses it. The parser is loaded when first needed: it costs memory that most workers never use. */
export async function parseSql(sql: string): Promise<ParseResult | undefined> {
  const { hasSqlDetails, parse } = await import('libpg-query');
  try {
    // The parser refuses a script without a statement.
    return sql.trim() === '' ? { stmts: [] } : await parse(sql);
  } catch (error) {
    if (hasSqlDetails(error)) return undefined;
    throw error;
  }
}

import type { ParseResult } from 'libpg-query';
import type { Script, ScriptStatement } from '../../../src/verdict/script.js';
import { blockStatements } from './parse-block.js';

/** Parses a script with PostgreSQL's own parser; undefined where that refuses it. The parser is loaded when first needed: it costs memory that most workers never use. */
export async function parseSql(sql: string): Promise<Script | undefined> {
  const { hasSqlDetails, loadModule, parsePlPgSQLSync, parseSync } = await import('libpg-query');
  await loadModule();
  const parse = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (hasSqlDetails(error)) return undefined;
      throw error;
    }
  };
  const statementsOf = (text: string): Script | undefined => {
    // The parser refuses a script without a statement.
    const tree = text.trim() === '' ? { stmts: [] } : parse<ParseResult>(() => parseSync(text));
    if (tree === undefined) return undefined;
    const bytes = Buffer.from(text, 'utf8');
    return (tree.stmts ?? []).flatMap(({ stmt, stmt_location: from = 0, stmt_len: length }): readonly ScriptStatement[] => {
      if (stmt === undefined) return [];
      if (!('DoStmt' in stmt)) return [{ node: stmt, conditional: false }];
      const source = bytes.subarray(from, length === undefined ? undefined : from + length).toString('utf8');
      return lookInto(source) ?? [{ node: stmt, conditional: false }];
    });
  };
  const lookInto = (source: string): Script | undefined => {
    const block = parse<unknown>(() => parsePlPgSQLSync(source));
    const found = block === undefined ? undefined : blockStatements(block);
    if (found === undefined) return undefined;
    const scripts = found.map(({ sql: inner, conditional }) => statementsOf(inner)?.map((statement) => ({ ...statement, conditional: conditional || statement.conditional })));
    return scripts.some((script) => script === undefined) ? undefined : scripts.flatMap((script) => script ?? []);
  };
  return statementsOf(sql);
}

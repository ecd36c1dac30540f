/** One statement of a script as it is written. */
export interface WrittenStatement {
  readonly sql: string;
  /** 1-based line on which it begins, comments before it not counted. */
  readonly line: number;
}

/** The statements of a script, by PostgreSQL's own parser; undefined where that refuses it. */
export async function splitScript(sql: string): Promise<readonly WrittenStatement[] | undefined> {
  const { hasSqlDetails, loadModule, parseSync } = await import('libpg-query');
  await loadModule();
  const bytes = Buffer.from(sql, 'utf8');
  try {
    // The parser refuses a script without a statement.
    const { stmts = [] } = sql.trim() === '' ? { stmts: [] } : parseSync(sql);
    return stmts.map(({ stmt_location: from = 0, stmt_len: length }) => {
      const written = bytes.subarray(from, length === undefined ? undefined : from + length).toString('utf8');
      const before = /^(?:\s|--[^\n]*(?:\n|$)|\/\*[^]*?\*\/)*/.exec(written)?.[0] ?? '';
      const line = bytes.subarray(0, from).toString('utf8').split('\n').length + before.split('\n').length - 1;
      return { sql: written.slice(before.length), line };
    });
  } catch (error) {
    if (hasSqlDetails(error)) return undefined;
    throw error;
  }
}

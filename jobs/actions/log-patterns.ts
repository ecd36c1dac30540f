import { RE2JS, RE2JSException } from 're2js';

/**
 * Errors that an older release meets on a newer schema, and migrations that block its start. Sources: facts.md's Prisma codes, PostgreSQL's messages for a
 * swapped unique key (ON CONFLICT), a dropped column or table and a retyped column (cached plan), Django's exceptions.
 */
export const defaultPatterns: readonly string[] = [
  'P1002|P3005|P3009|P3012|P3018',
  '(relation|column|table) \\S+ (of relation \\S+ )?(does not|already) exist',
  'relation \\S+ already exists',
  'The (column|table) \\S+ does not exist in the current database',
  'no unique or exclusion constraint matching the ON CONFLICT specification',
  'cached plan must not change result type',
  'null value in column \\S+ (of relation \\S+ )?violates not-null constraint',
  'InconsistentMigrationHistory',
  'django\\.db\\.(utils|migrations)\\.\\S*(Error|Exception)',
  'You have \\d+ unapplied migration',
  'prisma\\S*\\.errors\\.|PrismaClient\\w*Error',
  'Unhandled(PromiseRejection|\\s+exception)|uncaughtException',
];

/** Longest line that is looked at; a log without line ends must not eat the worker. */
const maxLine = 8_192;

/** Says whether a line is an error that counts. */
export type LineJudge = (line: string) => boolean;

/**
 * Compiles patterns from a runbook with RE2, whose time is linear in the input: a bad pattern can be slow to read, never slow to run.
 * `problem` is a sentence about the first pattern that is not RE2 (back-references and look-around are not).
 */
export function compilePatterns(patterns: readonly string[], allow: readonly string[]): { readonly judge: LineJudge } | { readonly problem: string } {
  const compiled: RE2JS[] = [];
  for (const pattern of [...patterns, ...allow]) {
    try {
      compiled.push(RE2JS.compile(pattern));
    } catch (error) {
      if (!(error instanceof RE2JSException)) throw error;
      return { problem: `"${pattern}" is not a pattern that planb can search for: ${error.message}` };
    }
  }
  const wanted = compiled.slice(0, patterns.length);
  const allowed = compiled.slice(patterns.length);
  return {
    judge: (line) => {
      const cut = line.length > maxLine ? line.slice(0, maxLine) : line;
      return wanted.some((pattern) => pattern.test(cut)) && !allowed.some((pattern) => pattern.test(cut));
    },
  };
}

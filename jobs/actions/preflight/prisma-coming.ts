import { z } from 'zod';
import type { ActionContext } from '../../../src/ports/action.js';
import { classifyMigration } from '../../../src/verdict/classify-migration.js';
import { gatherKnowledge } from '../../../src/verdict/schema-knowledge.js';
import type { Script } from '../../../src/verdict/script.js';
import { findRemovals } from '../prisma/find-removals.js';
import { readHistory } from '../prisma/history-table.js';
import { type MigrationSource, migrationSource, readShipped } from '../prisma/migration-source.js';
import { parseSql } from '../prisma/parse-sql.js';
import { readDowns } from '../prisma/shipped-downs.js';
import { splitScript } from '../prisma/split-script.js';
import type { ComingMigration } from './coming-migration.js';
import { schemaOfUrl } from './schema-of-url.js';

export const prismaComingInput = z.strictObject({
  database: z.string().min(1),
  /** Default: the URL's own `schema` parameter, else public. */
  schema: z.string().min(1).optional(),
  /** Where the migrations of the release to upgrade to are read. */
  next: migrationSource,
});

/** The migrations of a release that a database lacks, in the order in which Prisma applies them. Throws ActionError, TargetDatabaseError. */
export async function comingInPrisma(context: ActionContext, given: { readonly database: string; readonly schema?: string | undefined; readonly next: MigrationSource }): Promise<readonly ComingMigration[]> {
  const schema = given.schema ?? schemaOfUrl(given.database);
  const shipped = await readShipped(context, given.next);
  const database = await context.connectDatabase(given.database);
  const rows = await readHistory(database, schema).finally(() => database.close());
  const applied = new Set(rows.filter(({ state }) => state === 'applied').map(({ name }) => name));
  const names = [...shipped.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const scripts = new Map<string, Script | undefined>();
  for (const name of names) scripts.set(name, await parseSql(shipped.get(name)?.sql ?? ''));
  const of = (isApplied: boolean): readonly Script[] => names.flatMap((name) => {
    const script = scripts.get(name);
    return script === undefined || applied.has(name) !== isApplied ? [] : [script];
  });
  const known = gatherKnowledge(of(true), of(false), schema);
  const pending = names.filter((name) => !applied.has(name));
  const downs = await readDowns(context, given.next, pending);
  return Promise.all(pending.map(async (name) => {
    const script = scripts.get(name);
    return {
      name, destroys: await destructiveLines(shipped.get(name)?.sql ?? ''), hasDown: downs.has(name),
      breaks: script === undefined ? ['its script cannot be read as SQL'] : classifyMigration(script, known, schema).breaking,
    };
  }));
}

async function destructiveLines(sql: string): Promise<readonly string[]> {
  const statements = await splitScript(sql);
  if (statements === undefined) return findRemovals(sql);
  const found = await Promise.all(statements.map(async ({ sql: one, line }) => (await findRemovals(one)).map((what) => `line ${line} removes ${what}`)));
  return found.flat();
}

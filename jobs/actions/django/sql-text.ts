import { classifyMigration } from '../../../src/verdict/classify-migration.js';
import type { SqlReading } from '../../../src/verdict/django-effects.js';
import { gatherKnowledge } from '../../../src/verdict/schema-knowledge.js';
import { parseSql } from '../prisma/parse-sql.js';

/** Where Django's names lie unless settings say otherwise. Only what the text itself makes counts as new: what other operations made is known by their own reading. */
const schema = 'public';

/** Reads a text of RunSQL with PostgreSQL's own parser; undefined where that refuses it (one with parameters, for instance). */
export async function readSqlText(text: string): Promise<SqlReading | undefined> {
  const script = await parseSql(text);
  if (script === undefined) return undefined;
  const { breaking, cautions, changes } = classifyMigration(script, gatherKnowledge([], [script], schema), schema);
  return { breaking, cautions, removes: changes.flatMap(({ change, object: { kind, of, name } }) => (change === 'removes' ? [{ kind, name, ...(of === undefined ? {} : { of }) }] : [])) };
}

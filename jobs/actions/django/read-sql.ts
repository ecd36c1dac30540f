import type { DjangoRelease } from '../../../src/verdict/django-graph.js';
import type { ReadSql, SqlReading } from '../../../src/verdict/django-effects.js';
import { readSqlText } from './sql-text.js';

/** Reads what RunSQL operations of these migrations run, forwards and backwards, with PostgreSQL's own parser. */
export async function readSqlOf(migrations: DjangoRelease['migrations']): Promise<ReadSql> {
  const texts = new Set(migrations.flatMap(({ operations }) => operations.flatMap(({ sql, reverseSql }) => [...(sql ?? []), ...(reverseSql ?? [])])));
  const readings = new Map<string, SqlReading>();
  for (const text of texts) {
    const reading = await readSqlText(text);
    if (reading !== undefined) readings.set(text, reading);
  }
  return readings;
}

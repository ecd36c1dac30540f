import type { SqlReading } from '../../../src/verdict/django-effects.js';

/** Undefined: PostgreSQL's parser refuses it. */
export function readSqlText(_text: string): Promise<SqlReading | undefined> {
  return Promise.resolve(undefined);
}

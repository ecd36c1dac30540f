import { describe, expect, it } from 'vitest';

import { readFailure } from '../../../jobs/actions/prisma/read-failure.js';

/** What Prisma's engine writes into `logs`. */
const engine = (code: string, message: string): string =>
  `A migration failed to apply. New migrations cannot be applied before the error is recovered from. Read more about how to resolve migration issues in a production database: https://pris.ly/d/migrate-resolve\n\nMigration name: 2_more\n\nDatabase error code: ${code}\n\nDatabase error:\nERROR: ${message}\nDETAIL: Key (email)=(ann@example.org) is duplicated.\n\nDbError { severity: "ERROR", code: SqlState(E${code}) }`;

describe('why a migration failed', () => {
  it.each([
    [engine('42P07', 'relation "LiteLLM_T" already exists'), 'it already exists: relation "LiteLLM_T" already exists, SQLSTATE 42P07'],
    [engine('42P01', 'relation "LiteLLM_DeletedTeamTable" does not exist'), 'a table does not exist: relation "LiteLLM_DeletedTeamTable" does not exist, SQLSTATE 42P01'],
    [engine('40P01', 'deadlock detected'), 'a deadlock: two sessions migrated at once: deadlock detected, SQLSTATE 40P01'],
    [engine('22P02', 'invalid input syntax for type integer: "ann@example.org"'), 'invalid input syntax for type integer, SQLSTATE 22P02'],
    ['error: could not create unique index "k"', 'could not create unique index "k"'],
  ])('%#', (logs, text) => {
    expect(readFailure(logs)).toBe(text);
    expect(readFailure(logs)).not.toContain('ann@');
  });

  it('is nothing where nothing is logged, and one short line of anything', () => {
    expect(readFailure(' \n')).toBeUndefined();
    expect(readFailure('x'.repeat(9_000))).toHaveLength(140);
  });
});

import { describe, expect, it } from 'vitest';

import { explainPrisma } from '../../../jobs/actions/prisma/explain-prisma.js';
import { findRemovals } from '../../../jobs/actions/prisma/find-removals.js';
import type { ProgramOutcome } from '../../../src/ports/program.js';

const outcome = (output: string, rest: Partial<ProgramOutcome> = {}): ProgramOutcome => ({
  ok: false, exitCode: 1, signal: null, timedOut: false, aborted: false, notFound: false, summary: 'prisma ended with exit code 1.', durationMs: 1, output, stdout: '', droppedBytes: 0, pid: 1, startTicks: '1', ...rest,
});

/** The texts of Prisma's native engine (https://www.prisma.io/docs/orm/reference/error-reference). */
const native = {
  P3018: `Error: P3018

A migration failed to apply. New migrations cannot be applied before the error is recovered from. Read more about how to resolve migration issues in a production database: https://pris.ly/d/migrate-resolve

Migration name: 20260201000000 add Team

Database error code: 42P07

Database error:
ERROR: relation "teams" already exists
`,
  P3009: 'Error: P3009\n\nmigrate found failed migrations in the target database, new migrations will not be applied.\nThe `2_bad` migration started at 2026-11-20 08:12:54.955 UTC failed\n',
  P1002: 'Error: P1002\n\nThe database server was reached but timed out.\n\nContext: Timed out trying to acquire a postgres advisory lock (SELECT pg_advisory_lock(72707369)). Elapsed: 10000ms.\n',
  P1001: "Error: P1001: Can't reach database server at `db`:`5432`\n",
};

describe('what Prisma says, in planb\'s words', () => {
  it.each([
    [native.P3018, 'migration-failed', '20260201000000 add Team failed: relation "teams" already exists; nothing after it was applied', false],
    [native.P3009, 'failed-migration', '2_bad failed earlier and blocks every deploy', false],
    [native.P1002, 'migration-lock-held', 'Prisma waited in vain for the migration lock 72707369 (P1002)', true],
    [native.P1001, 'unreachable', 'cannot be reached from where Prisma runs', true],
    ['Error: P1012\n\nArgument "url" is missing', 'prisma-failed', 'Prisma ended with P1012: Argument "url" is missing', false],
    ['sh: 1: oops', 'prisma-failed', 'Prisma ended with exit code 1: sh: 1: oops', false],
  ])('%j', (output, code, message, retryable) => {
    expect(explainPrisma(outcome(output))).toMatchObject({ ok: false, retryable, error: { code, message: expect.stringContaining(message) as string } });
  });

  it('says when there is no command line, and when it took too long', () => {
    expect(explainPrisma(outcome('', { notFound: true, exitCode: null, summary: 'There is no program npx.' }))).toMatchObject({ error: { code: 'program-not-found' } });
    expect(explainPrisma(outcome('', { timedOut: true, exitCode: null }))).toMatchObject({ error: { code: 'timed-out' } });
  });
});

describe('what a script removes', () => {
  it.each([
    ['CREATE TABLE a (id int); ALTER TABLE a ADD COLUMN b int; DROP INDEX i; ALTER TABLE a DROP CONSTRAINT c', []],
    ['DROP TABLE "A", s.b', ['table "A"', 'table "b"']],
    ['ALTER TABLE "A" DROP COLUMN "b", ADD COLUMN c int', ['column "A"."b"']],
    ['DROP SCHEMA s CASCADE', ['schema "s"']],
    ['DROP TYPE mood CASCADE', ['whatever depends on "mood" (CASCADE)']],
    ['TRUNCATE a, b', ['all rows of "a"', 'all rows of "b"']],
    ['DELETE FROM a WHERE x', ['rows of "a" (DELETE)']],
    ["-- DROP TABLE a\nSELECT 'DROP TABLE a'", []],
    ['DO $$ BEGIN IF true THEN DROP TABLE a; END IF; END $$', ['table "a"']],
    ['WITH gone AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM gone', ['rows of "a" (DELETE)']],
    ["DO $$ BEGIN EXECUTE 'DROP TABLE a'; END $$", ['nobody can tell what: a DO block cannot be judged']],
    ['DROP TABEL a', ["nobody can tell what goes: PostgreSQL's parser refuses the script"]],
  ])('%s', async (sql, removals) => {
    expect(await findRemovals(sql)).toEqual(removals);
  });
});

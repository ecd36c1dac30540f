import { describe, expect, it } from 'vitest';

import { parseSql } from '../../../jobs/actions/prisma/parse-sql.js';
import { classifyMigration } from '../../../src/verdict/classify-migration.js';
import type { MigrationEffects } from '../../../src/verdict/effects.js';
import { gatherKnowledge } from '../../../src/verdict/schema-knowledge.js';

/** Classifies `sql`, with `older` being what both releases ship. */
async function classify(sql: string, older = ''): Promise<MigrationEffects> {
  const tree = await parseSql(sql);
  const before = await parseSql(older);
  if (tree === undefined || before === undefined) throw new Error('the test\'s SQL cannot be parsed');
  return classifyMigration(tree, gatherKnowledge([before], [tree], 'public'), 'public');
}

describe('purely additive migrations', () => {
  it.each([
    'CREATE TABLE "coupons" ("code" TEXT NOT NULL, CONSTRAINT "coupons_pkey" PRIMARY KEY ("code"))',
    `ALTER TABLE "orders" ADD COLUMN "status" TEXT NOT NULL DEFAULT 'paid'`,
    'ALTER TABLE t ADD COLUMN n BIGSERIAL NOT NULL, ADD COLUMN i INT GENERATED ALWAYS AS IDENTITY',
    'CREATE INDEX "i" ON "orders"("status")',
    'CREATE TABLE a (x int); ALTER TABLE a ADD COLUMN y int NOT NULL; ALTER TABLE a DROP COLUMN x; CREATE UNIQUE INDEX u ON a(y); DROP TABLE a',
    'ALTER TABLE orders ADD COLUMN c TEXT; ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (c) REFERENCES coupons(code); CREATE UNIQUE INDEX u ON orders(c)',
    'COMMENT ON TABLE t IS \'x\'; GRANT SELECT ON t TO public; SET search_path = x',
    'ALTER TABLE t ALTER COLUMN c SET DEFAULT 1',
  ])('%s', async (sql) => {
    const effects = await classify(sql);
    expect(effects.breaking).toEqual([]);
    expect(effects.cautions).toEqual([]);
    expect(effects.transactional).toBe(true);
  });
});

describe('migrations that break older code', () => {
  it.each([
    ['ALTER TABLE "orders" DROP COLUMN "status"', 'it drops column "status" of "orders"'],
    ['ALTER TABLE t RENAME COLUMN a TO b', 'it renames column "a" of "t" to "b"'],
    ['ALTER TABLE t RENAME TO u', 'it renames table "t" to "u"'],
    ['ALTER TABLE t ALTER COLUMN c TYPE bigint', 'it changes the type of column "c" of "t"'],
    ['ALTER TABLE t ADD COLUMN c TEXT NOT NULL', 'NOT NULL without a default; older INSERTs fail'],
    ['ALTER TABLE t ALTER COLUMN c SET NOT NULL', 'it makes column "c" of "t" NOT NULL'],
    ['ALTER TABLE t ALTER COLUMN c DROP DEFAULT', 'it drops the default of column "c"'],
    ['ALTER TABLE t DROP CONSTRAINT k', 'it drops constraint "k" of "t"'],
    ['DROP TABLE s.t, u', 'it drops table "u"'],
    ['DROP TYPE e', 'it drops type "e"'],
    [`ALTER TYPE e RENAME VALUE 'a' TO 'b'`, 'it renames value "a" of type "e"'],
    ['ALTER TABLE t SET SCHEMA s', 'it moves table "t" to schema "s"'],
    ['ALTER TABLE t ENABLE ROW LEVEL SECURITY', 'it turns row security on'],
  ])('%s', async (sql, text) => {
    expect((await classify(sql)).breaking.join()).toContain(text);
  });

  it('a swapped unique index, which an older upsert names by its columns', async () => {
    const older = 'CREATE UNIQUE INDEX "k" ON t(a)';
    const { breaking } = await classify('DROP INDEX "k"; CREATE UNIQUE INDEX "k2" ON t(a, b)', older);
    expect(breaking.join()).toContain('it drops unique index "k"; an older upsert with ON CONFLICT');
  });

  it('but not an index that is known to be plain', async () => {
    expect((await classify('DROP INDEX "k"', 'CREATE INDEX "k" ON t(a)')).breaking).toEqual([]);
    expect((await classify('DROP INDEX "k"')).breaking.join()).toContain('which may be unique');
  });
});

describe('what cannot be judged is said, never passed over', () => {
  it.each([
    ['DO $$ BEGIN EXECUTE \'DROP TABLE t\'; END $$', 'a DO block cannot be judged'],
    ['UPDATE t SET a = 1', 'it updates rows of "t"'],
    ['DELETE FROM t', 'it deletes rows of "t"'],
    ['CREATE UNIQUE INDEX u ON t(lower(a))', 'it adds unique index "u" to "t"'],
    ['ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)', 'it adds constraint "c" to "t"'],
    ['CREATE TRIGGER g BEFORE INSERT ON t EXECUTE FUNCTION f()', 'it adds trigger "g" to "t"'],
    ['CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING', 'Rule cannot be judged'],
    ['ALTER TABLE t DISABLE TRIGGER ALL', 'cannot be judged'],
    [`ALTER TYPE e ADD VALUE 'v'`, 'older code may not know it'],
  ])('%s', async (sql, text) => {
    expect((await classify(sql)).cautions.join()).toContain(text);
  });
});

describe('what a migration leaves to look for', () => {
  it('names objects with their schemas, and leaves out what may have been there before', async () => {
    const { changes } = await classify(
      'CREATE TABLE "My Schema"."T" (id int); CREATE TABLE IF NOT EXISTS old (id int); ALTER TABLE t ADD COLUMN IF NOT EXISTS c int, ADD COLUMN d int; CREATE TYPE s.e AS ENUM (\'a\')',
    );
    expect(changes.filter(({ sure, detail }) => sure && !detail).map(({ object }) => object)).toEqual([
      { kind: 'table', schema: 'My Schema', name: 'T' },
      { kind: 'column', schema: 'public', of: 't', name: 'd' },
      { kind: 'type', schema: 's', name: 'e' },
    ]);
    expect(changes.filter(({ sure, detail }) => !sure && !detail).map(({ object }) => object)).toEqual([
      { kind: 'table', schema: 'public', name: 'old' },
      { kind: 'column', schema: 'public', of: 't', name: 'c' },
    ]);
  });

  it('knows which scripts are more than one transaction', async () => {
    expect((await classify('CREATE INDEX CONCURRENTLY i ON t(a)')).transactional).toBe(false);
    expect((await classify('BEGIN; CREATE TABLE a (x int); COMMIT')).transactional).toBe(false);
  });
});

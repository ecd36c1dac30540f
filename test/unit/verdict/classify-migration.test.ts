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

describe('what only shows in several statements', () => {
  const older = 'CREATE TABLE t (id int PRIMARY KEY, a text, b text, CONSTRAINT t_a_b_key UNIQUE (a, b)); CREATE UNIQUE INDEX k ON t(a); CREATE TABLE p (id int); ALTER TABLE t ADD CONSTRAINT t_a_fkey FOREIGN KEY (a) REFERENCES p(id)';

  it.each([
    ['a key replaced by more columns', 'DROP INDEX k; CREATE UNIQUE INDEX k ON t(a, b)', 'it drops unique index "k"'],
    ['a key replaced by fewer columns', 'ALTER TABLE t DROP CONSTRAINT t_a_b_key; CREATE UNIQUE INDEX n ON t(b)', 'it drops unique constraint "t_a_b_key"'],
    ['a key that now has a condition', 'DROP INDEX k; CREATE UNIQUE INDEX k2 ON t(a) WHERE b IS NULL', 'it drops unique index "k"'],
    ['another primary key', 'ALTER TABLE t DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (a)', 'it drops unique constraint "t_pkey"'],
    ['NOT NULL in two steps', `ALTER TABLE t ADD COLUMN c text; UPDATE t SET c = 'x'; ALTER TABLE t ALTER COLUMN c SET NOT NULL`, 'it has no default'],
    ['a default that goes again', `ALTER TABLE t ADD COLUMN c text NOT NULL DEFAULT 'x'; ALTER TABLE t ALTER COLUMN c DROP DEFAULT`, 'it drops the default of column "c"'],
    ['a starving column under a new name', 'ALTER TABLE t ADD COLUMN c text; ALTER TABLE t RENAME c TO d; ALTER TABLE t ALTER d SET NOT NULL', 'column "d" of "t"'],
    ['an old column dropped and made anew', 'ALTER TABLE t DROP COLUMN a; ALTER TABLE t ADD COLUMN a int', 'it drops column "a"'],
    ['an unknown column dropped and made anew', 'ALTER TABLE z DROP COLUMN a; ALTER TABLE z ADD COLUMN a int', 'it drops column "a" of "z"'],
    ['an enum changed as Prisma changes it', `CREATE TYPE "E_new" AS ENUM ('a'); ALTER TYPE "E" RENAME TO "E_old"; ALTER TYPE "E_new" RENAME TO "E"; DROP TYPE "E_old"`, 'it renames type "E"'],
    ['a partition that goes', 'ALTER TABLE t DETACH PARTITION t1', 'it detaches a partition from "t"'],
    ['a DO block with plain statements', 'DO $$ BEGIN IF EXISTS (SELECT 1) THEN ALTER TABLE t DROP COLUMN a; END IF; END $$', 'it drops column "a"'],
  ])('%s breaks', async (_what, sql, text) => {
    expect((await classify(sql, older)).breaking.join()).toContain(text);
  });

  it.each([
    ['a key under another name', 'CREATE UNIQUE INDEX k2 ON t(a); DROP INDEX k'],
    ['a column that is gone again', 'ALTER TABLE t ADD COLUMN c text NOT NULL; ALTER TABLE t DROP COLUMN c'],
    ['a column that gets its default later', `ALTER TABLE t ADD COLUMN c text; ALTER TABLE t ALTER c SET DEFAULT 'x'; ALTER TABLE t ALTER c SET NOT NULL; UPDATE t SET c = 'y'`],
    ['a new table with rows, a trigger and a partition', 'CREATE TABLE n (id int) PARTITION BY LIST (id); CREATE TABLE n1 PARTITION OF n FOR VALUES IN (1); INSERT INTO n VALUES (1); CREATE TRIGGER g BEFORE INSERT ON n EXECUTE FUNCTION f()'],
    ['a new table under a new name', 'CREATE TABLE n (id int); ALTER TABLE n RENAME TO m; ALTER TABLE m DROP COLUMN id'],
    ['a type made as it may be made twice', `DO $$ BEGIN CREATE TYPE "E" AS ENUM ('a'); EXCEPTION WHEN duplicate_object THEN null; END $$`],
    ['another schema by search_path', 'SET search_path = "S"; CREATE TABLE n (id int); ALTER TABLE "S".n ADD COLUMN c int NOT NULL'],
  ])('%s does not', async (_what, sql) => {
    const effects = await classify(sql, older);
    expect(effects.breaking).toEqual([]);
    expect(effects.cautions).toEqual([]);
  });

  it('a foreign key that goes is a caution, since older code may rely on it', async () => {
    const { breaking, cautions } = await classify('ALTER TABLE t DROP CONSTRAINT t_a_fkey', older);
    expect(breaking).toEqual([]);
    expect(cautions.join()).toContain('it drops foreign key "t_a_fkey"');
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
    ['CREATE TABLE n (id int); WITH gone AS (DELETE FROM t RETURNING id) INSERT INTO n SELECT id FROM gone', 'it deletes rows of "t"'],
    ['WITH x AS (UPDATE t SET a = 1 RETURNING a) SELECT count(*) FROM x', 'it updates rows of "t"'],
    ['SELECT 1 FROM (SELECT drop_old_rows()) AS s', 'a SELECT that calls drop_old_rows() cannot be judged'],
    ['SELECT * FROM create_hypertable(\'t\', \'at\')', 'a SELECT that calls create_hypertable() cannot be judged'],
    ['REVOKE ALL ON t FROM app', 'it takes rights on "t" away; older code may need them'],
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

  it('rights that a script gives are not looked for, so it is never called complete', async () => {
    expect((await classify('CREATE TABLE n (id int); GRANT SELECT ON n TO app')).complete).toBe(false);
    expect((await classify('CREATE TABLE n (id int); COMMENT ON TABLE n IS \'x\'')).complete).toBe(true);
  });

  it('knows which scripts are more than one transaction', async () => {
    expect((await classify('CREATE INDEX CONCURRENTLY i ON t(a)')).transactional).toBe(false);
    expect((await classify('BEGIN; CREATE TABLE a (x int); COMMIT')).transactional).toBe(false);
  });
});

import { z } from 'zod';
import type { TargetDatabase } from '../../../src/ports/target-database.js';
import type { SchemaObject } from '../../../src/verdict/effects.js';
import type { ObjectEvidence } from '../../../src/verdict/expected-objects.js';
import type { MigrationFinding } from '../../../src/verdict/migration-facts.js';

/** The cast to `name` cuts as PostgreSQL cut the identifier when it was made. */
const sql = `
  SELECT o.ord::int AS ord FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS o(kind, nsp, parent, obj, ord)
   WHERE CASE o.kind
     WHEN 'schema'     THEN EXISTS (SELECT FROM pg_namespace WHERE nspname = o.obj::name)
     WHEN 'extension'  THEN EXISTS (SELECT FROM pg_extension WHERE extname = o.obj::name)
     WHEN 'table'      THEN EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = o.nsp::name AND relname = o.obj::name AND relkind IN ('r', 'p', 'f'))
     WHEN 'view'       THEN EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = o.nsp::name AND relname = o.obj::name AND relkind IN ('v', 'm'))
     WHEN 'sequence'   THEN EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = o.nsp::name AND relname = o.obj::name AND relkind = 'S')
     -- An invalid index is what CREATE INDEX CONCURRENTLY leaves when it fails.
     WHEN 'index'      THEN EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace JOIN pg_index i ON i.indexrelid = c.oid WHERE nspname = o.nsp::name AND relname = o.obj::name AND i.indisvalid)
     WHEN 'type'       THEN EXISTS (SELECT FROM pg_type JOIN pg_namespace n ON n.oid = typnamespace WHERE nspname = o.nsp::name AND typname = o.obj::name)
     WHEN 'enum-value' THEN EXISTS (SELECT FROM pg_enum JOIN pg_type t ON t.oid = enumtypid JOIN pg_namespace n ON n.oid = typnamespace WHERE nspname = o.nsp::name AND typname = o.parent::name AND enumlabel = o.obj::name)
     WHEN 'function'   THEN EXISTS (SELECT FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = o.nsp::name AND proname = o.obj::name)
     WHEN 'column'     THEN EXISTS (SELECT FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace
                                     WHERE nspname = o.nsp::name AND relname = o.parent::name AND attname = o.obj::name AND attnum > 0 AND NOT attisdropped)
     WHEN 'constraint' THEN EXISTS (SELECT FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid JOIN pg_namespace n ON n.oid = relnamespace
                                     WHERE nspname = o.nsp::name AND relname = o.parent::name AND conname = o.obj::name)
     WHEN 'not-null'   THEN EXISTS (SELECT FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace
                                     WHERE nspname = o.nsp::name AND relname = o.parent::name AND attname = o.obj::name AND attnum > 0 AND attnotnull)
     -- A generated column has an expression in the same place.
     WHEN 'default'    THEN EXISTS (SELECT FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace
                                     WHERE nspname = o.nsp::name AND relname = o.parent::name AND attname = o.obj::name AND attnum > 0 AND atthasdef AND attgenerated = '')
     ELSE false END`;

/** Looks for everything at once. By position, whether it is there. */
export async function probeObjects(database: TargetDatabase, objects: readonly SchemaObject[]): Promise<readonly boolean[]> {
  if (objects.length === 0) return [];
  const rows = await database.query(sql, [objects.map(({ kind }) => kind), objects.map((object) => object.schema ?? ''), objects.map(({ of }) => of ?? ''), objects.map(({ name }) => name)]);
  const found = new Set(rows.map((row) => z.object({ ord: z.number() }).parse(row).ord));
  return objects.map((_object, index) => found.has(index + 1));
}

/**
 * How many of a migration's objects are as it leaves them. What may have been so before proves nothing by being so, and everything by not being so. `parts`: the columns of a new
 * table count too; an applied migration's table may have lost some to a later change that no script tells.
 */
export function countEvidence(list: readonly ObjectEvidence[], parts: boolean): { readonly objects: MigrationFinding['objects']; readonly complete: boolean; readonly partsThere: boolean } {
  const counted = list.filter(({ detail }) => parts || !detail);
  const done = counted.some(({ asExpected, sure }) => asExpected && sure);
  const missing = counted.some(({ asExpected }) => !asExpected);
  return {
    objects: missing ? (done ? 'some' : 'none') : done ? 'all' : 'unknown',
    complete: list.every(({ asExpected, hidden }) => asExpected && !hidden),
    partsThere: counted.some(({ asExpected, there, hidden }) => asExpected && there && !hidden),
  };
}

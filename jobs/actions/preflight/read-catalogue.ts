import { z } from 'zod';
import type { TargetDatabase } from '../../../src/ports/target-database.js';

/** A schema's objects with their definitions, by kind and name: `column orders.note`. */
export interface Catalogue {
  readonly major: number;
  readonly objects: ReadonlyMap<string, CatalogueObject>;
}

export interface CatalogueObject {
  readonly kind: 'table' | 'column' | 'index' | 'constraint' | 'enum';
  /** `orders`, `orders.note`. */
  readonly name: string;
  /** As PostgreSQL prints it, without the schema's own name; empty for tables. */
  readonly definition: string;
}

const rowSchema = z.object({ kind: z.enum(['table', 'column', 'index', 'constraint', 'enum']), name: z.string(), definition: z.string() });

/**
 * What a release's code can meet: not owners, privileges, comments, storage or the order of columns. Defaults are left out, since sequences print differently after a dump; Prisma's own table and
 * what extensions made is nobody's schema.
 */
const sql = `
WITH tables AS (
  SELECT c.oid, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND c.relname <> '_prisma_migrations'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
SELECT 'table' AS kind, relname::text AS name, '' AS definition FROM tables
UNION ALL SELECT 'column', t.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
  FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid WHERE a.attnum > 0 AND NOT a.attisdropped
UNION ALL SELECT 'index', i.relname::text, pg_get_indexdef(x.indexrelid)
  FROM tables t JOIN pg_index x ON x.indrelid = t.oid JOIN pg_class i ON i.oid = x.indexrelid
  WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid)
UNION ALL SELECT 'constraint', t.relname || '.' || k.conname, pg_get_constraintdef(k.oid) FROM tables t JOIN pg_constraint k ON k.conrelid = t.oid WHERE k.contype IN ('p', 'u', 'f', 'c', 'x')
UNION ALL SELECT 'enum', y.typname::text, string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder)
  FROM pg_type y JOIN pg_namespace n ON n.oid = y.typnamespace JOIN pg_enum e ON e.enumtypid = y.oid WHERE n.nspname = $1 GROUP BY y.oid, y.typname`;

/** Reads one schema. Throws TargetDatabaseError. */
export async function readCatalogue(database: TargetDatabase, schema: string): Promise<Catalogue> {
  const [version] = await database.query(`SELECT current_setting('server_version_num')::int / 10000 AS major`);
  const rows = await database.query(sql, [schema]);
  // Definitions name the schema or not, as the search_path of the session has it.
  const bare = (text: string): string => text.replaceAll(`${schema}.`, '').replaceAll(`"${schema}".`, '');
  return {
    major: z.object({ major: z.number() }).parse(version).major,
    objects: new Map(rows.map((row) => {
      const { kind, name, definition } = rowSchema.parse(row);
      return [`${kind} ${name}`, { kind, name, definition: bare(definition) }];
    })),
  };
}

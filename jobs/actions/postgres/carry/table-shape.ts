import { z } from 'zod';
import type { TargetDatabase } from '../../../../src/ports/target-database.js';
import { ActionError } from '../../action-error.js';
import { quoted } from '../restore-sql.js';
import { bookkeeping } from './bookkeeping.js';

const columnRow = z.object({ name: z.string(), type: z.string(), generated: z.boolean(), always: z.boolean(), orderable: z.enum(['time', 'integer']).nullable() });
/** A column; `orderable`: whether its values say which of two rows is newer. */
export type ShapeColumn = z.output<typeof columnRow>;

const shapeRow = z.object({
  schema: z.string(), table: z.string(), name: z.string(), partitioned: z.boolean(), partitionOf: z.string().nullable(), columns: z.array(columnRow),
  keys: z.array(z.array(z.string())), triggers: z.array(z.string()),
  /** Tables that it refers to; `deferrable`: checked at the end of the transaction where that is asked for. */
  references: z.array(z.object({ name: z.string(), deferrable: z.boolean() })),
  /** Tables whose rows a deletion here would change or take along. */
  takesAlong: z.array(z.string()),
});

/** A table as its catalogue tells it. */
export interface TableShape extends z.output<typeof shapeRow> {
  /** As a person says it: without `public` and quotes. */
  readonly said: string;
  /** As `FROM` takes it: without the rows of tables that inherit from it, with those of its partitions. */
  readonly source: string;
}

// Types of users are named with their schema: what one server's search path hides is no difference.
const listing = `
  SELECT n.nspname::text AS schema, c.relname::text AS table, format('%I.%I', n.nspname, c.relname) AS name, c.relkind = 'p' AS partitioned,
         CASE WHEN c.relispartition THEN (SELECT format('%I.%I', pn.nspname, p.relname) FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE h.inhrelid = c.oid LIMIT 1) END AS "partitionOf",
         coalesce((SELECT json_agg(json_build_object('name', a.attname, 'generated', a.attgenerated <> '', 'always', a.attidentity = 'a',
                     'type', CASE WHEN tn.nspname = 'pg_catalog' THEN format_type(a.atttypid, a.atttypmod) ELSE format('%I.%I', tn.nspname, t.typname) END,
                     'orderable', CASE WHEN a.atttypid IN ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype) THEN 'time' WHEN a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) THEN 'integer' END) ORDER BY a.attnum)
            FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace tn ON tn.oid = t.typnamespace WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]') AS columns,
         coalesce((SELECT json_agg(columns ORDER BY primary_first, id) FROM (SELECT i.indexrelid AS id, NOT i.indisprimary AS primary_first, json_agg(a.attname ORDER BY k.place) AS columns, bool_and(a.attnotnull) AS never_null
                      FROM pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place) JOIN pg_attribute a ON a.attnum = k.number
                     WHERE i.indrelid = c.oid AND a.attrelid = c.oid AND k.place <= i.indnkeyatts AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL GROUP BY i.indexrelid, i.indisprimary) AS found
                   WHERE never_null), '[]') AS keys,
         coalesce((SELECT json_agg(tgname ORDER BY tgname) FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal AND tgenabled IN ('O', 'A')), '[]') AS triggers,
         coalesce((SELECT json_agg(json_build_object('name', format('%I.%I', rn.nspname, r.relname), 'deferrable', f.condeferrable)) FROM pg_constraint f JOIN pg_class r ON r.oid = f.confrelid JOIN pg_namespace rn ON rn.oid = r.relnamespace
                    WHERE f.contype = 'f' AND f.conrelid = c.oid), '[]') AS references,
         coalesce((SELECT json_agg(DISTINCT r.relname) FROM pg_constraint f JOIN pg_class r ON r.oid = f.conrelid WHERE f.contype = 'f' AND f.confrelid = c.oid AND f.confdeltype IN ('c', 'n', 'd')), '[]') AS "takesAlong"
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname NOT IN ('information_schema', '${bookkeeping}') AND n.nspname !~ '^pg_'
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
   ORDER BY 1, 2`;

/** Every table of the database; partitions stand for themselves beside their parent. Not what extensions made, and not planb's own bookkeeping. Throws TargetDatabaseError. */
export async function readShapes(database: TargetDatabase): Promise<readonly TableShape[]> {
  return (await database.query(listing)).map((row) => {
    const shape = shapeRow.parse(row);
    return { ...shape, said: shape.schema === 'public' ? shape.table : `${shape.schema}.${shape.table}`, source: shape.partitioned ? shape.name : `ONLY ${shape.name}` };
  });
}

/** `where`: which database this is, for the sentence. Throws ActionError `no-such-table`. */
export function findShape(shapes: readonly TableShape[], wanted: string, where: string): TableShape {
  const found = shapes.find(({ name, said, schema, table }) => [name, said, `${schema}.${table}`, quoted(table)].includes(wanted));
  if (found === undefined) throw new ActionError('no-such-table', `there is no table ${wanted} on the ${where} server; tables of other schemas than public are written schema.table`);
  if (found.partitionOf !== null) throw new ActionError('partition', `${found.said} is a partition of ${found.partitionOf}: name that table, whose rows are in its partitions`);
  return found;
}

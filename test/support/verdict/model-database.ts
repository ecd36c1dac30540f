import { createHash } from 'node:crypto';
import type { JsonObject } from '../../../src/plan/plan.js';
import type { TargetDatabase } from '../../../src/ports/target-database.js';
import type { RandomMigration } from './random-history.js';
import type { SchemaModel } from './schema-model.js';

/** A row of the model's `_prisma_migrations`. */
export interface ModelRow {
  readonly id: string;
  readonly name: string;
  readonly checksum: string;
  readonly state: 'failed' | 'applied' | 'rolled-back';
  /** PostgreSQL refused the script; without it the process died on the way. */
  readonly logs?: string;
}

export const checksum = (sql: string): string => createHash('sha256').update(sql).digest('hex');

/** The rows that a deploy leaves behind. */
export function rowsOf(migrations: readonly RandomMigration[]): readonly ModelRow[] {
  return migrations.flatMap(({ name, sql, fate }): readonly ModelRow[] => {
    if (fate === 'not-run' || fate === 'lost-row') return [];
    return [{ id: `id-${name}`, name, checksum: checksum(sql), state: fate === 'failed' || fate === 'half' ? 'failed' : 'applied', ...(fate === 'failed' ? { logs: 'ERROR: it failed' } : {}) }];
  });
}

/** Answers what planb asks a target's database, from a model. */
export function modelDatabase(schema: SchemaModel, rows: readonly ModelRow[]): TargetDatabase {
  const database: TargetDatabase = {
    query: (sql, parameters = []) => Promise.resolve(answer(sql, parameters)),
    transaction: (work) => work(database),
    close: () => Promise.resolve(),
  };
  const answer = (sql: string, parameters: readonly unknown[]): readonly JsonObject[] => {
    if (sql.startsWith('SET LOCAL')) return [];
    if (sql.includes('AS may_read')) return [{ database: 'model', role: 'planb', there: true, may_read: true, may_write: true }];
    if (sql.includes('migration_name AS name')) {
      return rows.map(({ id, name, checksum: sum, state, logs = '' }, index) => ({ id, name, checksum: sum, finished: state === 'applied', rolled_back: state === 'rolled-back', logs, started: index }));
    }
    if (sql.includes('unnest(')) {
      const [kinds = [], , parents = [], names = []] = parameters as readonly (readonly string[])[];
      return kinds.flatMap((kind, index) => (isThere(schema, kind, parents[index] ?? '', names[index] ?? '') ? [{ ord: index + 1 }] : []));
    }
    throw new Error(`the model does not know: ${sql}`);
  };
  return database;
}

function isThere(schema: SchemaModel, kind: string, parent: string, name: string): boolean {
  switch (kind) {
    case 'table': return schema.tables.has(name);
    case 'column': return schema.tables.get(parent)?.has(name) === true;
    case 'not-null': return schema.tables.get(parent)?.get(name)?.needed === true;
    case 'default': return schema.tables.get(parent)?.get(name)?.filled === true;
    case 'index': return schema.indexes.has(name);
    case 'constraint': return schema.indexes.get(name)?.table === parent;
    default: throw new Error(`the model knows no ${kind}`);
  }
}

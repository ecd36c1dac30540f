import { z } from 'zod';
import type { ActionContext } from '../../../src/ports/action.js';
import { classifyDjango, gatherNew, type ReadSql } from '../../../src/verdict/django-effects.js';
import { buildGraph, idOf, type DjangoMigration } from '../../../src/verdict/django-graph.js';
import { findSource, imageSource } from '../compose/image-source.js';
import { readRows, withDatabase } from '../django/history-rows.js';
import { readRelease } from '../django/read-release.js';
import { readSqlOf } from '../django/read-sql.js';
import { type LocalSource, targetSource } from '../django/source.js';
import { findRemovals } from '../prisma/find-removals.js';
import type { ComingMigration } from './coming-migration.js';

export const djangoComingInput = z.strictObject({
  /** URLs by the aliases of the settings. */
  databases: z.record(z.string(), z.string().min(1)),
  /** The release to upgrade to: an image, a folder, or what a Compose service would run. */
  next: z.union([targetSource, imageSource]),
  /** Of an image that a Compose service names: its Python. */
  python: z.string().min(1).default('python'),
});
type Given = z.output<typeof djangoComingInput>;

/** The migrations of a release that the databases lack, parents before children. Throws ActionError, TargetDatabaseError. */
export async function comingInDjango(context: ActionContext, given: Given): Promise<readonly ComingMigration[]> {
  const release = await readRelease(context, await readable(context, given), 'the next release');
  const found: ComingMigration[] = [];
  for (const [alias, url] of Object.entries(given.databases)) {
    const graph = buildGraph(release, await withDatabase(context, url, (database) => readRows(database, alias)));
    const pending = [...graph.migrations].flatMap(([id, migration]) => (graph.applied.has(id) ? [] : [migration]));
    const sql = await readSqlOf(pending);
    const made = gatherNew(pending.flatMap(({ operations }) => operations));
    for (const migration of pending) found.push({ ...(await judge(migration, alias, made, sql)), name: Object.keys(given.databases).length === 1 ? idOf(migration) : `${idOf(migration)} in ${alias}` });
  }
  return found;
}

async function readable(context: ActionContext, { next, python }: Given): Promise<LocalSource | { readonly python: string; readonly imageId: string }> {
  if ('program' in next) return next;
  const image = await findSource(context, 'image' in next ? { image: next.image } : next);
  return { ...('python' in next ? next : { python }), imageId: image.id };
}

async function judge(migration: DjangoMigration, alias: string, made: ReturnType<typeof gatherNew>, sql: ReadSql): Promise<Omit<ComingMigration, 'name'>> {
  const { breaking, irreversible } = classifyDjango(migration, alias, made, sql);
  const here = migration.operations.filter(({ databases }) => databases.includes(alias));
  const destroys = await Promise.all(here.map(async (operation) => {
    if (operation.kind === 'DeleteModel' || operation.kind === 'RemoveField') return [operation.says];
    return (await Promise.all((operation.sql ?? []).map(findRemovals))).flat().map((what) => `RunSQL removes ${what}`);
  }));
  return { destroys: destroys.flat(), breaks: breaking, hasDown: irreversible.length === 0 };
}

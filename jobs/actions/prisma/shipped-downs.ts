import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActionContext } from '../../../src/ports/action.js';
import { findSource } from '../compose/image-source.js';
import { readRevision } from '../git/read-revision.js';
import { readImageDowns } from './image-migrations.js';
import type { MigrationSource } from './migration-source.js';

/** Prisma has no down migrations; people lay them beside, as `<name>/down.sql`. */
const downs = /^[^/]+\/down\.sql$/;

/** Which of these migrations a release ships a down migration for. Throws ActionError. */
export async function readDowns(context: ActionContext, source: MigrationSource, names: readonly string[]): Promise<ReadonlySet<string>> {
  if (names.length === 0) return new Set();
  if ('directory' in source) {
    const found = await Promise.all(names.map(async (name) => ((await access(join(source.directory, name, 'down.sql')).then(() => true, () => false)) ? [name] : [])));
    return new Set(found.flat());
  }
  const files = 'git' in source ? [...(await readRevision(context, source.git, downs)).keys()] : await readImageDowns(context, await findSource(context, source), downs, 'image' in source ? source.path : source.compose.path);
  return new Set(files.map((file) => file.slice(0, file.lastIndexOf('/'))));
}

import { z } from 'zod';
import type { ActionContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import { findSource } from '../compose/image-source.js';
import { readRevision } from '../git/read-revision.js';
import { readImageMigrations } from './image-migrations.js';
import { readMigrationsThere } from './read-migrations-there.js';
import { type ShippedMigration, readMigrations, toShipped } from './read-migrations.js';

const absolute = z.string().startsWith('/');
/** Git would take it for an option. */
const notAnOption = z.string().regex(/^[^-]/);
const inRepository = z.string().min(1).refine((path) => !path.startsWith('/') && !path.split('/').includes('..'), 'is relative to the root of the repository');

const oneOf = 'is { directory: /… }, { git: { repository: /…, revision, path } }, { image, path?: /… } or { compose: { project: /…, service, release?, path?: /… } }';
/** Where a release's migrations are read from. A `path` in an image is needed only where they lie in an unusual place. */
export const migrationSource = z.union([
  z.strictObject({ directory: absolute }),
  z.strictObject({ git: z.strictObject({ repository: absolute, revision: notAnOption, path: inRepository }) }),
  z.strictObject({ image: z.string().min(1), path: absolute.optional() }),
  z.strictObject({
    /** `release`: what `compose.release` would put there; without it the image that the service's container runs now. */
    compose: z.strictObject({ project: absolute, service: z.string().min(1), release: z.string().min(1).optional(), path: absolute.optional() }),
  }),
], oneOf);
export type MigrationSource = z.output<typeof migrationSource>;

const scripts = /^[^/]+\/migration\.sql$/;

/**
 * The migrations that a release ships, by name. Nothing of the release is started. Throws ActionError, one clear sentence; `no-migrations-folder` where there are none: a release
 * read from the wrong place must not look like one without migrations.
 */
export async function readShipped(context: ActionContext, source: MigrationSource): Promise<ReadonlyMap<string, ShippedMigration>> {
  if ('directory' in source) return context.on === undefined ? readMigrations(source.directory) : readMigrationsThere(context, source.directory);
  if ('git' in source) {
    const files = await readRevision(context, source.git, scripts);
    if (files.size === 0) throw new ActionError('no-migrations-folder', `${source.git.path} holds no <name>/migration.sql in ${source.git.revision} of ${source.git.repository}`);
    return toShipped([...files].map(([file, bytes]) => [file.slice(0, file.lastIndexOf('/')), bytes]));
  }
  const path = 'image' in source ? source.path : source.compose.path;
  return readImageMigrations(context, await findSource(context, source), path);
}

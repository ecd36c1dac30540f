import type { ActionContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import { type WantedFiles, readImageFiles } from '../docker/image-files.js';
import { packageAnywhere, packageCandidates } from '../docker/python-package.js';
import type { NamedImage } from '../docker/with-container.js';
import { type ShippedMigration, toShipped } from './read-migrations.js';

/** Beside the folders of migrations lie others (`migration_lock.toml`); a migration is a folder with this file. */
const files = /^[^/]+\/migration\.sql$/;
/** LiteLLM ships its migrations in a Python package (facts.md). */
const litellm = 'litellm_proxy_extras/migrations';

const usual: WantedFiles = {
  what: 'Prisma migrations',
  candidates: [...packageCandidates(litellm), '/app/prisma/migrations', '/usr/src/app/prisma/migrations', '/prisma/migrations'],
  anywhere: [...packageAnywhere(litellm), /\/prisma\/migrations$/],
  files,
};

/** The migrations that an image ships, read without starting it. `path`: their folder in the image. Throws ActionError `no-migrations-folder`. */
export async function readImageMigrations(context: ActionContext, image: NamedImage, path?: string): Promise<ReadonlyMap<string, ShippedMigration>> {
  const found = await readImageFiles(context, image, path === undefined ? usual : { what: usual.what, candidates: [path], anywhere: [], files });
  if (found !== undefined) return toShipped([...found.files].map(([file, bytes]) => [file.slice(0, file.lastIndexOf('/')), bytes]));
  const where = path === undefined ? 'anywhere; path: names their folder where it has another name' : `in ${path}`;
  throw new ActionError('no-migrations-folder', `${image.reference} holds no <name>/migration.sql ${where}`);
}

/** Other files of the same folders, by path relative to the folder of migrations. */
export async function readImageDowns(context: ActionContext, image: NamedImage, wanted: RegExp, path?: string): Promise<readonly string[]> {
  const found = await readImageFiles(context, image, path === undefined ? { ...usual, what: 'down migrations', anywhere: [], files: wanted } : { what: 'down migrations', candidates: [path], anywhere: [], files: wanted });
  return [...(found?.files.keys() ?? [])];
}

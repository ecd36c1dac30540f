// Copies what tsc leaves behind (pages, SQL, YAML, …) into dist, under the same paths, so that
// code finds its files relative to import.meta.url from the sources and from dist alike.
import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['src', 'adapters', 'jobs', 'demo', 'runbooks'];

for (const folder of FOLDERS) {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch((error) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const entry of entries) {
    if (!entry.isFile() || /(^tsconfig.*\.json|\.[cm]?ts)$/.test(entry.name)) continue;
    const file = join(entry.parentPath, entry.name).slice(root.length);
    // cp keeps the mode: scripts stay executable.
    await cp(join(root, file), join(root, 'dist', file));
  }
}

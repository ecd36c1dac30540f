import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

/** A folder of the running test, removed when it ends. `name` ends up in its path, blanks and all. */
export async function tempFolder(name = 'planb'): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), `${name}-`));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

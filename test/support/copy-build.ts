import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { builtPlanb } from './built-planb.js';

/** A copy of the build for what runs long, so that it may be built anew meanwhile. It lies in the project, where its packages are found. */
export async function copyBuild(): Promise<{ readonly program: string; readonly remove: () => Promise<void> }> {
  const dist = dirname(dirname(await builtPlanb()));
  await mkdir('.tmp', { recursive: true });
  const folder = await mkdtemp(resolve('.tmp/build-'));
  await cp(dist, join(folder, 'dist'), { recursive: true });
  await cp('package.json', join(folder, 'package.json'));
  return { program: join(folder, 'dist/src/main.js'), remove: () => rm(folder, { recursive: true, force: true }) };
}

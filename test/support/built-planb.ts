import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { execa } from 'execa';

/**
 * Builds planb where its sources changed, and returns the compiled program. Test files share the build: flock lets one build at a time, and the
 * others find it fresh.
 */
export function builtPlanb(): Promise<string> {
  built ??= build();
  return built;
}

let built: Promise<string> | undefined;

async function build(): Promise<string> {
  await mkdir('.tmp', { recursive: true });
  const script = "import('./scripts/setup/build.mjs').then(({ ensureBuild }) => ensureBuild(process.cwd()))";
  await execa('flock', ['.tmp/build.lock', process.execPath, '--input-type=module', '--eval', script], { stdin: 'ignore' });
  return resolve('dist/src/main.js');
}

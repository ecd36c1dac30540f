/** The compiled program in dist/, built when the sources are not the ones that it was made of. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from './run-program.mjs';
import { SetupError, say } from './setup-error.mjs';

const SOURCES = ['src', 'adapters', 'jobs', 'demo', 'runbooks', 'scripts/copy-assets.mjs', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];

function* listFiles(path) {
  if (!existsSync(path)) return;
  if (!statSync(path).isDirectory()) {
    yield path;
    return;
  }
  for (const name of readdirSync(path).sort()) yield* listFiles(join(path, name));
}

/** One hash over the names and contents of everything that the build reads. */
export function hashSources(root) {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    for (const file of listFiles(join(root, source))) hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

function readStamp(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** Builds when needed. The stamp is written last, so a build that broke off is built again. */
export async function ensureBuild(root) {
  const stamp = join(root, 'dist', '.sources.sha256');
  const hash = hashSources(root);
  if (readStamp(stamp) === hash) return;
  say('building');
  // A file that the sources no longer have must not live on, a database migration least of all.
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  for (const args of [[join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'], [join('scripts', 'copy-assets.mjs')]]) {
    const code = await runProgram(process.execPath, args, { cwd: root });
    if (code !== 0) throw new SetupError(`the build failed (exit code ${code}); its words are above.`);
  }
  writeFileSync(stamp, hash);
}

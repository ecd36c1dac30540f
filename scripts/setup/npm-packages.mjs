/** The npm packages of package-lock.json, installed when what lies in node_modules is something else. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from './run-program.mjs';
import { SetupError, say } from './setup-error.mjs';

function readPackages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
}

/**
 * The first package that is missing or another version, or undefined. Read from the record that npm keeps of node_modules, so that
 * a person's own `npm install` counts. Optional packages for other platforms are never installed.
 */
export function findStalePackage(root) {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return 'node_modules';
  const wanted = readPackages(join(root, 'package-lock.json'));
  const installed = readPackages(record);
  return Object.keys(wanted).find((path) => {
    if (path === '') return false;
    const here = installed[path];
    if (here === undefined) return wanted[path].optional !== true;
    return here.version !== wanted[path].version;
  });
}

/** Runs `npm ci` when needed. Under `npm run`, npm says where it lies itself. */
export async function ensurePackages(root) {
  const stale = findStalePackage(root);
  if (stale === undefined) return;
  say(stale === 'node_modules' ? 'installing npm packages' : `installing npm packages (${stale} differs from package-lock.json)`);
  const npm = process.env.npm_execpath;
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const code = npm === undefined ? await runProgram('npm', args, { cwd: root }) : await runProgram(process.execPath, [npm, ...args], { cwd: root });
  if (code !== 0) throw new SetupError(`npm ci failed (exit code ${code}); its words are above.`);
}

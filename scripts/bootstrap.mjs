/**
 * `npm run demo`, `npm test`, `npm run e2e`, `npm run bench`, `npm run chaos` and `npm run soak` from a fresh clone: sets up what is missing, then starts the thing itself. Plain Node
 * and no package, since none may be installed yet.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuild } from './setup/build.mjs';
import { ensurePackages } from './setup/npm-packages.mjs';
import { runProgram } from './setup/run-program.mjs';
import { SetupError, say } from './setup/setup-error.mjs';
import { ensureParts } from './setup/system-packages.mjs';
import { NEEDS } from './setup/system-parts.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const VITEST = join('node_modules', 'vitest', 'vitest.mjs');

const COMMANDS = {
  demo: [join('dist', 'src', 'main.js'), 'demo'],
  test: [VITEST, 'run'],
  e2e: [VITEST, 'run', '--project', 'e2e'],
  bench: [join('scripts', 'run-typescript.mjs'), '--on-dist', 'bench/main.ts'],
  chaos: [join('scripts', 'run-typescript.mjs'), 'test/chaos/main.ts'],
  soak: [join('scripts', 'run-typescript.mjs'), 'test/soak/main.ts'],
};

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new SetupError(`Node ${process.versions.node} is too old: planb needs 20.19 or newer.`);
}

async function main([mode, ...args]) {
  const command = COMMANDS[mode];
  if (command === undefined) throw new SetupError(`bootstrap.mjs ${Object.keys(COMMANDS).join('|')} [arguments]`);
  checkNode();
  await ensurePackages(ROOT);
  await ensureParts(NEEDS[mode === 'demo' && args.includes('--docker') ? 'demo --docker' : mode]);
  await ensureBuild(ROOT);
  return runProgram(process.execPath, [...command, ...args], { cwd: ROOT });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  process.exitCode = 1;
}

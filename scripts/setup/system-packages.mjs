/** Installs missing system parts, where that is allowed: as root, with passwordless sudo, or through Homebrew. */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from './run-program.mjs';
import { SetupError, say } from './setup-error.mjs';
import { PARTS, findProgram } from './system-parts.mjs';

const POLICY = '/usr/sbin/policy-rc.d';
const LAST_LINES = 15;

const MANAGERS = [
  { name: 'apt', program: 'apt-get', command: 'apt-get install', refresh: ['apt-get', 'update', '-qq'], install: ['apt-get', 'install', '-y', '-qq', '--no-install-recommends'], needsRoot: true },
  { name: 'dnf', program: 'dnf', command: 'dnf install', install: ['dnf', 'install', '-y', '-q'], needsRoot: true },
  { name: 'apk', program: 'apk', command: 'apk add', install: ['apk', 'add', '--no-cache', '-q'], needsRoot: true },
  { name: 'brew', program: 'brew', command: 'brew install', install: ['brew', 'install', '--quiet'], needsRoot: false },
];

function findManager() {
  return MANAGERS.find((manager) => findProgram(manager.program) !== undefined);
}

/** What to put before a command to run it as root: nothing, sudo, or undefined when neither is possible without a question. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  const sudo = spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' });
  return sudo.status === 0 ? ['sudo', '-n'] : undefined;
}

/** Debian starts a service as soon as its package is installed, unless this file forbids it. Returns how to take it away again. */
async function forbidServices(prefix) {
  if (existsSync(POLICY)) return () => undefined;
  const folder = mkdtempSync(join(tmpdir(), 'planb-setup-'));
  const file = join(folder, 'policy-rc.d');
  writeFileSync(file, '#!/bin/sh\nexit 101\n');
  const put = [...prefix, 'install', '-m', '755', file, POLICY];
  await runProgram(put[0], put.slice(1));
  rmSync(folder, { recursive: true });
  const remove = [...prefix, 'rm', '-f', POLICY];
  return () => runProgram(remove[0], remove.slice(1));
}

/** Runs the package manager with its many words in a file; what it said last is shown when it fails. */
async function install(manager, packages, prefix) {
  const folder = mkdtempSync(join(tmpdir(), 'planb-setup-'));
  const file = join(folder, 'log');
  const log = openSync(file, 'a');
  const env = manager.name === 'apt' ? ['env', 'DEBIAN_FRONTEND=noninteractive', 'NEEDRESTART_MODE=l'] : [];
  const run = (words) => {
    const [program, ...args] = [...prefix, ...env, ...words];
    return runProgram(program, args, { stdio: ['ignore', log, log] });
  };
  const allowServices = manager.name === 'apt' ? await forbidServices(prefix) : () => undefined;
  try {
    // One unreachable foreign repository fails the refresh and need not fail the installation.
    if (manager.refresh !== undefined) await run(manager.refresh);
    const done = (await run([...manager.install, ...packages])) === 0;
    if (!done) process.stderr.write(`${readFileSync(file, 'utf8').trim().split('\n').slice(-LAST_LINES).join('\n')}\n`);
    return done;
  } finally {
    await allowServices();
    closeSync(log);
    rmSync(folder, { recursive: true });
  }
}

/**
 * Makes sure that the machine has these parts.
 *
 * @throws SetupError with one line that says what to install
 */
export async function ensureParts(names) {
  const missing = names.filter((name) => !PARTS[name].isThere());
  if (missing.length === 0) return;
  const titles = missing.map((name) => PARTS[name].title).join(', ');
  const manager = findManager();
  const packages = manager === undefined ? [] : [...new Set(missing.flatMap((name) => PARTS[name][manager.name]))];
  const installable = manager !== undefined && missing.every((name) => PARTS[name][manager.name].length > 0);
  const hint = installable ? `: ${manager.command} ${packages.join(' ')}` : '';
  const prefix = manager?.needsRoot === true ? rootPrefix() : [];
  if (!installable || prefix === undefined || process.env.PLANB_NO_INSTALL) throw new SetupError(`missing: ${titles}. Install it and try again${hint}`);

  say(`installing ${titles} (${manager.command} ${packages.join(' ')}); this can take a few minutes`);
  const done = await install(manager, packages, prefix);
  const still = missing.filter((name) => !PARTS[name].isThere());
  if (!done || still.length > 0) throw new SetupError(`could not install ${still.map((name) => PARTS[name].title).join(', ') || titles}. Install it by hand and try again${hint}`);
}

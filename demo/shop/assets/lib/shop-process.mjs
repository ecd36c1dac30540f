/** The shop's one process: started apart from whoever starts it, and recognised by more than its number. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ShopError, findRelease, lastLogMessage, logSize, paths, readSettings } from './world.mjs';

const STOP_MS = 10_000;
const START_MS = 60_000;
const POLL_MS = 20;
const SERVER = 'server.mjs';

/** Clock ticks after boot at which a process began: with the pid this names one process for ever. Undefined when there is none. */
export function readStartTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended and only waits to be collected.
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined;
    throw error;
  }
}

/** The version that a process of this shop runs, told from the script in its own command line; undefined for any other process. */
function readVersion(pid) {
  let script;
  try {
    script = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[1];
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH' || error.code === 'EACCES') return undefined;
    throw error;
  }
  const version = script === undefined ? '' : basename(dirname(script));
  return script === join(paths.releases, version, SERVER) ? version : undefined;
}

/**
 * `{pid, version}` of the live shop, or undefined. Read from the process table and not from a pid file, which a crash between
 * start and write would leave wrong; a number alone could also have become another process's.
 */
export function findRunning() {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number)) {
    const version = readVersion(pid);
    if (version !== undefined && readStartTime(pid) !== undefined) return { pid, version };
  }
  return undefined;
}

/** SIGTERM, and SIGKILL after 10 s. Resolves when nothing runs. */
export async function stopRunning() {
  const deadline = Date.now() + STOP_MS;
  const told = new Set();
  for (let running = findRunning(); running !== undefined; running = findRunning()) {
    if (Date.now() > deadline) signal(running.pid, 'SIGKILL');
    else if (!told.has(running.pid)) signal(running.pid, 'SIGTERM');
    told.add(running.pid);
    await sleep(POLL_MS);
  }
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It ended by itself since it was looked up.
    if (error.code !== 'ESRCH') throw error;
  }
}

async function readServedVersion(port) {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/version`, { signal: AbortSignal.timeout(1_000) });
    return (await response.json()).version;
  } catch {
    return undefined;
  }
}

/** Waits until the running release answers on its port; its early end is an error with the last line that it logged. */
export async function waitUntilServing(version, offset) {
  const { port } = readSettings();
  const deadline = Date.now() + START_MS;
  while ((await readServedVersion(port)) !== version) {
    if (findRunning() === undefined) throw new ShopError(`shop ${version} ended while starting: ${lastLogMessage(offset)}`);
    if (Date.now() > deadline) throw new ShopError(`shop ${version} runs but does not answer on port ${port} after ${START_MS / 1000} s`);
    await sleep(POLL_MS);
  }
}

/**
 * Starts a release and returns the size of the log before it. `detached` gives it a session of its own (setsid), and its environment
 * is made from nothing: neither the death of its parent, nor a kill of the parent's process group, nor a search for the
 * starter's environment marker reaches it.
 */
export function startRelease(version) {
  const folder = findRelease(version);
  const { databaseUrl, port } = readSettings();
  mkdirSync(dirname(paths.log), { recursive: true });
  const offset = logSize();
  const log = openSync(paths.log, 'a');
  const child = spawn(process.execPath, [join(folder, SERVER)], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', log, log],
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/', LANG: 'C.UTF-8', DATABASE_URL: databaseUrl, PORT: String(port) },
  });
  closeSync(log);
  if (child.pid === undefined) throw new ShopError(`cannot start ${process.execPath}`);
  child.unref();
  return offset;
}

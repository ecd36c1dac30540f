import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { formats } from '../../../src/board/format.js';
import { broken, ok, setting, weak, type Check, type Finding } from './finding.js';

const oldestNode: readonly [number, number] = [20, 19];
const gigabyte = 1_000_000_000;

export const node: Check = {
  about: 'Node.js',
  run: async () => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
    const old = major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1]);
    return [old ? broken('Node.js', `${process.versions.node} is too old`, `install ${oldestNode.join('.')} or newer`) : ok('Node.js', process.versions.node)];
  },
};

/** Ends programs together with planb, even after kill -9. */
export const setpriv: Check = {
  about: 'setpriv',
  run: async ({ reach }, signal) => {
    const outcome = await reach.runProgram({ argv: ['setpriv', '--pdeathsig=KILL', '--', 'true'], timeoutMs: 5_000, signal });
    return [outcome.ok ? ok('setpriv', 'programs end with planb') : weak('setpriv', 'is missing or too old: after a crash of planb its programs live on until the next start finds them', 'install util-linux 2.33 or newer')];
  },
};

export const ssh: Check = {
  about: 'ssh',
  run: async ({ reach, needs }, signal) => {
    if (!needs.ssh) return [ok('ssh', 'no target needs it')];
    const outcome = await reach.runProgram({ argv: ['ssh', '-V'], timeoutMs: 5_000, signal });
    return [outcome.ok ? ok('ssh', outcome.output.trim()) : broken('ssh', 'a target is on another machine, but there is no ssh here', 'install openssh-client')];
  },
};

/** Backups and saved logs go to planb's data folder. */
export const disk: Check = { about: 'disk', run: async ({ env }) => judgeDisk(setting(env, 'PLANB_DATA') ?? './.planb') };

async function judgeDisk(folder: string): Promise<readonly Finding[]> {
  const path = resolve(folder);
  const { bavail, bsize } = await nearestFolder(path);
  const free = bavail * bsize;
  const words = `${formats.en.bytes(free)} free for ${folder}`;
  if (free < gigabyte) return [broken('disk', words, 'make room: backups of targets go there, or set PLANB_DATA')];
  return [free < 10 * gigabyte ? weak('disk', words, 'backups of targets go there: is that enough for two of the largest?') : ok('disk', words)];
}

/** The folder is made when it is needed; until then its parent's disk counts. */
async function nearestFolder(path: string): Promise<{ readonly bavail: number; readonly bsize: number }> {
  try {
    return await statfs(path);
  } catch (error) {
    if (dirname(path) === path) throw error;
    return nearestFolder(dirname(path));
  }
}

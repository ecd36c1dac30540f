import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { engineAnswers } from '../../../demo/images/engine.js';
import { eventually } from '../../support/eventually.js';

/** A Docker Engine for the tests: the one that answers already, or a daemon started here. */
export interface TestDocker {
  /** As DOCKER_HOST. */
  readonly host: string;
  /** Ends a daemon that was started here and removes its data; leaves any other engine alone. */
  stop(): Promise<void>;
}

const DEFAULT_SOCKET = 'unix:///var/run/docker.sock';
const START_MS = 30_000;
const TURN_MS = 20 * 60_000;

/** The MTU of the default route's interface: containers that send larger packets than it carries stall on some networks. */
async function readMtu(): Promise<string> {
  const routes = (await readFile('/proc/net/route', 'utf8')).split('\n').map((line) => line.split('\t'));
  const device = routes.find((fields) => fields[1] === '00000000')?.[0];
  return device === undefined ? '1500' : (await readFile(`/sys/class/net/${device}/mtu`, 'utf8')).trim();
}

/** A PATH that offers the older packet filter first: some kernels lack what the default one needs. */
async function legacyIptablesPath(folder: string): Promise<string> {
  const bin = join(folder, 'legacy');
  await mkdir(bin, { recursive: true });
  for (const name of ['iptables', 'ip6tables']) {
    await symlink(`/usr/sbin/${name}-legacy`, join(bin, name));
  }
  return `${bin}:${process.env['PATH'] ?? ''}`;
}

/** Resolves with the function that ends the daemon once it answers; rejects with the end of its log when it does not start. */
async function launch(folder: string, host: string, path: string): Promise<() => Promise<void>> {
  const log = join(folder, 'dockerd.log');
  const args = ['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec'), '--pidfile', join(folder, 'docker.pid'), '--host', host, '--mtu', await readMtu()];
  // The daemon ends with this process even when it is killed: pdeathsig sends it SIGTERM, and it stops its containers itself.
  const daemon = execa('setpriv', ['--pdeathsig', 'TERM', 'dockerd', ...args], {
    env: { PATH: path },
    stdin: 'ignore',
    stdout: { file: log, append: true },
    stderr: { file: log, append: true },
    reject: false,
    forceKillAfterDelay: 30_000,
  });
  const ended = daemon.then(async () => {
    const lines = (await readFile(log, 'utf8')).trim().split('\n');
    throw new Error(`dockerd ended while starting:\n${lines.slice(-8).join('\n')}`);
  });
  await Promise.race([ended, eventually(() => engineAnswers({ host }), START_MS)]);
  // Its end is ordinary from here on.
  ended.catch(() => undefined);
  return async () => {
    daemon.kill('SIGTERM');
    await daemon;
  };
}

/**
 * Two daemons of one machine would give out the same addresses on the same bridge, so test runs take turns. A socket in the abstract
 * namespace is the lock: the kernel takes it back from a run that was killed.
 */
async function takeTurn(): Promise<Server> {
  return eventually(async () => {
    const turn = createServer();
    turn.listen('\0planb-test-docker');
    await once(turn, 'listening');
    return turn.unref();
  }, TURN_MS);
}

/** A container on the host's network leaves a mount behind, which the daemon does not remove when it ends. */
async function removeFolder(folder: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').map((line) => line.split(' ')[4] ?? '');
  for (const mount of mounts.filter((path) => path.startsWith(`${folder}/`)).reverse()) await execa('umount', [mount]);
  await rm(folder, { recursive: true, force: true });
}

async function startDaemon(): Promise<TestDocker> {
  if (process.getuid?.() !== 0) throw new Error('No Docker Engine answers, and only root can start one: set DOCKER_HOST, or run as root.');
  const turn = await takeTurn();
  const folder = await mkdtemp(join(tmpdir(), 'planb-docker-'));
  const host = `unix://${join(folder, 'docker.sock')}`;
  const end = await launch(folder, host, process.env['PATH'] ?? '').catch(async (error: unknown) => {
    if (!(error instanceof Error) || !error.message.includes('iptables')) throw error;
    return launch(folder, host, await legacyIptablesPath(folder));
  });
  return {
    host,
    stop: async () => {
      await end();
      await removeFolder(folder);
      turn.close();
    },
  };
}

/**
 * Gives the tests an engine. A missing `dockerd` is an error: these tests are never skipped.
 *
 * @throws Error with the end of the daemon's log when it does not start.
 */
export async function startDocker(): Promise<TestDocker> {
  const host = process.env['DOCKER_HOST'] ?? DEFAULT_SOCKET;
  if (await engineAnswers({ host })) return { host, stop: async () => undefined };
  return startDaemon();
}

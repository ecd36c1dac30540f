import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findPostgres } from '../../adapters/embedded/find-binaries.js';
import { findFreePort } from '../../adapters/embedded/free-port.js';

const START_MS = 60_000;
const POLL_MS = 50;
/** Steps in hand get this long when planb is stopped; then it is ended by force. */
const DRAIN_SECONDS = 5;
const STOP_MS = 20_000;

/** What planb's own environment may take over from the demo's. Everything else could be meant for another planb. */
const INHERITED = ['HOME', 'LANG', 'TZ', 'TMPDIR', 'DOCKER_HOST'];

/** planb itself, the compiled program, as a process of its own. */
export interface PlanbProcess {
  /** Without a slash at the end. */
  readonly url: string;
  readonly logFile: string;
  /** Resolves when it has ended, with how. */
  readonly ended: Promise<string>;
  /** The end of its log. */
  logTail(): Promise<string>;
  /** Ends it in order. Throws when it had to be ended by force: it should never need that. */
  stop(): Promise<void>;
}

export interface PlanbOptions {
  readonly config: string;
  readonly data: string;
  readonly logFile: string;
  /** Tokens and secrets. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Starts planb and waits until it is ready.
 *
 * @throws Error with the end of its log when it is not ready within a minute
 */
export async function startPlanb(options: PlanbOptions): Promise<PlanbProcess> {
  const program = join(import.meta.dirname, '..', '..', 'src', 'main.js');
  if (!existsSync(program)) throw new Error(`${program} is missing: the demo runs the compiled planb, npm run build makes it.`);
  const { config, data, logFile } = options;
  const port = await findFreePort();
  const env = {
    ...Object.fromEntries(INHERITED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
    ...options.env, PATH: await searchPath(), PLANB_CONFIG: config, PLANB_DATA: data, PORT: String(port), PLANB_DRAIN_SECONDS: String(DRAIN_SECONDS),
  };
  await mkdir(dirname(logFile), { recursive: true });
  const log = await open(logFile, 'a', 0o600);
  // In a session of its own, so that Ctrl-C reaches the demo, which then ends things in order; and with a death signal, so that a demo that is killed leaves no planb.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', process.execPath, program, 'up'], { detached: true, env, stdio: ['ignore', log.fd, log.fd] });
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => { resolve(code === null ? `was ended by ${String(signal)}` : `ended with exit code ${String(code)}`); });
  });
  await once(child, 'spawn').finally(() => log.close());

  const planb: PlanbProcess = {
    url: `http://127.0.0.1:${String(port)}`, logFile, ended,
    logTail: () => readTail(logFile),
    stop: async () => {
      signalWhileAlive(child, 'SIGTERM');
      const force = setTimeout(() => { signalWhileAlive(child, 'SIGKILL'); }, STOP_MS);
      await ended;
      clearTimeout(force);
      if (child.signalCode === 'SIGKILL') throw new Error(`planb did not stop within ${String(STOP_MS / 1_000)} s and was ended by force. ${logFile} ends:\n${await readTail(logFile)}`);
    },
  };
  try {
    await waitUntilReady(planb);
    return planb;
  } catch (error) {
    await planb.stop();
    throw error;
  }
}

async function waitUntilReady(planb: PlanbProcess): Promise<void> {
  const deadline = Date.now() + START_MS;
  const early = planb.ended.then((how) => ({ how }));
  for (;;) {
    const answer = await Promise.race([early, fetch(`${planb.url}/readyz`, { signal: AbortSignal.timeout(2_000) }).then((response) => response.ok, () => false)]);
    if (answer === true) return;
    const trouble = typeof answer === 'object' ? answer.how : Date.now() > deadline ? `was not ready after ${String(START_MS / 1_000)} s` : undefined;
    if (trouble !== undefined) throw new Error(`planb ${trouble}. ${planb.logFile} ends:\n${await planb.logTail()}`);
    await delay(POLL_MS);
  }
}

/** This Node first, for the shop's programs; PostgreSQL's own folder last, for machines that keep its clients out of the path. */
async function searchPath(): Promise<string> {
  const [postgres] = await findPostgres();
  return [dirname(process.execPath), process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', ...(postgres === undefined ? [] : [postgres.directory])].join(delimiter);
}

function signalWhileAlive(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
}

async function readTail(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-20).join('\n');
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { onTestFinished } from 'vitest';
import { builtPlanb } from './built-planb.js';
import { eventually } from './eventually.js';

/** The compiled planb as a process of the running test. */
export interface PlanbProcess {
  readonly pid: number;
  /** Of its HTTP server; 0 for a worker, which has none. */
  readonly port: number;
  /** What it logged so far. */
  log(): string;
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>;
  /** In order; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** Starts `planb up`, `planb bot` or `planb worker` with nothing but this environment, and resolves when it says that it is ready. Stopped when the test ends. */
export async function startPlanb(service: 'up' | 'bot' | 'worker', env: Readonly<Record<string, string>>): Promise<PlanbProcess> {
  const program = await builtPlanb();
  const inherited = Object.fromEntries(['PATH', 'HOME', 'DOCKER_HOST'].flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
  const child = spawn(process.execPath, [program, service], { cwd: dirname(env['PLANB_CONFIG'] ?? '.'), stdio: ['ignore', 'ignore', 'pipe'], env: { ...inherited, PORT: '0', PLANB_DRAIN_SECONDS: '2', ...env } });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => { log += chunk.toString(); });
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (!hasEnded(child)) {
      child.kill(signal);
      await once(child, 'exit');
    }
    return child.exitCode;
  };
  onTestFinished(async () => {
    await end('SIGTERM');
  });
  await eventually(() => {
    if (hasEnded(child)) throw new Error(`planb ${service} ended with ${String(child.exitCode ?? child.signalCode)}:\n${log}`);
    return log.includes('"planb is ready"');
  });
  return {
    pid: child.pid ?? 0,
    port: Number(/"port":(\d+)[^\n]*"listening"/.exec(log)?.[1] ?? 0),
    log: () => log,
    kill: async () => { await end('SIGKILL'); },
    stop: () => end('SIGTERM'),
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { join, resolve } from 'node:path';

import { build } from 'esbuild';
import { onTestFinished } from 'vitest';

import { eventually } from './eventually.js';

/** A running Node process of the running test; killed when the test ends. */
export interface NodeScript {
  readonly child: ChildProcess;
  readonly pid: number;
  /** The next line of its standard output. */
  nextLine(): Promise<string>;
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Runs a TypeScript file of this project as a process of its own: for everything that only a real death can show. */
export async function runNodeScript(entry: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<NodeScript> {
  // Inside the project, since packages are resolved from where the script lies.
  await mkdir('.tmp', { recursive: true });
  const directory = await mkdtemp(resolve('.tmp/script-'));
  const script = join(directory, 'script.mjs');
  await build({ entryPoints: [entry], outfile: script, bundle: true, packages: 'external', platform: 'node', format: 'esm', target: 'node20' });
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const kill = async (): Promise<void> => {
    if (!hasEnded()) child.kill('SIGKILL');
    await eventually(hasEnded);
  };
  onTestFinished(async () => {
    await kill();
    await rm(directory, { recursive: true, force: true });
  });
  return {
    child,
    pid: child.pid ?? 0,
    nextLine: () =>
      eventually(() => {
        if (lines.length === 0 && hasEnded()) throw new Error(`the script ended with ${child.exitCode ?? child.signalCode}`);
        return lines.shift();
      }),
    kill,
  };
}

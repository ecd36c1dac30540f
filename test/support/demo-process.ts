import { execa } from 'execa';
import { onTestFinished } from 'vitest';
import { builtPlanb } from './built-planb.js';
import { eventually } from './eventually.js';

const start = (program: string, args: readonly string[], data: string) =>
  execa(process.execPath, [program, 'demo', ...args], { env: { PLANB_DATA: data }, stdin: 'ignore', reject: false, all: true });

/** `planb demo` as a person starts it, ended with the running test. */
export interface DemoProcess {
  readonly process: ReturnType<typeof start>;
  /** Everything that it printed so far. */
  output(): string;
  /** Waits for a line, and returns the pattern's first group. */
  printed(pattern: RegExp): Promise<string>;
  /** As Ctrl-C does; resolves with the exit code. */
  interrupt(): Promise<number | undefined>;
}

export async function startDemo(data: string, ...args: string[]): Promise<DemoProcess> {
  const child = start(await builtPlanb(), args, data);
  let output = '';
  child.all.on('data', (chunk: Buffer) => { output += chunk.toString(); });
  const interrupt = async (): Promise<number | undefined> => {
    child.kill('SIGINT');
    return (await child).exitCode;
  };
  onTestFinished(async () => {
    if (child.exitCode === null) await interrupt();
  });
  return {
    process: child, interrupt,
    output: () => output,
    printed: (pattern) => eventually(() => {
      const found = pattern.exec(output)?.[1];
      if (found === undefined && child.exitCode !== null) throw new Error(`the demo ended with exit code ${String(child.exitCode)}:\n${output}`);
      return found;
    }),
  };
}

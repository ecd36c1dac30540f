import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { eventually } from '../../support/eventually.js';
import type { Point } from '../points.js';

const chaosPreload = 'test/chaos/process/preload.mjs';

/** Ends what hangs, also on a machine with much else to do. */
const startMs = 300_000;

/** What happens at a point: `hold` waits there, and only there, until it is let go on. */
export type Deed = 'kill' | 'stop' | 'hold';

/** The built planb, whose passages through its ports can be told to end in trouble. */
export class PlanbProcess {
  readonly startedAt = performance.now();
  readonly #child: ChildProcess;
  readonly #service: 'bot' | 'worker';
  readonly #reached = new Set<string>();
  #log = '';

  /** `program`: the built main.js. `preload`: what is loaded before it, a path in this project. Not ready yet: see {@link ready}. */
  constructor(program: string, service: 'bot' | 'worker', env: Readonly<Record<string, string>>, cwd: string, preload = chaosPreload) {
    const inherited = Object.fromEntries(['PATH', 'HOME'].flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
    this.#service = service;
    this.#child = spawn(process.execPath, ['--import', pathToFileURL(resolve(preload)).href, program, service], { cwd, stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env: { ...inherited, PORT: '0', PLANB_DRAIN_SECONDS: '2', ...env } });
    this.#child.stderr?.on('data', (chunk: Buffer) => { this.#log += chunk.toString(); });
    this.#child.on('message', (message) => { if (typeof message === 'object' && 'reached' in message) this.#reached.add(String(message.reached)); });
    // An order to a process that has just ended.
    this.#child.on('error', () => undefined);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get log(): string {
    return this.#log;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  get wasKilled(): boolean {
    return this.#child.signalCode === 'SIGKILL';
  }

  /** Of its HTTP server. */
  get port(): number {
    return Number(/"port":(\d+)[^\n]*"listening"/.exec(this.#log)?.[1] ?? 0);
  }

  async ready(): Promise<this> {
    await eventually(() => this.hasEnded || this.#log.includes('"planb is ready"'), startMs);
    if (this.hasEnded) throw new Error(`planb ${this.#service} ended with ${String(this.#child.exitCode ?? this.#child.signalCode)}:\n${this.#log}`);
    return this;
  }

  arm(point: Point, how: Deed): void {
    this.#reached.delete(point.name);
    this.#order({ arm: { point: point.name, how, ...(point.step === undefined ? {} : { step: point.step }) } });
  }

  hasReached(point: Point): boolean {
    return this.#reached.has(point.name);
  }

  /** It kills itself at so many passages from now, wherever that is. */
  dieAfter(passages: number): void {
    this.#order({ dieAfter: passages });
  }

  disarm(): void {
    this.#order({ disarm: true });
  }

  /** Lets go on what was held. */
  release(): void {
    this.#order({ release: true });
  }

  /** Sends the preload a question and resolves with its answer. */
  async ask(question: object): Promise<unknown> {
    const over = new AbortController();
    const answer = once(this.#child, 'message', { signal: over.signal });
    const end = once(this.#child, 'exit', { signal: over.signal });
    this.#order(question);
    try {
      const said = await Promise.race([answer.then(([message]: unknown[]) => ({ message })), end.then(() => undefined)]);
      if (said === undefined) throw new Error(`planb ${this.#service} ended:\n${this.#log}`);
      return said.message;
    } finally {
      over.abort();
    }
  }

  /** Whether it is stopped, as by SIGSTOP. */
  async isStopped(): Promise<boolean> {
    const stat = await readFile(`/proc/${String(this.pid)}/stat`, 'utf8').catch(() => '');
    return / T /.test(stat.slice(stat.lastIndexOf(')')));
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Sends the signal and waits for the end. A stopped process is continued. */
  async end(name: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    if (!this.hasEnded) {
      const exit = once(this.#child, 'exit');
      this.#child.kill(name);
      this.#child.kill('SIGCONT');
      await exit;
    }
    return this.#child.exitCode;
  }

  #order(order: object): void {
    if (!this.hasEnded && this.#child.connected) this.#child.send(order, () => undefined);
  }
}

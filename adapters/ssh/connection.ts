import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HostError } from '../../src/ports/host.js';
import type { ProgramOutcome, ProgramRequest, RunProgram } from '../../src/ports/program.js';
import type { SshAddress } from './address.js';
import { type ClientSettings, forwardArguments, masterArguments, sessionArguments } from './client-arguments.js';
import { connectFailure } from './connect-failure.js';
import { bootstrap, framed, prepareScript } from './remote-script.js';
import { SessionSlots } from './session-slots.js';

/** Until the machine has let planb in; ssh's own limit covers only the first answer. */
const connectMs = 30_000;
const pollMs = 10;
/** ssh reads keys from the agent where there is one. */
const passEnv: readonly string[] = ['SSH_AUTH_SOCK'];
/** A port that refuses is told of on the connection's own standard error, a moment after the socket was closed. */
const refusalMs = 300;
/** sshd's MaxSessions is 10 where nobody said otherwise, and one that it refuses would look like a broken connection. Questions come and go, so they never wait for programs. */
const programsAtOnce = 7;
const questionsAtOnce = 3;

/** The connection as it is now. */
interface Master {
  readonly socket: string;
  readonly stop: AbortController;
  readonly ended: Promise<unknown>;
  /** Places that it listens for, by where they lead to. */
  readonly forwards: Map<string, Promise<string>>;
}

type SessionRequest = Omit<ProgramRequest, 'argv' | 'input' | 'cwd' | 'env' | 'passEnv'>;

/** One multiplexed connection to one machine: made when it is needed, made again after it broke, ended with planb. */
export class Connection {
  readonly address: SshAddress;
  readonly #runProgram: RunProgram;
  readonly #settings: () => ClientSettings;
  #folder: Promise<string> | undefined;
  #master: Promise<Master> | undefined;
  readonly #programs = new SessionSlots(programsAtOnce);
  readonly #questions = new SessionSlots(questionsAtOnce);
  #count = 0;
  #refusal: { readonly at: number; readonly why: string } | undefined;

  /** `runProgram`: of this machine. */
  constructor(address: SshAddress, runProgram: RunProgram, settings: () => ClientSettings) {
    this.address = address;
    this.#runProgram = runProgram;
    this.#settings = settings;
  }

  /** Returns when the connection stands. Throws HostError when there is none. */
  async ready(): Promise<void> {
    await this.#ready();
  }

  /** Starts a script with what follows as its input, once the connection stands. Exit code 255 may mean that the connection broke. Throws HostError when there is none. */
  async session(script: string, input: string, request: SessionRequest = {}): Promise<ProgramOutcome> {
    return this.#programs.lend(request.signal, () => this.#open(script, input, request));
  }

  /** The same for scripts that do no harm when they run twice: a connection that broke is made again once. Throws HostError. */
  async ask(script: string, timeoutMs: number, request: SessionRequest & { readonly input?: string } = {}): Promise<ProgramOutcome> {
    const { input = '', ...rest } = request;
    const open = (): Promise<ProgramOutcome> => this.#questions.lend(rest.signal, () => this.#open(script, input, { ...rest, timeoutMs }));
    const outcome = await open();
    const broke = outcome.exitCode === 255 || outcome.timedOut || (outcome.exitCode === null && !outcome.aborted);
    if (!broke) return outcome;
    await this.#drop();
    const again = await open();
    if (again.timedOut || again.exitCode === 255) throw new HostError('unreachable', `${this.address.address} cannot be reached: ${again.timedOut ? `no answer within ${String(Math.round(timeoutMs / 1_000))} s` : lastLine(again.output)}`);
    return again;
  }

  /** A local socket file, in a folder of its own, that leads to `to` (`host:port`, or a socket's path) as the machine sees it. Throws HostError. */
  async forward(to: string, fileName = 'socket'): Promise<string> {
    const master = await this.#ready();
    const key = `${to} ${fileName}`;
    const known = master.forwards.get(key) ?? this.#listen(master, to, fileName);
    master.forwards.set(key, known);
    known.catch(() => { master.forwards.delete(key); });
    return known;
  }

  /** Why the machine refused a place since then (milliseconds since the epoch), in ssh's words: who uses a forward sees only that it closes. */
  async refusalSince(since: number): Promise<string | undefined> {
    const until = Date.now() + refusalMs;
    while ((this.#refusal?.at ?? 0) < since && Date.now() < until) await delay(pollMs);
    return this.#refusal !== undefined && this.#refusal.at >= since ? this.#refusal.why : undefined;
  }

  async close(): Promise<void> {
    await this.#drop();
    const folder = await this.#folder?.catch(() => undefined);
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    this.#folder = undefined;
  }

  async #open(script: string, input: string, request: SessionRequest): Promise<ProgramOutcome> {
    const { socket } = await this.#ready();
    return this.#runScript(socket, script, input, request);
  }

  #ready(): Promise<Master> {
    if (this.#master !== undefined) return this.#master;
    const master = this.#connect();
    this.#master = master;
    const forget = (): void => { if (this.#master === master) this.#master = undefined; };
    master.then(({ ended }) => ended.then(forget), forget);
    return master;
  }

  async #connect(): Promise<Master> {
    this.#folder ??= mkdtemp(join(tmpdir(), 'planb-ssh-'));
    // Short names: the path of a socket may have 107 bytes, and ssh appends some while it makes it.
    const socket = join(await this.#folder, `c${String((this.#count += 1))}`);
    const stop = new AbortController();
    const state = { isOver: false };
    const ended = this.#runProgram({ argv: masterArguments(this.#settings(), this.address, socket), passEnv, signal: stop.signal, graceMs: 1_000, onLine: ({ text }) => { this.#note(text); } })
      .finally(() => { state.isOver = true; });
    const until = Date.now() + connectMs;
    // ssh makes the socket once it is let in.
    while (!state.isOver && !(await stat(socket).then(() => true, () => false))) {
      if (Date.now() > until) stop.abort();
      await delay(pollMs);
    }
    if (state.isOver) {
      const { output, notFound, aborted } = await ended;
      throw aborted ? new HostError('unreachable', `${this.address.address} cannot be reached: it did not let planb in within ${String(connectMs / 1_000)} s`) : connectFailure(this.address, output, notFound);
    }
    const looked = await this.#runScript(socket, prepareScript, '', { timeoutMs: connectMs });
    const said = lastLine(looked.stdout);
    if (said === 'ready') return { socket, stop, ended, forwards: new Map() };
    stop.abort();
    await ended;
    throw new HostError('not-usable', `${this.address.address} ${said === '' ? `runs no shell for planb: ${lastLine(looked.output) || looked.summary}` : said}`);
  }

  #runScript(socket: string, script: string, input: string, request: SessionRequest): Promise<ProgramOutcome> {
    // Another one each time: no line of a script, which holds values of all kinds, may be this word.
    const endWord = `planb-${randomBytes(8).toString('hex')}`;
    return this.#runProgram({ ...request, argv: sessionArguments(this.#settings(), this.address, socket, bootstrap(endWord)), passEnv, input: framed(script, endWord, input) });
  }

  async #drop(): Promise<void> {
    const master = await this.#master?.catch(() => undefined);
    this.#master = undefined;
    master?.stop.abort();
    await master?.ended;
  }

  async #listen(master: Master, to: string, fileName: string): Promise<string> {
    const folder = `${master.socket}-${String((this.#count += 1))}`;
    await mkdir(folder, { mode: 0o700 });
    const from = join(folder, fileName);
    const outcome = await this.#runProgram({ argv: forwardArguments(this.#settings(), this.address, master.socket, { from, to }), passEnv, timeoutMs: connectMs });
    if (!outcome.ok) throw new HostError('unreachable', `${this.address.address} cannot be asked for ${to}: ${lastLine(outcome.output) || outcome.summary}`);
    return from;
  }

  #note(line: string): void {
    const why = /open failed: (?:connect failed: )?(.*)/.exec(line)?.[1];
    if (why !== undefined) this.#refusal = { at: Date.now(), why: why.trim() };
  }
}

function lastLine(output: string): string {
  return output.trimEnd().split('\n').at(-1)?.trim() ?? '';
}

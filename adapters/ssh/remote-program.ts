import { setTimeout as delay } from 'node:timers/promises';
import { HostError } from '../../src/ports/host.js';
import { inheritedVariables, type ProgramOutcome, type ProgramRequest } from '../../src/ports/program.js';
import type { Connection } from './connection.js';
import { attemptName, endAttemptScript, endScript, runScript } from './remote-script.js';

const defaultGraceMs = 10_000;
/** How long ending may take beside its grace: killing, and a connection that has to be made again. */
const endingMs = 20_000;
/** After the program's end its ssh is gone at once, unless the connection is broken or something holds the output open. */
const clientMs = 5_000;
/** Longest delay that a Node timer takes. */
const longestTimerMs = 2 ** 31 - 1;

/** What the other machine knows of a program: what `settle` prints. */
type Settled = 'never' | 'over' | 'folder' | 'missing' | 'ended' | 'gone' | { readonly exitCode: number };

/** Of all machines together: two addresses may lead to one machine, where the records of their programs lie side by side. */
let programs = 0;

/** Runs programs on one machine for one worker. */
export class RemotePrograms {
  readonly #connection: Connection;
  readonly #worker: string;
  /** Programs that have ended: their files go with the next one's start. */
  #forget: string[] = [];

  /** `worker`: letters and digits, another one for each process of planb. */
  constructor(connection: Connection, worker: string) {
    this.#connection = connection;
    this.#worker = worker;
  }

  async run(request: ProgramRequest): Promise<ProgramOutcome> {
    const started = performance.now();
    const outcome = await this.#runOnce(request);
    // The connection was broken before, so the program never came to its start. Whoever reads the bytes has seen an end already.
    const again = outcome === 'never' && request.readStdout === undefined ? await this.#runOnce(request) : outcome;
    if (again === 'never') return this.#notStarted({ summary: `the connection to ${this.#name} broke before ${nameOf(request)} was started.` });
    return { ...again, durationMs: performance.now() - started };
  }

  /** Throws HostError; `outcome-unknown` when something does not end. */
  async endOrphans(attempt: string): Promise<number> {
    const outcome = await this.#connection.ask(endAttemptScript(attemptName(attempt), `PLANB_ATTEMPT=${attempt}`, this.#worker, 5_000), 5_000 + endingMs);
    const answer = /^(ended|left) (\d+)$/m.exec(outcome.stdout);
    if (answer?.[1] === 'ended') return Number(answer[2]);
    throw new HostError('outcome-unknown', answer === null ? `${this.#name} does not say what still runs there: ${lastLine(outcome.output) || outcome.summary}` : `on ${this.#name} a program of the step does not end, also when it is killed`);
  }

  get #name(): string {
    return this.#connection.address.address;
  }

  async #runOnce(request: ProgramRequest): Promise<ProgramOutcome | 'never'> {
    if (request.signal?.aborted === true) return this.#notStarted({ aborted: true, summary: `${nameOf(request)} was not started: the run was stopped.` });
    const connected = await this.#connect(request);
    if (connected !== undefined) return connected;
    const attempt = attemptName(request.marker?.attempt ?? 'none');
    const id = `${attempt}.${this.#worker}.${String((programs += 1))}`;
    const forget = this.#forget.splice(0);
    const script = runScript({ argv: request.argv, cwd: request.cwd, env: environmentOf(request), keep: keptVariables(request), id, attempt, worker: this.#worker, forget });
    const ending = this.#endingOf(request, id);
    try {
      const client = await this.#connection.session(script, request.input ?? '', {
        signal: ending.client, graceMs: 1_000,
        ...(request.marker === undefined ? {} : { marker: request.marker }), ...(request.onLine === undefined ? {} : { onLine: request.onLine }),
        ...(request.readStdout === undefined ? {} : { readStdout: request.readStdout }), ...(request.maxOutputBytes === undefined ? {} : { maxOutputBytes: request.maxOutputBytes }),
      });
      const ended = await ending.finish();
      if (ended !== undefined) return this.#judge(request, client, ended);
      if (client.exitCode !== null && client.exitCode !== 255) {
        this.#forget.push(id);
        return { ...client, ...this.#end(request, { exitCode: client.exitCode }) };
      }
      return await this.#look(request, client, id);
    } catch (error) {
      await ending.finish();
      if (error instanceof HostError && error.code !== 'outcome-unknown') return this.#notStarted({ unreachable: true, summary: `${error.message}.` });
      // The reader of its output failed: the program must not go on without one.
      if (!(error instanceof HostError)) await this.#settle(request, id, 'its output could not be read');
      throw error;
    } finally {
      ending.dispose();
    }
  }

  /** Undefined: the connection stands. Nothing was started otherwise. */
  async #connect(request: ProgramRequest): Promise<ProgramOutcome | undefined> {
    const { signal } = request;
    const stopped = new AbortController();
    const aborted = new Promise<void>((resolve) => { signal?.addEventListener('abort', () => { resolve(); }, { once: true, signal: stopped.signal }); });
    try {
      await Promise.race([this.#connection.ready(), aborted]);
      return signal?.aborted === true ? this.#notStarted({ aborted: true, summary: `${nameOf(request)} was not started: the run was stopped.` }) : undefined;
    } catch (error) {
      if (error instanceof HostError) return this.#notStarted({ unreachable: true, summary: `${error.message}.` });
      throw error;
    } finally {
      stopped.abort();
    }
  }

  /** Ends the program at its time limit or abort, and then its ssh. */
  #endingOf(request: ProgramRequest, id: string) {
    const client = new AbortController();
    let why: 'timedOut' | 'aborted' | undefined;
    let settled: Promise<Settled> | undefined;
    const end = (reason: 'timedOut' | 'aborted'): void => {
      if (why !== undefined) return;
      why = reason;
      settled = this.#settle(request, id, reason === 'aborted' ? 'the run was stopped' : 'its time limit was over');
      settled.then(() => delay(clientMs, undefined, { ref: false }), () => undefined).finally(() => { client.abort(); }).catch(() => undefined);
    };
    const onAbort = (): void => { end('aborted'); };
    request.signal?.addEventListener('abort', onAbort, { once: true });
    const timer = request.timeoutMs === undefined ? undefined : setTimeout(() => { end('timedOut'); }, Math.min(request.timeoutMs, longestTimerMs));
    const dispose = (): void => {
      clearTimeout(timer);
      request.signal?.removeEventListener('abort', onAbort);
    };
    return {
      client: client.signal,
      dispose,
      /** After the client's end; undefined: nobody ended it. Throws HostError when it could not be ended. */
      finish: async (): Promise<{ readonly why: 'timedOut' | 'aborted'; readonly settled: Settled } | undefined> => {
        dispose();
        return why === undefined || settled === undefined ? undefined : { why, settled: await settled };
      },
    };
  }

  /** The client ended without a word about the program: either the program ended so, or the connection broke. */
  async #look(request: ProgramRequest, client: ProgramOutcome, id: string): Promise<ProgramOutcome | 'never'> {
    const settled = await this.#settle(request, id, 'the connection was lost');
    if (settled === 'never') return 'never';
    if (settled === 'missing') return this.#notStarted({ notFound: true, summary: `${request.argv[0]} was not found on ${this.#name}.` });
    if (settled === 'folder') return this.#notStarted({ notFound: true, summary: `The working folder ${request.cwd ?? ''} does not exist on ${this.#name}.` });
    if (settled === 'over') return this.#notStarted({ aborted: true, summary: `${nameOf(request)} was not started: another worker has taken over.` });
    if (typeof settled === 'object') {
      // Whatever it said at the end may be missing.
      const cut = client.exitCode === settled.exitCode ? {} : { droppedBytes: Math.max(client.droppedBytes, 1) };
      return { ...client, ...this.#end(request, settled), ...cut };
    }
    const fate = settled === 'ended' ? 'it was ended there' : 'it is gone there, and nothing says how it ended';
    return { ...client, ok: false, exitCode: null, aborted: false, timedOut: false, unreachable: true, summary: `The connection to ${this.#name} was lost while ${nameOf(request)} ran; ${fate}.` };
  }

  #judge(request: ProgramRequest, client: ProgramOutcome, { why, settled }: { readonly why: 'timedOut' | 'aborted'; readonly settled: Settled }): ProgramOutcome {
    const exitCode = typeof settled === 'object' ? settled.exitCode : null;
    // It had ended by itself just before.
    if (exitCode !== null && client.exitCode === exitCode) return { ...client, ...this.#end(request, { exitCode }) };
    const summary = why === 'timedOut' ? `${nameOf(request)} was ended on ${this.#name} after its time limit of ${String(Math.round((request.timeoutMs ?? 0) / 100) / 10)} s.` : `${nameOf(request)} was ended on ${this.#name} because the run was stopped.`;
    return { ...client, ok: false, exitCode, signal: null, timedOut: why === 'timedOut', aborted: why === 'aborted', summary };
  }

  #end(request: ProgramRequest, { exitCode }: { readonly exitCode: number }): Pick<ProgramOutcome, 'ok' | 'exitCode' | 'signal' | 'aborted' | 'timedOut' | 'notFound' | 'summary'> {
    const summary = exitCode === 0 ? `${nameOf(request)} finished on ${this.#name}.` : `${nameOf(request)} ended with exit code ${String(exitCode)} on ${this.#name}.`;
    return { ok: exitCode === 0, exitCode, signal: null, aborted: false, timedOut: false, notFound: false, summary };
  }

  /** Ends the program, or keeps it from starting. Throws HostError `outcome-unknown`. */
  async #settle(request: ProgramRequest, id: string, why: string): Promise<Settled> {
    const graceMs = request.graceMs ?? defaultGraceMs;
    const unknown = (reason: string): HostError => new HostError('outcome-unknown', `${nameOf(request)} on ${this.#name} could not be ended when ${why}, and whether it still runs there is not known: ${reason}`);
    let answer: string;
    try {
      const outcome = await this.#connection.ask(endScript(id, graceMs), graceMs + endingMs);
      answer = lastLine(outcome.stdout);
      if (!outcome.ok) throw unknown(lastLine(outcome.output) || outcome.summary);
    } catch (error) {
      throw error instanceof HostError && error.code !== 'outcome-unknown' ? unknown(error.message) : error;
    }
    if (answer === 'left') throw unknown('it does not end, also when it is killed');
    const exitCode = /^exit (\d+)$/.exec(answer)?.[1];
    if (exitCode !== undefined) return { exitCode: Number(exitCode) };
    if (answer === 'never' || answer === 'over' || answer === 'folder' || answer === 'missing' || answer === 'ended' || answer === 'gone') return answer;
    throw unknown(`it answered "${answer}"`);
  }

  #notStarted(end: Pick<ProgramOutcome, 'summary'> & Partial<ProgramOutcome>): ProgramOutcome {
    return { ok: false, exitCode: null, signal: null, timedOut: false, aborted: false, notFound: false, durationMs: 0, output: '', stdout: '', droppedBytes: 0, pid: null, startTicks: null, ...end };
  }
}

/** A shell can set no other names. */
const variableName = /^[A-Za-z_]\w*$/;

function environmentOf({ env, marker }: ProgramRequest): Readonly<Record<string, string>> {
  const wrong = Object.keys(env ?? {}).find((name) => !variableName.test(name));
  if (wrong !== undefined) throw new HostError('not-usable', `"${wrong}" is no name of a variable that a shell can set`);
  return { ...env, ...(marker === undefined ? {} : { PLANB_RUN: marker.run, PLANB_STEP: marker.step, PLANB_ATTEMPT: marker.attempt }) };
}

function keptVariables({ passEnv = [] }: ProgramRequest): readonly string[] {
  return [...inheritedVariables, ...passEnv.filter((name) => variableName.test(name))];
}

function nameOf({ argv }: ProgramRequest): string {
  return argv[0].split('/').at(-1) ?? argv[0];
}

function lastLine(output: string): string {
  return output.trimEnd().split('\n').at(-1)?.trim() ?? '';
}

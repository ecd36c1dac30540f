import { readHeads, readLastLine, writeCheckpoint, type HeadOfRun, type LastLine } from '../../src/audit/checkpoint.js';
import type { Log } from '../../src/ports/log.js';
import type { Signer } from '../../src/ports/signer.js';
import type { Store } from '../../src/ports/store.js';
import { pause } from '../sweep.js';

/** What signs heads of runs outside the database. */
export interface CheckpointParts {
  readonly store: Pick<Store, 'now' | 'headsSince' | 'withLeadership'>;
  readonly signer: Signer;
  readonly file: { lastLine(): Promise<string | undefined>; lines(): AsyncIterable<string>; append(line: string, after: string | undefined): Promise<void> };
  readonly log: Log;
}

const endedMs = 5_000;
const allMs = 60 * 60_000;
/** An append is stamped when it begins and seen when it ends, so what moved a little before the last look is looked at again. */
const marginMs = 10 * 60_000;
const headsALine = 1_000;

/** Signs the heads of runs that ended within seconds, and those of live runs every hour, until the signal aborts. One process of all does it; each machine's file is whole by itself. */
export async function keepCheckpoints(parts: CheckpointParts, signal: AbortSignal): Promise<void> {
  await parts.store.withLeadership('audit', signal, async (leading) => {
    const keeper = new CheckpointKeeper(parts);
    let failing = false;
    for (let allAt = 0; !leading.aborted; await pause(endedMs, leading)) {
      try {
        const now = performance.now();
        const all = allAt === 0 || now >= allAt;
        await keeper.look(!all);
        if (all) allAt = now + allMs;
        failing = false;
      } catch (error) {
        if (!failing) parts.log.error({ error }, 'heads of runs could not be signed, trying again');
        failing = true;
      }
    }
  }).catch((error: unknown) => {
    if (!signal.aborted) parts.log.error({ error }, 'heads of runs are not signed any more');
  });
}

/** Appends to the file what is not in it yet. */
export class CheckpointKeeper {
  readonly #parts: CheckpointParts;
  /** The version of each run that stands in the file, as far as it is remembered. */
  #written = new Map<string, number>();
  /** The file's last line, and what it says; nothing where it is no checkpoint. */
  #tail: string | undefined;
  #last: LastLine | undefined;
  /** When everything until then stood in the file; undefined: it has to be read first. */
  #lookedAt: number | undefined;

  constructor(parts: CheckpointParts) {
    this.#parts = parts;
  }

  /** Throws StoreError, or what the file throws; nothing is lost then, the next look begins where this one did. */
  async look(endedOnly: boolean): Promise<void> {
    const { store, file } = this.#parts;
    const now = await store.now();
    const line = await file.lastLine();
    // What the last line says of its time does not say that everything before it was written: whoever wrote it may have died on the way.
    if (line === undefined || line !== this.#tail) await this.#readFile(line);
    const lookedAt = this.#lookedAt;
    // A clock that went back must not hide what ends now.
    const since = lookedAt === undefined ? 0 : Math.max(0, Math.min(lookedAt, now) - marginMs);
    for (let after = '', page = headsALine; page === headsALine;) {
      const heads = await store.headsSince({ since, endedOnly: endedOnly && lookedAt !== undefined, after, limit: headsALine });
      page = heads.length;
      after = heads.at(-1)?.run ?? '';
      await this.#write(heads.filter(({ run, version }) => this.#written.get(run) !== version), now);
    }
    this.#lookedAt = now;
    // What is forgotten is only written a second time.
    if (this.#written.size > 50 * headsALine) this.#written.clear();
  }

  /** Without a readable last line everything is written once more: a file that somebody took away begins anew, and whole. */
  async #readFile(line: string | undefined): Promise<void> {
    this.#written = new Map();
    this.#lookedAt = undefined;
    this.#tail = line;
    this.#last = line === undefined ? undefined : readLastLine(line);
    if (this.#last === undefined) return;
    for await (const one of this.#parts.file.lines()) for (const [run, version] of readHeads(one)) this.#written.set(run, version);
  }

  async #write(heads: readonly HeadOfRun[], now: number): Promise<void> {
    if (heads.length === 0) return;
    const { signer, file } = this.#parts;
    const line = writeCheckpoint(this.#last, new Date(now).toISOString(), heads, signer);
    await file.append(line, this.#tail);
    this.#tail = line;
    this.#last = readLastLine(line);
    for (const { run, version } of heads) this.#written.set(run, version);
  }
}

import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { RunHead } from '../ports/store.js';
import type { Signer, VerifySignature } from '../ports/signer.js';
import type { SignedHead } from './check-chain.js';

/** A line of the file of checkpoints: heads of runs at a moment, signed, and tied to the line before. */
const checkpointSchema = z.strictObject({
  seq: z.int().min(1),
  at: z.string(),
  /** SHA-256 (hex) of the line before; of nothing for the first. */
  previous: z.string(),
  heads: z.array(z.tuple([z.string(), z.int(), z.string()])),
  key: z.string(),
});

/** Where a file of checkpoints has come to; undefined for one that is empty. */
export interface LastLine {
  readonly seq: number;
  /** ISO 8601. */
  readonly at: string;
  readonly line: string;
}

export type HeadOfRun = RunHead & { readonly run: string };

export function writeCheckpoint(last: Pick<LastLine, 'seq' | 'line'> | undefined, at: string, heads: readonly HeadOfRun[], signer: Signer): string {
  const body = JSON.stringify({
    seq: (last?.seq ?? 0) + 1, at, previous: digestOf(last?.line ?? ''), heads: heads.map(({ run, version, hash }) => [run, version, hex(hash)]), key: signer.key,
  });
  return `${body.slice(0, -1)},"signature":"${signer.sign(body)}"}`;
}

/** What the line says of itself; its signature is not looked at. */
export function readLastLine(line: string): LastLine | undefined {
  const parsed = split(line);
  return parsed === undefined ? undefined : { seq: parsed.checkpoint.seq, at: parsed.checkpoint.at, line };
}

/** The heads that the line holds, as run and version; its signature is not looked at. None of what is no checkpoint. */
export function readHeads(line: string): readonly (readonly [run: string, version: number])[] {
  return split(line)?.checkpoint.heads.map(([run, version]) => [run, version] as const) ?? [];
}

/** What is wrong with a file of checkpoints: the number of the line, from 1. */
export interface CheckpointFinding {
  readonly line: number;
  readonly what: string;
}

/** Reads checkpoints line by line, believing only what a given key has signed, and remembers the heads of each run. */
export class Checkpoints {
  /** Of each run every head that was signed, the longest last. Two of one length and other bytes are both kept: no chain fits both. */
  readonly heads = new Map<string, readonly SignedHead[]>();
  readonly broken: CheckpointFinding[] = [];
  readonly #verify: VerifySignature;
  readonly #keys: ReadonlySet<string>;
  readonly #name: string;
  #count = 0;
  #previous: string | undefined;

  /** `keys`: public keys that are trusted (SPKI, base64). `name`: what findings call the file. */
  constructor(verify: VerifySignature, keys: readonly string[], name: string) {
    this.#verify = verify;
    this.#keys = new Set(keys);
    this.#name = name;
  }

  get count(): number {
    return this.#count;
  }

  take(line: string): void {
    this.#count += 1;
    const parsed = split(line);
    if (parsed === undefined) return this.#say('it is no checkpoint');
    const { checkpoint, body, signature } = parsed;
    if (![...this.#keys].some((key) => this.#verify(body, signature, key))) return this.#say(`no trusted key has signed it (it names key ${checkpoint.key.slice(0, 16)})`);
    if (this.#previous !== undefined && checkpoint.previous !== this.#previous) this.#say('lines before it were changed, or are missing');
    else if (this.#previous === undefined && checkpoint.seq !== 1) this.#say('lines before it are missing');
    this.#previous = digestOf(line);
    for (const [run, version, hash] of checkpoint.heads) this.#remember(run, { version, hash: Buffer.from(hash, 'hex'), where: `${this.#name}, line ${String(this.#count)}, ${checkpoint.at},` });
  }

  #remember(run: string, head: SignedHead): void {
    const known = this.heads.get(run) ?? [];
    if (known.some(({ version, hash }) => version === head.version && hex(hash) === hex(head.hash))) return;
    this.heads.set(run, [...known, head].sort((a, b) => a.version - b.version));
  }

  #say(what: string): void {
    this.#previous = undefined;
    this.broken.push({ line: this.#count, what });
  }
}

function split(line: string): { readonly checkpoint: z.infer<typeof checkpointSchema>; readonly body: string; readonly signature: string } | undefined {
  const found = /^(.*),"signature":"([A-Za-z0-9+/=]+)"\}$/.exec(line);
  if (found === null) return undefined;
  const [, begun = '', signature = ''] = found;
  const body = `${begun}}`;
  try {
    const parsed = checkpointSchema.safeParse(JSON.parse(body));
    return parsed.success ? { checkpoint: parsed.data, body, signature } : undefined;
  } catch {
    return undefined;
  }
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function digestOf(line: string): string {
  return line === '' ? '' : createHash('sha256').update(line).digest('hex');
}

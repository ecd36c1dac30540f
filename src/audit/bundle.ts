import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Signer, VerifySignature } from '../ports/signer.js';
import { ChainCheck, type AuditFinding, type StoredEvent } from './check-chain.js';
import { chainStart } from './hash-chain.js';
import { Checkpoints, hex } from './checkpoint.js';

const bundleSchema = z.strictObject({
  format: z.literal('planb audit bundle 1'),
  run: z.string(),
  /** ISO 8601. */
  exportedAt: z.string(),
  /** Payloads as they are stored, so that the hashes can be computed anew. */
  events: z.array(z.strictObject({ version: z.int(), type: z.string(), payload: z.string(), hash: z.string().regex(/^[0-9a-f]{64}$/) })),
  /** Lines of the exporting machine's checkpoints that name the run. */
  checkpoints: z.array(z.string()),
  /** SPKI, base64. */
  publicKey: z.string(),
  signature: z.string(),
});

type Bundle = z.infer<typeof bundleSchema>;

/** One run's record as a file that proves itself without planb's database. */
export function writeBundle(run: string, events: readonly StoredEvent[], checkpoints: readonly string[], exportedAt: string, signer: Signer): string {
  const bundle = {
    format: 'planb audit bundle 1' as const, run, exportedAt, events: events.map(({ version, type, payload, hash }) => ({ version, type, payload, hash: hex(hash) })),
    checkpoints: [...checkpoints], publicKey: signer.publicKey,
  };
  return textOf({ ...bundle, signature: signer.sign(statement(bundle)) });
}

export interface BundleReport {
  readonly run: string;
  readonly events: number;
  /** Signed heads of the run among the checkpoints that came with it. */
  readonly checkpoints: number;
  /** The public key that signed the bundle (SPKI, base64); worth as much as the way on which the reader learnt it. */
  readonly publicKey: string;
  readonly broken: readonly AuditFinding[];
}

/** Judges a bundle by its bytes alone. `trusted`: the public key that it must be signed with; absent: its own. */
export function verifyBundle(bytes: Uint8Array, verify: VerifySignature, trusted?: string): BundleReport {
  const bundle = read(bytes);
  const whole = (what: string, of: Partial<BundleReport> = {}): BundleReport => ({ run: '', events: 0, checkpoints: 0, publicKey: '', ...of, broken: [{ run: of.run ?? '', version: 0, what }] });
  if (bundle === undefined) return whole('the file is no bundle of planb, or was changed');
  const { run, events, publicKey } = bundle;
  const checkpoints = new Checkpoints(verify, [publicKey], 'its checkpoints');
  const broken: string[] = [];
  for (const line of bundle.checkpoints) checkpoints.take(line);
  // They are taken out of a longer file, so their order among themselves says nothing; that each is signed does.
  for (const { line, what } of checkpoints.broken) if (what.startsWith('no trusted') || what.startsWith('it is no')) broken.push(`checkpoint ${String(line)}: ${what}`);
  const about: Omit<BundleReport, 'broken'> = { run, events: events.length, checkpoints: bundle.checkpoints.length, publicKey };
  const check = new ChainCheck(run, checkpoints.heads.get(run));
  for (const event of events) check.take({ ...event, hash: Buffer.from(event.hash, 'hex') });
  const last = events.at(-1);
  const finding = check.end({ version: last?.version ?? 0, hash: last === undefined ? chainStart(run).hash : Buffer.from(last.hash, 'hex') });
  if (finding !== undefined) return { ...about, broken: [finding] };
  if (trusted !== undefined && trusted !== publicKey) return whole('it is signed with another key than the one that is trusted', about);
  if (!verify(statement(bundle), bundle.signature, publicKey)) return whole('its signature is not that of its last event: events are missing at the end, or it was changed', about);
  return { ...about, broken: broken.map((what) => ({ run, version: 0, what })) };
}

/** Undefined unless these are exactly the bytes that `writeBundle` would have written: a change that means the same is a change. */
function read(bytes: Uint8Array): Bundle | undefined {
  try {
    const text = Buffer.from(bytes).toString('utf8');
    const parsed = bundleSchema.safeParse(JSON.parse(text));
    return parsed.success && Buffer.from(textOf(parsed.data)).equals(bytes) ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

function textOf(bundle: Bundle): string {
  const { format, run, exportedAt, events, checkpoints, publicKey, signature } = bundle;
  const ordered = { format, run, exportedAt, events: events.map(({ version, type, payload, hash }) => ({ version, type, payload, hash })), checkpoints, publicKey, signature };
  return `${JSON.stringify(ordered, undefined, 1)}\n`;
}

/** What is signed: the last event's hash stands for all before it. */
function statement({ run, exportedAt, events, checkpoints, publicKey }: Omit<Bundle, 'signature' | 'format'>): string {
  const last = events.at(-1);
  const lines = createHash('sha256').update(checkpoints.join('\n')).digest('hex');
  return ['planb audit bundle 1', run, exportedAt, String(last?.version ?? 0), last?.hash ?? '', lines, publicKey].join('\n');
}

/** What is signed of a run's head alone, where it is posted. */
export function headStatement(run: string, version: number, hash: string): string {
  return ['planb head', run, String(version), hash].join('\n');
}

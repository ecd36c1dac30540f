import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type DumpManifest, proofName, writeFlushed } from './dump-manifest.js';

const proofSchema = z.strictObject({
  version: z.literal(1),
  /** Of the dump that was restored: a proof of other files proves nothing here. */
  sha256: z.string(),
  /** ISO 8601 UTC. */
  provenAt: z.string(),
  /** The throwaway server's version. */
  restoredOn: z.string(),
  /** Tables compared and rows found in them. */
  tables: z.number(),
  rows: z.number(),
  restoreSeconds: z.number(),
  /** From the server's start to the last count. */
  proveSeconds: z.number(),
});
/** That a dump was restored into a throwaway server with the rows of its snapshot. */
export type Proof = z.output<typeof proofSchema>;

/** The last thing to be written: a dump folder that has it is proven. */
export async function writeProof(folder: string, proof: Proof): Promise<void> {
  const partial = join(folder, `${proofName}.partial`);
  await writeFlushed(partial, proof);
  await rename(partial, join(folder, proofName));
}

/** The proof of exactly this dump; undefined for anything less. */
export async function readProof(folder: string, manifest: DumpManifest): Promise<Proof | undefined> {
  const parsed = proofSchema.safeParse(await readFile(join(folder, proofName), 'utf8').then(JSON.parse, () => undefined));
  return parsed.success && parsed.data.sha256 === manifest.sha256 ? parsed.data : undefined;
}

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { JsonObject } from '../../../src/plan/plan.js';
import { writeFlushed } from './dump-manifest.js';

const lossManifestName = 'planb-loss.json';

const lossManifestSchema = z.strictObject({
  version: z.literal(1),
  database: z.string(),
  /** ISO 8601 UTC; of the server's clock, like the snapshot that was counted. */
  since: z.string(),
  countedAt: z.string(),
  told: z.array(z.strictObject({
    table: z.string(), rows: z.number(), column: z.string().optional(), tells: z.enum(['created', 'changed', 'written']), zone: z.string().optional(), because: z.string().optional(),
  })).readonly(),
  untold: z.array(z.strictObject({ table: z.string(), why: z.string(), difference: z.number().optional(), whole: z.boolean() })).readonly(),
  files: z.array(z.strictObject({ name: z.string(), table: z.string(), rows: z.number(), bytes: z.number(), sha256: z.string(), whole: z.boolean() })).readonly(),
});
/** What was counted and exported; the last file that is written. */
export type LossManifest = z.output<typeof lossManifestSchema>;

export async function writeLossManifest(folder: string, manifest: LossManifest): Promise<void> {
  await writeFlushed(join(folder, lossManifestName), manifest);
}

/** Of a finished export whose files are all there in their sizes; undefined for anything less. */
export async function readLossManifest(folder: string): Promise<LossManifest | undefined> {
  const parsed = lossManifestSchema.safeParse(await readFile(join(folder, lossManifestName), 'utf8').then(JSON.parse, () => undefined));
  if (!parsed.success) return undefined;
  for (const { name, bytes } of parsed.data.files) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found?.size !== bytes) return undefined;
  }
  return parsed.data;
}

/**
 * What the receipt says; `lossSince` and `exported` are what rule 5 asks for (src/run/backup-proof.ts). `exported` is true where every row that may have come since is in a file: tables of which that cannot be told
 * have to be there as a whole.
 */
export function lossReceipt(folder: string, manifest: LossManifest): JsonObject {
  const { database, since, countedAt, told, untold, files } = manifest;
  const left = untold.filter(({ whole }) => !whole);
  return {
    database, lossSince: since, countedAt, exported: left.length === 0, exportedTo: folder, files: files.map(({ name, rows, sha256 }) => ({ name, rows, sha256 })),
    rows: told.reduce((sum, { rows }) => sum + rows, 0),
    tables: Object.fromEntries(told.filter(({ rows }) => rows > 0).map(({ table, rows }) => [table, rows])),
    ...(untold.length === 0 ? {} : { untold: untold.map(({ table, why, difference, whole }) => ({ table, why, exportedWhole: whole, ...(difference === undefined ? {} : { difference }) })) }),
  };
}

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** The file beside a dump's own that proves what the dump was when it was finished. */
export const manifestName = 'planb-manifest.json';
/** The file that says that a dump was restored and compared. */
export const proofName = 'planb-proof.json';

const manifestSchema = z.strictObject({
  version: z.literal(1),
  database: z.string(),
  /** Which database that was; null where the server did not say. Absent in older dumps. */
  system: z.string().nullable().optional(),
  oid: z.number().optional(),
  server: z.string(),
  pgDump: z.string(),
  compress: z.number(),
  jobs: z.number(),
  /** ISO 8601 UTC. */
  startedAt: z.string(),
  finishedAt: z.string(),
  /** Of the live database with its indexes: about what a restored one takes. */
  databaseBytes: z.number(),
  /** The moment that was dumped, and what a server needs to hold it. */
  snapshot: z.strictObject({
    takenAt: z.string(),
    horizon: z.string().optional(),
    encoding: z.string(),
    collate: z.string(),
    ctype: z.string(),
    roles: z.array(z.string()).readonly(),
    extensions: z.array(z.string()).readonly(),
    collations: z.array(z.string()).readonly(),
    foreignTables: z.array(z.string()).readonly(),
  }),
  /** Counted within the snapshot. */
  tables: z.array(z.strictObject({ name: z.string(), rows: z.number() })).readonly(),
  bytes: z.number(),
  /** SHA-256 over the lines `<sha256>  <file>` in name order, as `sha256sum` prints them. */
  sha256: z.string(),
  files: z.array(z.strictObject({ name: z.string(), bytes: z.number(), sha256: z.string() })),
});
export type DumpManifest = z.output<typeof manifestSchema>;

/** Hashes the files of a finished dump, streamed, a few at a time. */
export async function buildManifest(folder: string, about: Omit<DumpManifest, 'version' | 'bytes' | 'sha256' | 'files'>): Promise<DumpManifest> {
  return { version: 1, ...about, ...(await hashFolder(folder)) };
}

/** The checksum of a dump's folder and of each of its files, planb's own files left out. */
export async function hashFolder(folder: string): Promise<Pick<DumpManifest, 'bytes' | 'sha256' | 'files'>> {
  const names = (await readdir(folder)).filter((name) => name !== manifestName && name !== proofName).sort();
  const files: DumpManifest['files'] = [];
  for (let from = 0; from < names.length; from += 4) {
    const some = names.slice(from, from + 4);
    files.push(...(await Promise.all(some.map((name) => hashFile(folder, name)))));
  }
  return { bytes: files.reduce((sum, file) => sum + file.bytes, 0), sha256: hashOf(files), files };
}

/** Written and flushed: pg_dump flushes its own files. */
export async function writeManifest(folder: string, manifest: DumpManifest): Promise<void> {
  await writeFlushed(join(folder, manifestName), manifest);
}

/** JSON on the disk when it returns, for nobody else to read. */
export async function writeFlushed(path: string, content: object): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(content, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * The manifest of a finished dump whose files are all there in their sizes; undefined for anything less. Contents are not read again:
 * a dump gets its name only after they were hashed.
 */
export async function readManifest(folder: string): Promise<DumpManifest | undefined> {
  const parsed = manifestSchema.safeParse(await readFile(join(folder, manifestName), 'utf8').then(JSON.parse, () => undefined));
  if (!parsed.success || hashOf(parsed.data.files) !== parsed.data.sha256) return undefined;
  for (const { name, bytes } of parsed.data.files) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found?.size !== bytes) return undefined;
  }
  return parsed.data;
}

/** Streamed: a dump may be larger than memory. */
export async function hashFile(folder: string, name: string): Promise<DumpManifest['files'][number]> {
  const hash = createHash('sha256');
  let bytes = 0;
  const chunks: AsyncIterable<Buffer> = createReadStream(join(folder, name), { highWaterMark: 1024 * 1024 });
  for await (const chunk of chunks) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { name, bytes, sha256: hash.digest('hex') };
}

function hashOf(files: DumpManifest['files']): string {
  return createHash('sha256').update(files.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join('')).digest('hex');
}

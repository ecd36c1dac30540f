import { createHash } from 'node:crypto';
import { open, readFile, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { type HashOptions, hashOnThreads } from './hash-on-threads.js';

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

/** The checksum of a dump's folder and of each of its files, planb's own files left out. */
export async function hashFolder(folder: string, options: HashOptions = {}): Promise<Pick<DumpManifest, 'bytes' | 'sha256' | 'files'>> {
  const names = (await readdir(folder)).filter((name) => name !== manifestName && name !== proofName).sort();
  const files = [...(await hashOnThreads(folder, names, options))];
  return { bytes: files.reduce((sum, file) => sum + file.bytes, 0), sha256: hashOf(files), files };
}

/** The same of a dump in either format: what the catalogue and the manifest know it by. */
export async function hashDump({ path, format }: { readonly path: string; readonly format: 'directory' | 'custom' }, signal?: AbortSignal): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const options = signal === undefined ? {} : { signal };
  if (format === 'directory') return hashFolder(path, options);
  const [file] = await hashOnThreads(dirname(path), [basename(path)], options);
  if (file === undefined) throw new Error('one file was given and none was hashed');
  return file;
}

/** Written and flushed, as the dump's own files are. */
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

function hashOf(files: DumpManifest['files']): string {
  return createHash('sha256').update(files.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join('')).digest('hex');
}

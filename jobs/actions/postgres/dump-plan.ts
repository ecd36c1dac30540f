/** How a dump is taken, and what it may need. */
export interface DumpPlan {
  readonly jobs: number;
  /** gzip level; 0: none. */
  readonly compress: number;
  /** Bytes that must be free before it starts. */
  readonly needed: number;
}

export interface DumpWishes {
  readonly jobs?: number | undefined;
  readonly compress?: number | undefined;
}

/** Left free besides the dump: a full disk hurts whatever else lives there. */
const reserve = 256 * 1024 * 1024;
/** A dump is text and holds no indexes: rows of short values grow a little over their size in the table. */
const plainFactor = 1.2;
/** Level 1 halves ordinary rows; what PostgreSQL had compressed itself does not shrink, so this is meant to be too much. */
const packedFactor = 0.6;
/** Uncompressed is fastest (facts.md: 3.6 s against 5.7 s) and taken where it leaves two thirds of the disk's free space alone. */
const plenty = 3;

/**
 * Chooses jobs and compression by the tables' bytes (indexes not counted), the free bytes and the machine's cores. Whether the free space is enough is `needed`'s to say.
 */
export function planDump(tableBytes: number, freeBytes: number, cores: number, wishes: DumpWishes): DumpPlan {
  const plain = tableBytes * plainFactor + reserve;
  const compress = wishes.compress ?? (freeBytes >= plain * plenty ? 0 : 1);
  return {
    jobs: Math.max(1, Math.min(wishes.jobs ?? cores, cores)),
    compress,
    needed: Math.ceil(compress === 0 ? plain : tableBytes * packedFactor + reserve),
  };
}

/** Bytes as a person says them: `1.1 GB`. */
export function sayBytes(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.ceil(bytes / 1_000)} kB`;
  if (bytes < 1_000_000_000) return `${Math.round(bytes / 1_000_000)} MB`;
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}

import { createReadStream } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';

/** Heads stand in lines of at most a thousand, which are far shorter. */
const longestLine = 1024 * 1024;

/** A file of lines that only grows. */
export interface GrowingFile {
  /** Undefined where there is none yet. A line that a crash cut off is no line. */
  lastLine(): Promise<string | undefined>;
  /** Every line, from the first. */
  lines(): AsyncIterable<string>;
  /** Resolves when it is on the disk, behind `after`. Throws where another line is the last by now: a process that slept for a while is not the only one that writes. */
  append(line: string, after: string | undefined): Promise<void>;
}

export function growingFile(path: string): GrowingFile {
  return {
    lastLine: () => lastLineOf(path),
    lines: () => linesOf(path),
    append: async (line, after) => {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const whole = await wholeLines(path);
      const file = await open(path, 'a', 0o600);
      try {
        if ((await lastLineOf(path)) !== after) throw new Error(`${path}: somebody else has written to it meanwhile`);
        if ((await sizeOf(path)) > whole) await file.truncate(whole);
        // A full disk takes a part of a line without an error; this goes on until all of it is taken, or throws.
        await file.appendFile(`${line}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
    },
  };
}

async function lastLineOf(path: string): Promise<string | undefined> {
  const size = await wholeLines(path);
  if (size === 0) return undefined;
  const file = await open(path, 'r');
  try {
    const from = Math.max(0, size - longestLine);
    const { buffer } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
    return buffer.toString('utf8').split('\n').findLast((line) => line !== '');
  } finally {
    await file.close();
  }
}

/**
 * The lines of a file, one after another; none where there is no file. A last line that was only begun is none: a crash, or the writer of this very moment. One
 * that has all but its end of line is given: a byte of it may have been changed.
 */
export async function* linesOf(path: string): AsyncGenerator<string> {
  const [size, whole] = [await sizeOf(path), await wholeLines(path)];
  if (size === 0) return;
  let left = whole;
  for await (const line of createInterface({ input: createReadStream(path, { end: size - 1 }), crlfDelay: Infinity })) {
    left -= Buffer.byteLength(line) + 1;
    if (line !== '' && (left >= 0 || line.includes('"}'))) yield line;
  }
}

/** How far whole lines go: a crash may have cut the last one off, and it says nothing. */
async function wholeLines(path: string): Promise<number> {
  const size = await sizeOf(path);
  if (size === 0) return 0;
  const file = await open(path, 'r');
  try {
    const from = Math.max(0, size - longestLine);
    const { buffer } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
    return from + buffer.lastIndexOf(0x0a) + 1;
  } finally {
    await file.close();
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

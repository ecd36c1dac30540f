import { cp, mkdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

/** One line of ldd: `libz.so.1 => /lib/x86_64-linux-gnu/libz.so.1 (0x…)`, or the loader: `/lib64/ld-linux-x86-64.so.2 (0x…)`. */
const LDD_LINE = /^\s*(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)$/;

/** The shared libraries and the loader that these ELF files need, as absolute paths. */
export async function listLibraries(files: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const file of files) {
    // A static program makes ldd exit 1: it needs nothing.
    const { stdout } = await execa('ldd', [file], { reject: false });
    const missing = /^\s*(\S+) => not found$/m.exec(stdout)?.[1];
    if (missing !== undefined) throw new Error(`${file} needs ${missing}, which this machine lacks`);
    for (const line of stdout.split('\n')) {
      const path = LDD_LINE.exec(line)?.[1];
      if (path !== undefined) found.add(path);
    }
  }
  return [...found].sort();
}

/** Copies one file of this machine to the same or another path under `root`, its links resolved. */
export async function copyInto(root: string, file: string, to = file): Promise<void> {
  const target = join(root, to);
  await mkdir(dirname(target), { recursive: true });
  await cp(await realpath(file), target, { recursive: true, dereference: true });
}

/** Copies programs with every library that they need. */
export async function copyPrograms(root: string, programs: Readonly<Record<string, string>>): Promise<void> {
  for (const [from, to] of Object.entries(programs)) await copyInto(root, from, to);
  for (const library of await listLibraries(Object.keys(programs))) await copyInto(root, library);
}

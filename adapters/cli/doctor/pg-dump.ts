import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunProgram } from '../../../src/ports/program.js';

/** Where Debian keeps several majors side by side. */
const versionedFolder = '/usr/lib/postgresql';

/** The majors of pg_dump on this machine, ascending. */
export async function findPgDumps(runProgram: RunProgram, signal: AbortSignal, folder = versionedFolder): Promise<readonly number[]> {
  const entries = await readdir(folder).catch(() => []);
  const programs = ['pg_dump', ...entries.filter((entry) => /^\d+$/.test(entry)).map((entry) => join(folder, entry, 'bin', 'pg_dump'))];
  const answers = await Promise.all(programs.map((program) => runProgram({ argv: [program, '--version'], timeoutMs: 5_000, signal })));
  const majors = answers.flatMap(({ ok, stdout }) => {
    const major = /\(PostgreSQL\) (\d+)/.exec(stdout)?.[1];
    return ok && major !== undefined ? [Number(major)] : [];
  });
  return [...new Set(majors)].sort((a, b) => a - b);
}

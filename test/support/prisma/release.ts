import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

import { createRunProgram } from '../../../adapters/process/run-program.js';
import type { ProgramOutcome } from '../../../src/ports/program.js';
import { createMasker } from '../../../src/secret/mask.js';
import { tempFolder } from '../temp-folder.js';

/** Prisma's own command line, without its downloads: what an action's `cli.program` is in tests. */
export const prismaProgram = [
  process.execPath,
  '--import',
  join(import.meta.dirname, 'offline-preload.mjs'),
  createRequire(import.meta.url).resolve('prisma/build/index.js'),
] as const satisfies readonly [string, ...string[]];

/** A release as it is deployed: a folder with prisma/schema.prisma and prisma/migrations. */
export interface PrismaRelease {
  readonly folder: string;
  /** The folder of migrations. */
  readonly directory: string;
  readonly migrations: Readonly<Record<string, string>>;
  /** `prisma ARGS` in the release's folder. */
  prisma(url: string, args: readonly string[]): Promise<ProgramOutcome>;
  /** `prisma migrate deploy`; throws where it fails. */
  deploy(url: string): Promise<void>;
}

/** `models`: the datamodel, for `db push`; the datasource line is added. */
export async function prismaRelease(migrations: Readonly<Record<string, string>>, models = ''): Promise<PrismaRelease> {
  const folder = await tempFolder('planb-prisma');
  const directory = join(folder, 'prisma', 'migrations');
  await mkdir(directory, { recursive: true });
  await writeFile(join(folder, 'prisma', 'schema.prisma'), `datasource db {\n  provider = "postgresql"\n  url = env("DATABASE_URL")\n}\n${models}\n`);
  await writeFile(join(directory, 'migration_lock.toml'), 'provider = "postgresql"\n');
  for (const [name, sql] of Object.entries(migrations)) {
    const file = join(directory, name, 'migration.sql');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, sql);
  }
  const controller = new AbortController();
  onTestFinished(() => controller.abort());
  const run = createRunProgram(createMasker([]));
  const prisma = (url: string, args: readonly string[]): Promise<ProgramOutcome> =>
    run({ argv: [...prismaProgram, ...args, '--schema', 'prisma/schema.prisma'], cwd: folder, env: { DATABASE_URL: url }, signal: controller.signal, timeoutMs: 120_000 });
  return {
    folder,
    directory,
    migrations,
    prisma,
    deploy: async (url) => {
      const outcome = await prisma(url, ['migrate', 'deploy']);
      if (!outcome.ok) throw new Error(`prisma migrate deploy: ${outcome.output}`);
    },
  };
}

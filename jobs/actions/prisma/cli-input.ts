import { dirname, join } from 'node:path';
import { z } from 'zod';
import { programInput } from '../program-input.js';
import { migrationSource, type MigrationSource } from './migration-source.js';

/** DATABASE_URL as the CLI needs it where it runs; default: `database`, and for a Compose service the service's own. */
const url = z.string().min(1).optional();
const env = z.record(z.string(), z.string()).optional();
const workdir = z.string().startsWith('/').optional();
const entrypoint = programInput.default(['prisma']);

const local = z.strictObject({ program: programInput.default(['npx', 'prisma']), cwd: z.string().startsWith('/'), env, url });
const container = z.strictObject({
  container: z.strictObject({ image: z.string().min(1), network: z.string().min(1).optional(), volumes: z.array(z.string().min(1)).default([]), workdir, entrypoint }),
  env,
  url,
});
const compose = z.strictObject({ compose: z.strictObject({ project: z.string().startsWith('/'), service: z.string().min(1), workdir, entrypoint }), env, url });

/** What every action that calls Prisma's command line takes. */
export const prismaInput = {
  /** As planb reaches the database, for reading the history. */
  database: z.string().min(1),
  /** Default: the URL's own `schema` parameter, as Prisma reads it, else public. */
  schema: z.string().min(1).optional(),
  /** Where the CLI of the release runs: on this machine, in a container of an image, or in a one-off container of a Compose service. */
  cli: z.union([local, container, compose]),
  /** schema.prisma as the CLI finds it; `migrations` lies beside it. */
  schemaFile: z.string().min(1).default('prisma/schema.prisma'),
  /** The migrations that the CLI ships, where planb can read them; default for a local CLI: beside `schemaFile`. */
  migrations: migrationSource.optional(),
};
export type PrismaInput = z.output<z.ZodObject<typeof prismaInput>>;

/** Where planb reads what the CLI would apply; undefined where nobody said. */
export function migrationsOf(given: PrismaInput): MigrationSource | undefined {
  if (given.migrations !== undefined || !('cwd' in given.cli)) return given.migrations;
  return { directory: join(given.cli.cwd, dirname(given.schemaFile), 'migrations') };
}

/** The schema of the history. `database` must be resolved: while describing it is still a reference. */
export function schemaOf({ database, schema }: Pick<PrismaInput, 'database' | 'schema'>): string {
  return schema ?? new URLSearchParams(database.split('?', 2)[1]).get('schema') ?? 'public';
}

/** DATABASE_URL with the schema, which Prisma takes from it; undefined: the service has its own. */
export function databaseUrl(given: PrismaInput): string | undefined {
  const address = given.cli.url ?? ('compose' in given.cli ? undefined : given.database);
  if (address === undefined || given.schema === undefined || /[?&]schema=/.test(address)) return address;
  return `${address}${address.includes('?') ? '&' : '?'}schema=${encodeURIComponent(given.schema)}`;
}

/** Tells a plan's steps apart in fact keys, with nothing that a reference hides. */
export function stepKey(kind: string, given: Pick<PrismaInput, 'schema' | 'schemaFile'>, rest: string = given.schemaFile): string {
  return `prisma-${kind}:${given.schema ?? 'default'}:${rest}`;
}

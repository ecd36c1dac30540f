import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActionContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import { onWorker } from './client-way.js';

/** What of a context asking programs for their version needs. */
type ClientContext = Pick<ActionContext, 'run' | 'connectDatabase' | 'on' | 'here' | 'signal'>;

/** A program of PostgreSQL's client package. */
export interface PostgresClient {
  readonly path: string;
  readonly major: number;
  /** `15.14 (Debian 15.14-0+deb12u1)` */
  readonly version: string;
}

/** Where Debian and the PGDG packages of Red Hat keep several majors side by side. */
const roots: readonly { readonly folder: string; readonly name: RegExp }[] = [
  { folder: '/usr/lib/postgresql', name: /^\d+$/ },
  { folder: '/usr', name: /^pgsql-\d+$/ },
];

/**
 * Finds the program of the lowest major that is not older than the server: `pg_dump` refuses a newer server (facts.md), and a much newer client may write
 * what the server's own `pg_restore` cannot read. Throws ActionError `no-client` naming the package.
 */
export async function findClient(context: ClientContext, program: 'pg_dump' | 'pg_restore' | 'psql', serverMajor: number): Promise<PostgresClient> {
  const found: PostgresClient[] = [];
  for (const path of [...(await candidates(program)), program]) {
    const client = await askVersion(context, path);
    // One that fits exactly cannot be bettered.
    if (client?.major === serverMajor) return client;
    if (client !== undefined) found.push(client);
  }
  const fitting = chooseClient(found, serverMajor);
  if (fitting !== undefined) return fitting;
  const majors = [...new Set(found.map((client) => client.major))].sort((a, b) => a - b);
  const have = majors.length === 0 ? `there is no ${program} on this machine` : `this machine has ${program} ${majors.join(', ')} only`;
  throw new ActionError('no-client', `the server is PostgreSQL ${serverMajor} and ${have}; install postgresql-client-${serverMajor}${program === 'pg_dump' ? `, or give the step a client: { image: "postgres:${serverMajor}" }` : ''}`);
}

/** The lowest major that is not older than the server. */
export function chooseClient(clients: readonly PostgresClient[], serverMajor: number): PostgresClient | undefined {
  return clients.filter((client) => client.major >= serverMajor).sort((a, b) => a.major - b.major)[0];
}

async function candidates(program: string): Promise<readonly string[]> {
  const lists = await Promise.all(
    roots.map(async ({ folder, name }) => {
      const entries = await readdir(folder).catch(() => []);
      return entries.filter((entry) => name.test(entry)).map((entry) => join(folder, entry, 'bin', program));
    }),
  );
  return lists.flat();
}

async function askVersion(context: ClientContext, path: string): Promise<PostgresClient | undefined> {
  const outcome = await onWorker(context).run({ argv: [path, '--version'], timeoutMs: 10_000, signal: context.signal }, { quiet: true });
  context.signal.throwIfAborted();
  const version = /\(PostgreSQL\) ((\d+)\S*.*)/.exec(outcome.stdout);
  if (!outcome.ok || version === null) return undefined;
  return { path, major: Number(version[2]), version: (version[1] ?? '').trim() };
}

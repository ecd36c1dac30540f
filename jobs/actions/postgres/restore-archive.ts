import type { ActionContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import { lastLine } from '../run.js';
import { onWorker } from './client-way.js';
import { type PostgresClient, findClient } from './find-client.js';
import type { DumpSource } from './restore-source.js';

/** What a dump says of itself, by `pg_restore --list`. */
export interface DumpArchive {
  readonly client: PostgresClient;
  /** Of the server that was dumped. */
  readonly serverMajor: number;
  readonly server: string;
  readonly pgDump: string;
  /** Tables whose definitions it holds, partitioned parents included; not foreign ones. */
  readonly tables: number;
  /** Its tables of migrations, by their lines in the list. */
  readonly histories: readonly { readonly table: HistoryTable; readonly line: string }[];
}

export type HistoryTable = '_prisma_migrations' | 'django_migrations';

/** Of a dump with tens of thousands of objects. */
const maxListBytes = 64 * 1024 * 1024;

/**
 * Reads the dump's table of contents with the `pg_restore` of the lowest major that is not older than its `pg_dump`: older ones refuse it, much newer ones set what an older server
 * does not know. Throws ActionError `dump-too-new` or `unreadable-dump`.
 */
export async function readArchive(context: ActionContext, dump: DumpSource): Promise<DumpArchive> {
  const reader = dump.manifest === undefined ? undefined : Number.parseInt(dump.manifest.pgDump, 10);
  const { client, list } = await listWith(context, dump.path, reader ?? 1);
  const pgDump = /^;\s+Dumped by pg_dump version: (.+)$/m.exec(list)?.[1] ?? '';
  const server = /^;\s+Dumped from database version: (.+)$/m.exec(list)?.[1] ?? '';
  const major = Number.parseInt(pgDump, 10);
  if (Number.isNaN(major)) throw new ActionError('unreadable-dump', `pg_restore does not say which version wrote ${dump.path}`);
  return {
    client: client.major >= major ? client : await findRestorer(context, major),
    serverMajor: Number.parseInt(server, 10), server, pgDump,
    tables: [...list.matchAll(/^\d+; \d+ \d+ TABLE (?!DATA |ATTACH )/gm)].length,
    histories: [...list.matchAll(/^(\d+; \d+ \d+ TABLE DATA .* (_prisma_migrations|django_migrations) \S+)$/gm)].flatMap(([, line, table]) =>
      line !== undefined && (table === '_prisma_migrations' || table === 'django_migrations') ? [{ table, line }] : []),
  };
}

/** An archive's own version is not its writer's: whether a client can read it, only that client can tell. */
async function listWith(context: ActionContext, path: string, leastMajor: number): Promise<{ readonly client: PostgresClient; readonly list: string }> {
  const client = await findRestorer(context, leastMajor);
  const outcome = await onWorker(context).run({ argv: [client.path, '--list', path], env: { LC_ALL: 'C' }, maxOutputBytes: maxListBytes, signal: context.signal }, { quiet: true });
  context.signal.throwIfAborted();
  if (outcome.ok && outcome.droppedBytes === 0) return { client, list: outcome.stdout };
  if (/unsupported version/.test(outcome.output)) return listWith(context, path, client.major + 1);
  throw new ActionError('unreadable-dump', `${path} cannot be read: ${lastLine(outcome.output) || outcome.summary}`);
}

async function findRestorer(context: ActionContext, leastMajor: number): Promise<PostgresClient> {
  try {
    return await findClient(context, 'pg_restore', leastMajor);
  } catch (error) {
    if (!(error instanceof ActionError) || error.code !== 'no-client') throw error;
    throw new ActionError('dump-too-new', `the dump was written by a newer pg_dump than any pg_restore on this machine can read; install postgresql-client-${leastMajor} or newer`, { cause: error });
  }
}

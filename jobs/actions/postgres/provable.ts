import type { ActionContext } from '../../../src/ports/action.js';
import { sayBytes } from './dump-plan.js';

/** What a proof asks of this machine. */
export interface ProofNeeds {
  /** Of pg_dump: an older server may not understand what it wrote. */
  readonly major: number;
  readonly extensions: readonly string[];
  /** Of the live database with its indexes. */
  readonly databaseBytes: number;
  /** Where the throwaway server will write. */
  readonly freeBytes: number;
}

/** An empty server and its write-ahead log, and some to spare for whatever else lives on that disk. */
const reserve = 512 * 1024 * 1024;

/** Bytes that a restored database may take; a live one has dead rows besides, so this is meant to be too much. */
export function throwawayBytes(databaseBytes: number): number {
  return databaseBytes + reserve;
}

/** Why a dump cannot be proven on this machine, as far as that can be known before a server is started; undefined where nothing speaks against it. */
export async function whyNotProvable(context: Pick<ActionContext, 'throwawayPostgres'>, needs: ProofNeeds): Promise<string | undefined> {
  const kind = await context.throwawayPostgres.find(needs.major);
  if (kind === undefined) return `there is no server of PostgreSQL ${needs.major} or newer on this machine to restore it into; install postgresql-${needs.major}`;
  const { extensions } = kind;
  const missing = extensions === undefined ? [] : needs.extensions.filter((name) => !extensions.has(name));
  if (missing.length > 0) return `PostgreSQL ${kind.major} on this machine does not have the ${missing.length === 1 ? 'extension' : 'extensions'} ${missing.join(', ')}`;
  const needed = throwawayBytes(needs.databaseBytes);
  if (needs.freeBytes < needed) return `restoring it may need ${sayBytes(needed)} and ${sayBytes(needs.freeBytes)} are free`;
  return undefined;
}

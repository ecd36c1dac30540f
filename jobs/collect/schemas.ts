import { createTwoFilesPatch } from 'diff';
import { z } from 'zod';
import { ActionError } from '../actions/action-error.js';
import { lastOf } from '../actions/docker/docker-cli.js';
import { onWorker, sayWay, withClientWay } from '../actions/postgres/client-way.js';
import { findClient } from '../actions/postgres/find-client.js';
import { type Piece, collected, joined } from './piece.js';
import type { Place } from './place.js';

const dumpMs = 120_000;
const compareMs = 30_000;

const version = z.object({ major: z.number(), version: z.string() });

/** Both databases' definitions, and how they differ. `mask`: applied before the comparison, so that what is compared is what people see. */
export async function collectSchemas(place: Place, urls: { readonly old: string; readonly new: string }, mask: (text: string) => string): Promise<Piece> {
  const schemas: { old?: string; new?: string } = {};
  const read = (side: 'old' | 'new'): Promise<Piece> => collected(`schema of the ${side} database`, async () => {
    const { text, server } = await readSchema(place, urls[side]);
    schemas[side] = mask(text);
    return { files: [{ path: `schema/${side}.sql`, text, about: `pg_dump --schema-only of the ${side} database, PostgreSQL ${server}` }], missing: [] };
  });
  const pieces = joined([await read('old'), await read('new')]);
  if (schemas.old === undefined || schemas.new === undefined) return joined([pieces, { files: [], missing: ['the difference of the schemas: it needs both'] }]);
  const [old, now] = [comparable(schemas.old), comparable(schemas.new)];
  const text = old === now ? 'No difference.\n' : createTwoFilesPatch('schema/old.sql', 'schema/new.sql', old, now, undefined, undefined, { timeout: compareMs });
  if (text === undefined) return joined([pieces, { files: [], missing: ['the difference of the schemas: they differ too much to be compared in time'] }]);
  return joined([pieces, { files: [{ path: 'schema/difference.diff', text, about: old === now ? 'the schemas are the same' : 'what differs between the schemas' }], missing: [] }]);
}

async function readSchema(place: Place, url: string): Promise<{ readonly text: string; readonly server: string }> {
  const database = await place.connectDatabase(url);
  let server;
  try {
    const [row] = await database.query("SELECT current_setting('server_version_num')::int / 10000 AS major, current_setting('server_version') AS version");
    server = version.parse(row);
  } finally {
    await database.close();
  }
  const { path } = await findClient(place, 'pg_dump', server.major);
  return withClientWay(place, url, async ({ publicUrl, env }) => {
    const chunks: Uint8Array[] = [];
    const outcome = await onWorker(place).run({
      // A migration that holds a lock must not hold this up.
      argv: [path, '--schema-only', '--lock-wait-timeout=10s', `--dbname=${publicUrl}`], env, timeoutMs: dumpMs, signal: place.signal,
      readStdout: async (stdout) => { for await (const chunk of stdout) chunks.push(chunk); },
    });
    if (!outcome.ok) throw new ActionError('dump-failed', `pg_dump: ${lastOf(outcome.output) || outcome.summary}${sayWay(place)}`);
    return { text: Buffer.concat(chunks).toString('utf8'), server: server.version };
  });
}

/** Without what differs between two dumps of one schema: versions, and the words that newer programs make up for each dump. */
function comparable(schema: string): string {
  return schema.split('\n').filter((line) => !/^(?:-- Dumped (?:from|by) |\\(?:un)?restrict )/.test(line)).join('\n');
}

import { createHash } from 'node:crypto';
import { findReferences, resolveReferences, type ReferenceReader } from '../src/config/secret-reference.js';
import type { Json } from '../src/plan/plan.js';

/**
 * Where each secret reference points, without giving the secret away: for an address (a database, a service) the hash of the address without its user's
 * password and query; for anything else only that it is there, since the hash of a short secret can be guessed back.
 */
export function fingerprintsOf(read: ReferenceReader, input: Json): Readonly<Record<string, string>> {
  return Object.fromEntries(findReferences(input).map(({ text }) => {
    const resolved = resolveReferences(text, read);
    return [text, resolved.ok && typeof resolved.value === 'string' ? fingerprint(resolved.value) : 'missing'];
  }));
}

/** An address, lists of hosts included: scheme, user and password, host and path, query. */
const address = /^([a-z][a-z0-9+.-]*:\/\/)(?:([^@/?#]*)@)?([^?#]*)(?:\?([^#]*))?/i;
/** What of a query says where: PostgreSQL's socket folders and hosts stand there. */
const places = new Set(['host', 'hostaddr', 'port', 'dbname', 'service', 'schema']);

function fingerprint(value: string): string {
  const match = address.exec(value);
  if (match === null) return 'set';
  const [, scheme = '', userinfo = '', rest = '', query = ''] = match;
  const where = [...new URLSearchParams(query)].filter(([name]) => places.has(name));
  return createHash('sha256').update(JSON.stringify([scheme, userinfo.split(':')[0], rest, where])).digest('hex').slice(0, 32);
}

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

function fingerprint(value: string): string {
  if (!URL.canParse(value)) return 'set';
  const url = new URL(value);
  url.password = '';
  url.search = '';
  url.hash = '';
  return createHash('sha256').update(url.href).digest('hex').slice(0, 32);
}

import { ActionError } from '../action-error.js';

/** A name as SQL takes it, whatever is in it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as SQL takes it, whatever `standard_conforming_strings` says. */
export function literal(text: string): string {
  const inner = text.replaceAll("'", "''");
  return inner.includes('\\') ? ` E'${inner.replaceAll('\\', '\\\\')}'` : `'${inner}'`;
}

/** The same server's URL with another database. Throws ActionError `malformed-url`, without the URL in it. */
export function databaseUrl(url: string, name: string): string {
  const match = /^(postgres(?:ql)?:\/\/[^/?#]*)(?:\/[^?#]*)?(\?[^#]*)?$/.exec(url);
  if (match === null) throw new ActionError('malformed-url', 'the database URL cannot be read; expected postgresql://user:password@host:port/database');
  const [, server = '', search = ''] = match;
  // libpq takes this one before the path: pg_restore would write into the database in use.
  const kept = search.slice(1).split('&').filter((one) => one !== '' && !one.startsWith('dbname='));
  return `${server}/${encodeURIComponent(name)}${kept.length === 0 ? '' : `?${kept.join('&')}`}`;
}

/** PostgreSQL cuts names after 63 bytes, silently: two that differ behind that would be one. */
export function fittingName(base: string, suffix: string): string {
  let kept = base;
  // Never through a surrogate pair.
  while (Buffer.byteLength(kept + suffix) > 63) kept = kept.replace(/.$/su, '');
  return kept + suffix;
}

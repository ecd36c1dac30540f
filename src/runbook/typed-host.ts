/**
 * Where an address leads is for the runbook and planb.yaml to say. A text that somebody typed, or that a database holds, may fill its path or query, never its host: neither private
 * addresses nor a metadata service can be reached by a parameter, whatever the name resolves to by then.
 *
 * @param pieces a text in pieces: which of them were written by those who may edit the runbook or planb.yaml
 * @returns whether another piece decides where it leads
 */
export function hasTypedHost(pieces: readonly { readonly text: string; readonly trusted: boolean }[]): boolean {
  const scheme = /^(?:(?:https?|wss?|ftp):[\\/]*|[a-z][a-z0-9+.-]*:[\\/]{2})/i.exec(asRead(pieces));
  if (scheme === null) return false;
  const untrusted = pieces.findIndex(({ trusted }) => !trusted);
  if (untrusted < 0) return false;
  const written = asRead(pieces.slice(0, untrusted));
  // "http://shop" + "@evil.example/" is another host: only what stands behind the host's end may be typed.
  return written.length < scheme[0].length || !/[/?#]/.test(written.slice(scheme[0].length));
}

/** As addresses are read (WHATWG): blanks and control characters before the scheme do not count, nor tabs and line breaks anywhere, and "http:x" needs no slashes. */
function asRead(pieces: Parameters<typeof hasTypedHost>[0]): string {
  return pieces.map(({ text }) => text).join('').replace(/^[\p{Cc} ]+/u, '').replace(/[\t\r\n]/g, '');
}

/** Inputs that are words for people or data for the service, not where planb goes: a link may stand in them. */
const DATA = new Set(['text', 'note', 'line', 'message', 'instructions', 'title', 'name', 'body', 'json', 'form', 'headers', 'vars', 'expect', 'includes', 'excludes', 'query', 'params']);

/** `with.requests.0.json.link` is data, `with.url` is an address. */
export function isData(part: string): boolean {
  const [, ...keys] = part.split('.');
  return part === 'name' || keys.some((key) => DATA.has(key));
}

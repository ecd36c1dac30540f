/** Every text as which a program may print `value`; planb masks them all. */
export function variantsOf(value: string): ReadonlySet<string> {
  // Line ends are normalised in the output that is searched.
  const texts = [value, value.replace(/\r\n?/g, '\n'), ...lines(value), ...urlPassword(value)];
  return new Set(texts.flatMap((text) => [text, ...base64Forms(text), ...hexForms(text), ...urlForms(text), ...jsonForms(text)]));
}

/** Shorter pieces would mask ordinary words. */
const SHORTEST_LINE = 8;
const SHORTEST_PIECE = 4;

/** The lines of a key or a certificate, which programs print one by one. */
function lines(value: string): string[] {
  if (!/[\r\n]/.test(value)) return [];
  return value.split(/[\r\n]+/).filter((line) => line.trim().length >= SHORTEST_LINE);
}

/**
 * The password inside a connection URL, since clients name it alone in their errors. A password that is also the
 * user, host or database is no secret, and masking it would black out ordinary words.
 */
function urlPassword(value: string): string[] {
  return [...userPassword(value), ...parameterPasswords(value)];
}

/** libpq takes passwords as parameters too; other services their keys. */
function parameterPasswords(value: string): string[] {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return [];
  const found = [...value.matchAll(/[?&](?:password|sslpassword|token|secret|[a-z]*key)=([^&#]*)/gi)].map(([, text = '']) => text);
  return found.flatMap((text) => [text, decode(text)]).filter((text) => text.length >= SHORTEST_LINE);
}

function userPassword(value: string): string[] {
  const match = /^[a-z][a-z0-9+.-]*:\/\/([^:/@]*):([^/]*)@([^/:?#]*)[^/?#]*\/?([^?#]*)/i.exec(value);
  const [, user = '', password = '', host = '', path = ''] = match ?? [];
  if (password.length < SHORTEST_PIECE || [user, host, path].includes(password)) return [];
  const decoded = decode(password);
  return decoded.length < SHORTEST_PIECE ? [password] : [password, decoded];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Base64 turns 3 bytes into 4 characters, so inside a longer text a secret looks different at each of the three
 * positions; the characters at its ends that also depend on its neighbours are left out.
 */
function base64Forms(text: string): string[] {
  const bytes = new TextEncoder().encode(text);
  const forms = [toBase64(bytes).replace(/=+$/, '')];
  for (const shift of [0, 1, 2]) {
    const encoded = toBase64(Uint8Array.from([...new Uint8Array(shift), ...bytes]));
    const first = Math.ceil((shift * 8) / 6);
    const last = Math.floor(((shift + bytes.length) * 8) / 6);
    forms.push(encoded.slice(first, last));
  }
  return [...forms, ...wrapped(forms[0] ?? '')]
    .filter((form) => form.length >= SHORTEST_PIECE)
    .flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
}

/** `base64` breaks its lines at 76 columns and PEM at 64; of a secret that is encoded alone each line is one of these. */
function wrapped(form: string): string[] {
  return [76, 64].flatMap((columns) => (form.length <= columns ? [] : (form.match(new RegExp(`.{1,${columns}}`, 'g')) ?? []).flatMap((line, index, all) => {
    // What follows the secret, a line feed perhaps, changes the last characters.
    const certain = index === all.length - 1 ? line.slice(0, -2) : line;
    return certain.length >= SHORTEST_LINE ? [certain] : [];
  })));
}

/** As PostgreSQL shows bytes, and many a debugger. */
function hexForms(text: string): string[] {
  const hex = Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex, hex.toUpperCase()];
}

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/** Percent-encoding as JavaScript does it, as RFC 3986 does it, in lower case, and with + for a blank as forms do. */
function urlForms(text: string): string[] {
  // Half a surrogate pair cannot be encoded; it cannot arrive from a UTF-8 environment either.
  if (/\p{Surrogate}/u.test(text)) return [];
  const usual = encodeURIComponent(text);
  const strict = usual.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  const all = [usual, strict, encodeURI(text)];
  const lower = all.map((form) => form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()));
  return [...all, ...lower].flatMap((form) => [form, form.replaceAll('%20', '+')]);
}

/** JSON strings: plain, with \u escapes beyond ASCII (Python), with \/ (PHP) and with <, > and & escaped (Go). */
function jsonForms(text: string): string[] {
  const usual = JSON.stringify(text).slice(1, -1);
  return [
    usual,
    escapeUnits(usual, /[^\x20-\x7e]/g),
    usual.replaceAll('/', '\\/'),
    escapeUnits(usual, /[<>&\u2028\u2029]/g),
  ];
}

function escapeUnits(text: string, units: RegExp): string {
  return text.replace(units, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

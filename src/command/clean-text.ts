/**
 * Text as a command may hold it: one line, without control characters, without the invisible marks that turn the direction of writing (they could make
 * a board say something else than it means), without halves of characters, which PostgreSQL's JSON refuses.
 */
export function cleanText(text: string): string {
  return text
    .replace(/[\u061C\u200B\u200E\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF]/g, '')
    .replace(/[\p{Cc}\u2028\u2029]/gu, ' ')
    .replace(/\p{Cs}/gu, '\uFFFD')
    .trim();
}

/** The first word of a cleaned text, and the rest. Quotes hold a word together; what is inside them is the word. */
export function takeWord(text: string): { readonly word: string; readonly rest: string } {
  const quoted = /^(?:"([^"]*)"|'([^']*)'|“([^”]*)”|‘([^’]*)’|«([^»]*)»)(?=\s|$)/u.exec(text);
  // Of the groups at most one took part; the others join as nothing.
  if (quoted !== null) return { word: quoted.slice(1).join('').trim(), rest: text.slice(quoted[0].length).trim() };
  const plain = /^\S+/u.exec(text)?.[0] ?? '';
  return { word: plain, rest: text.slice(plain.length).trim() };
}

import type { Json } from '../../../src/plan/plan.js';

const part = /"((?:[^"\\]|\\["\\])*)"|\[(\d+)\]|([^.[\]"\s]+)/y;

/**
 * Reads `general_settings.master_key`, `model_list[0].name`, `services."my.app".image`; undefined for anything else.
 */
export function parseKeyPath(text: string): readonly (string | number)[] | undefined {
  const keys: (string | number)[] = [];
  let at = 0;
  while (at < text.length) {
    const dot = text[at] === '.';
    if (dot) at += 1;
    // An index follows without a dot, a name follows one; the first has nothing before it.
    if (at > 0 && dot === (text[at] === '[')) return undefined;
    part.lastIndex = at;
    const found = part.exec(text);
    if (found === null || (keys.length === 0 && dot)) return undefined;
    const [match, quoted, index, name] = found;
    keys.push(index === undefined ? (quoted?.replaceAll(/\\(["\\])/g, '$1') ?? name ?? '') : Number(index));
    at += match.length;
  }
  return keys.length === 0 ? undefined : keys;
}

/** The value at a path; undefined where there is none. A null is a value. */
export function valueAt(value: Json, keys: readonly (string | number)[]): Json | undefined {
  let at: Json | undefined = value;
  for (const key of keys) {
    if (typeof at !== 'object' || at === null) return undefined;
    // A list has indexes and a mapping has names; Object.hasOwn: "constructor" is in every object.
    if (Array.isArray(at)) at = typeof key === 'number' ? (at as readonly Json[])[key] : undefined;
    else at = Object.hasOwn(at, key) ? (at as { readonly [name: string]: Json })[key] : undefined;
    if (at === undefined) return undefined;
  }
  return at;
}

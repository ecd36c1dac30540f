import { type Document, LineCounter, type Node, type Pair, isMap, isScalar, isSeq, parseDocument } from 'yaml';

/** Where a value of a config.yaml is: keys and places in lists. */
export type ConfigPath = readonly (string | number)[];

/** A key of a config.yaml. */
export interface ConfigKey {
  readonly path: ConfigPath;
  readonly name: string;
  readonly line: number;
}

/** A config.yaml, read for its keys; undefined where it is not YAML or holds no mapping. */
export interface ParsedConfig {
  readonly keys: readonly ConfigKey[];
  readonly value: Readonly<Record<string, unknown>>;
}

export function parseConfig(text: string): ParsedConfig | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true });
  if (document.errors.length > 0 || !isMap(document.contents)) return undefined;
  const value: unknown = document.toJS();
  return { keys: [...keysIn(document.contents, [], lines)], value: typeof value === 'object' && value !== null ? { ...value } : {} };
}

/** In the file's order. What an alias repeats is found where it is written. */
function* keysIn(node: unknown, path: ConfigPath, lines: LineCounter): Generator<ConfigKey> {
  if (isSeq(node)) for (const [index, item] of node.items.entries()) yield* keysIn(item, [...path, index], lines);
  if (!isMap(node)) return;
  for (const pair of node.items) {
    const name = keyOf(pair);
    if (name === undefined) continue;
    const start = isScalar(pair.key) ? (pair.key.range?.[0] ?? 0) : 0;
    yield { path: [...path, name], name, line: lines.linePos(start).line };
    yield* keysIn(pair.value, [...path, name], lines);
  }
}

/** The key of a pair as text; undefined for merges (`<<`) and keys that are no scalars. */
export function keyOf({ key }: Pair): string | undefined {
  if (!isScalar(key) || typeof key.value === 'symbol' || key.value === '<<') return undefined;
  return String(key.value);
}

/** What two releases know of a config's keys. */
export interface JudgedKeys {
  /** Keys that the running release knows and the older one does not; what lies under one is not named again. */
  readonly unknown: readonly ConfigKey[];
  /** Keys that neither names in its code: names that the user chose, or mistakes. */
  readonly strange: readonly ConfigKey[];
}

export function judgeKeys(keys: readonly ConfigKey[], older: ReadonlySet<string>, running: ReadonlySet<string>): JudgedKeys {
  const unknown: ConfigKey[] = [];
  const strange: ConfigKey[] = [];
  for (const key of keys) {
    if (older.has(key.name) || unknown.some(({ path }) => path.every((part, index) => key.path[index] === part))) continue;
    if (running.has(key.name)) unknown.push(key);
    else strange.push(key);
  }
  return { unknown, strange };
}

/** Which of the names stand as words in the texts; each text is asked for once, and none after the last name was found. */
export async function namesIn(texts: AsyncIterable<string> | Iterable<string>, names: Iterable<string>): Promise<ReadonlySet<string>> {
  const missing = new Set(names);
  const found = new Set<string>();
  if (missing.size === 0) return found;
  for await (const text of texts) {
    for (const name of missing) {
      if (!hasWord(text, name)) continue;
      missing.delete(name);
      found.add(name);
    }
    if (missing.size === 0) break;
  }
  return found;
}

const wordCharacter = /\w/;

function hasWord(text: string, name: string): boolean {
  if (name === '') return false;
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + 1)) {
    if (!wordCharacter.test(text[at - 1] ?? ' ') && !wordCharacter.test(text[at + name.length] ?? ' ')) return true;
  }
  return false;
}

/** As people write a place: `model_list[0].litellm_params.new_key`. */
export function showPath(path: ConfigPath): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${part}`)).join('');
}

/** The node at a path. */
export function nodeAt(document: Document, path: ConfigPath): Node | undefined {
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  return isMap(node) || isSeq(node) || isScalar(node) ? node : undefined;
}

import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit, type Document, type Node } from 'yaml';
import type { Problem } from './problem.js';

export type YamlPath = readonly PropertyKey[];

export interface YamlPosition {
  readonly line: number;
  readonly column: number;
}

/** A YAML file as plain data that still knows where each part stands. */
export interface YamlDocument {
  readonly value: unknown;
  /** Where the value at the path begins, or its key. A path that is not there gives the nearest part around it. */
  position(path: YamlPath, part?: 'key' | 'value'): YamlPosition;
  has(path: YamlPath): boolean;
}

export type ReadYaml = { readonly ok: true; readonly document: YamlDocument } | { readonly ok: false; readonly problems: readonly Problem[] };

interface Found {
  readonly node: Node | undefined;
  readonly key: Node | undefined;
  /** How many segments of the path are there. */
  readonly depth: number;
}

/** Deeper than anything that a person writes, and far from where the stack ends. */
const deepest = 100;

/** Reads one YAML 1.2 document. Syntax errors, repeated keys, unknown tags, runaway aliases and circles are problems; nothing is guessed. */
export function readYaml(text: string, file: string): ReadYaml {
  const lines = new LineCounter();
  const parsed = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, stringKeys: true });
  const at = (offset: number): YamlPosition => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const syntax = [...parsed.errors, ...parsed.warnings].map((error): Problem => ({ file, ...at(error.pos[0]), message: `YAML: ${error.message}` }));
  if (syntax.length > 0) return { ok: false, problems: syntax };
  const endless = findEndless(parsed);
  if (endless !== undefined) return { ok: false, problems: [{ file, ...at(endless.node.range?.[0] ?? 0), message: `YAML: ${endless.message}` }] };
  const read = readValue(parsed);
  if (!read.ok) return { ok: false, problems: [{ file, line: 1, column: 1, message: `YAML: ${read.message}` }] };

  return {
    ok: true,
    document: {
      value: read.value,
      has: (path) => find(parsed, path).depth === path.length,
      position: (path, part = 'value') => {
        const found = find(parsed, path);
        // What is missing belongs to the part around it, and a part is known by its key.
        const node = part === 'key' || found.depth < path.length ? (found.key ?? found.node) : (found.node ?? found.key);
        return at(node?.range?.[0] ?? 0);
      },
    },
  };
}

/** What would end the stack of whoever walks through the value: a part that holds itself, and nesting without end. */
function findEndless(parsed: Document): { readonly node: Node; readonly message: string } | undefined {
  let found: { readonly node: Node; readonly message: string } | undefined;
  visit(parsed, {
    Node: (_key, node, path) => {
      // Between a mapping and its value stands a pair.
      if (path.filter((above) => isMap(above) || isSeq(above)).length > deepest) found = { node, message: `nested more than ${deepest} levels deep` };
      if (isAlias(node)) {
        const meant = node.resolve(parsed);
        if (path.some((above) => above === meant)) found = { node, message: `*${node.source} stands inside of what it names` };
      }
      return found === undefined ? undefined : visit.BREAK;
    },
  });
  return found;
}

/** `toJS` throws on aliases without an anchor and on alias bombs; both are the file's fault, not ours. */
function readValue(parsed: Document): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string } {
  try {
    return { ok: true, value: parsed.toJS({ maxAliasCount: 100 }) as unknown };
  } catch (error) {
    if (error instanceof ReferenceError) return { ok: false, message: error.message };
    throw error;
  }
}

function find(parsed: Document, path: YamlPath): Found {
  let node: Node | undefined = isNode(parsed.contents) ? parsed.contents : undefined;
  let key: Node | undefined;
  for (const [depth, segment] of path.entries()) {
    const container: Node | undefined = isAlias(node) ? node.resolve(parsed) : node;
    if (isMap(container)) {
      const pair = container.items.find((item) => isScalar(item.key) && String(item.key.value) === String(segment));
      if (pair === undefined) return { node, key, depth };
      key = isNode(pair.key) ? pair.key : undefined;
      node = isNode(pair.value) ? pair.value : undefined;
    } else if (isSeq(container) && typeof segment === 'number' && segment < container.items.length) {
      const item: unknown = container.items[segment];
      key = undefined;
      node = isNode(item) ? item : undefined;
    } else {
      return { node, key, depth };
    }
  }
  return { node, key, depth: path.length };
}

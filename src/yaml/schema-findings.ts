import type { z } from 'zod';
import { nearestWord } from '../nearest-word.js';
import type { YamlDocument, YamlPath } from './document.js';
import { knownKeys } from './known-keys.js';
import type { Problem } from './problem.js';

/** Something wrong at a path of the data; the document turns it into a problem with line and column. */
export interface Finding {
  readonly path: YamlPath;
  /** Point at the key (it is the wrong word) or at the value. */
  readonly part: 'key' | 'value';
  readonly message: string;
  readonly nearest?: string;
}

type Issue = z.core.$ZodIssue;

/** Says each of zod's issues in the file's words. `value` is what was parsed. */
export function schemaFindings(issues: readonly Issue[], schema: z.ZodType, value: unknown): readonly Finding[] {
  return issues.flatMap((issue) => findingsOf(issue, schema, value));
}

export function locateFindings(findings: readonly Finding[], document: YamlDocument, file: string): readonly Problem[] {
  return findings.map(({ path, part, message, nearest }) => ({
    file,
    ...document.position(path, part),
    message,
    ...(nearest === undefined ? {} : { nearest }),
  }));
}

function findingsOf(issue: Issue, schema: z.ZodType, root: unknown): readonly Finding[] {
  const value = valueAt(root, issue.path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const candidates = knownKeys(schema, issue.path);
      return issue.keys.map((key) => withNearest({ path: [...issue.path, key], part: 'key', message: `unknown key "${key}"` }, key, candidates));
    }
    case 'invalid_type':
      if (value === undefined) return [missing(issue)];
      // A message written in our schemas wins over the general one.
      return [{ path: issue.path, part: 'value', message: issue.message.startsWith('Invalid input') ? `expected ${typeWord(issue.expected)}, found ${found(value, issue.expected)}` : issue.message }];
    case 'invalid_value': {
      if (value === undefined) return [missing(issue)];
      const words = issue.values.map(String);
      const choice = words.map((word) => `"${word}"`).join(', ');
      return [withNearest({ path: issue.path, part: 'value', message: `expected ${words.length === 1 ? choice : `one of ${choice}`}` }, typeof value === 'string' ? value : '', words)];
    }
    case 'invalid_union':
      return unionFindings(issue, schema, root, value);
    case 'invalid_key':
      return [{ path: issue.path, part: 'key', message: issue.issues[0]?.message ?? issue.message }];
    default:
      return [{ path: issue.path, part: 'value', message: inSentence(issue.message) }];
  }
}

/** The alternative that the author evidently meant is the one that got past its first check. */
function unionFindings(issue: Extract<Issue, { code: 'invalid_union' }>, schema: z.ZodType, root: unknown, value: unknown): readonly Finding[] {
  if (value === undefined) return [missing(issue)];
  const alternatives = issue.errors.map((issues) => issues.map((inner): Issue => ({ ...inner, path: [...issue.path, ...inner.path] })));
  const meant = alternatives.find((issues) => issues.length > 0 && issues.every((inner) => inner.code !== 'invalid_type' || inner.path.length > issue.path.length));
  if (meant !== undefined) return schemaFindings(meant, schema, root);
  const expected = [...new Set(alternatives.flat().flatMap((inner) => (inner.code === 'invalid_type' ? [typeWord(inner.expected)] : [])))];
  return [{ path: issue.path, part: 'value', message: expected.length === 0 ? inSentence(issue.message) : `expected ${expected.join(' or ')}, found ${found(value, '')}` }];
}

function missing(issue: Issue): Finding {
  return { path: issue.path, part: 'key', message: `missing key "${String(issue.path.at(-1) ?? '')}"` };
}

function withNearest(finding: Finding, word: string, candidates: readonly string[]): Finding {
  const nearest = nearestWord(word, candidates);
  return nearest === undefined ? finding : { ...finding, nearest };
}

/** The value at a path, or undefined. */
export function valueAt(root: unknown, path: YamlPath): unknown {
  let value = root;
  for (const segment of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = Reflect.get(value, segment) as unknown;
  }
  return value;
}

function typeWord(type: string): string {
  const words: Record<string, string> = { array: 'a list', object: 'a mapping', record: 'a mapping', string: 'text', number: 'a number', int: 'a whole number', boolean: 'true or false' };
  return words[type] ?? type;
}

function found(value: unknown, expected: string): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string') return 'text';
  const said = typeof value === 'number' ? `the number ${value}` : JSON.stringify(value);
  return expected === 'string' ? `${said} (put it in quotes)` : said;
}

/** zod's own sentences begin with a capital; ours may begin with a name. */
function inSentence(text: string): string {
  return /^(Invalid|Too) /.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

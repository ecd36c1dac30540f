import { SHORTEST_SECRET, type Secret } from '../../src/secret/mask.js';

/** Variables by name. */
export type Environment = ReadonlyMap<string, string>;

/** A value in quotes may go over lines (keys and certificates do). Unquoted, only a blank in front makes `#` a comment. */
const assignment = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*('[^']*'|"(?:\\[\s\S]|[^"\\])*"|[^\r\n]*)/gm;

/** Reads a `.env` file as compose does. */
export function readEnvironment(text: string): Environment {
  return new Map([...text.matchAll(assignment)].map(([, name = '', raw = '']) => [name, valueOf(raw)]));
}

function valueOf(raw: string): string {
  const quote = raw[0];
  if (raw.length > 1 && (quote === '"' || quote === '\'') && raw.endsWith(quote)) return quote === '"' ? unescape(raw.slice(1, -1)) : raw.slice(1, -1);
  return raw.replace(/(?:^|\s+)#.*$/, '').trimEnd();
}

function unescape(text: string): string {
  return text.replace(/\\([\s\S])/g, (_, char: string) => (char === 'n' ? '\n' : char === 'r' ? '\r' : char === 't' ? '\t' : char));
}

/** Shorter values are ports, flags and names, unless their variable's name says otherwise. */
const telling = 8;
const secretive = /key|token|secret|pass|pwd|cred|auth|salt|private|dsn|cookie|session|sign|hash|pin$/i;

/**
 * What must not leave the server although planb.yaml does not name it: every value of an environment that could be a secret. Rather too many than one too few: a
 * value that was none reads as the name of its variable.
 */
export function secretsOf(environment: Environment): readonly Secret[] {
  return [...environment].flatMap(([name, value]) => {
    // Masked already, by a secret that planb knows.
    if (value.includes('***')) return [];
    const isSecret = secretive.test(name) ? value.length >= SHORTEST_SECRET : value.length >= telling && !/^[A-Za-z]+$/.test(value);
    return isSecret ? [{ name, value }] : [];
  });
}

/** The lines of a `.env` that are no assignment and no comment: what went wrong when somebody pasted a key. */
export function strayLines(text: string): readonly Secret[] {
  const rest = text.replaceAll(assignment, '').split(/\r?\n/).map((line) => line.trim());
  return rest.filter((line) => line.length >= telling && !line.startsWith('#')).map((value) => ({ name: '.env', value }));
}

/** The names that differ, a line each; values never, not even their length. */
export function compareEnvironments(old: Environment, now: Environment): readonly string[] {
  const names = [...new Set([...old.keys(), ...now.keys()])].sort((a, b) => (a < b ? -1 : 1));
  return names.flatMap((name) => {
    if (!now.has(name)) return [`- ${name}=***    only on the old server`];
    if (!old.has(name)) return [`+ ${name}=***    only on the new server`];
    return old.get(name) === now.get(name) ? [] : [`! ${name}=***    the values differ`];
  });
}

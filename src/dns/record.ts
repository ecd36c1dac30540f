import type { RecordName, RecordSet, RecordType } from '../ports/dns.js';

const label = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
/** A whole name in ASCII, perhaps a wildcard. Nothing that a program could take for more than a name. */
const namePattern = new RegExp(`^(?:\\*\\.)?(?:${label}\\.)*${label}$`);

/** A name as it is compared: lower case, without the dot at its end. Undefined: it is none. */
export function readName(text: string): string | undefined {
  const name = text.toLowerCase().replace(/\.$/, '');
  return name.length <= 253 && namePattern.test(name) ? name : undefined;
}

/** A record's value in its one canonical form; undefined where it cannot be one of the type. */
export function readValue(type: RecordType, text: string): string | undefined {
  switch (type) {
    case 'A':
      return /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.|$)){4}$/.test(text) && !text.endsWith('.') ? text : undefined;
    case 'AAAA':
      return readIpv6(text);
    case 'CNAME':
      return readName(text);
    default:
      throw new Error(`unreachable: ${JSON.stringify(type satisfies never)}`);
  }
}

function readIpv6(text: string): string | undefined {
  if (!/^[0-9a-f:.]+$/i.test(text) || !text.includes(':')) return undefined;
  return URL.canParse(`http://[${text}]/`) ? new URL(`http://[${text}]/`).hostname.slice(1, -1) : undefined;
}

/** Sorted and without repetitions; what has no canonical form stays as it is, so that it equals nothing that planb would write. */
export function sortValues(type: RecordType, values: readonly string[]): readonly string[] {
  return [...new Set(values.map((value) => readValue(type, value) ?? value))].sort();
}

/** Both sorted. */
export function sameValues(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

/** Whether a name lies in a zone. */
export function isInZone(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

export function sayValues(values: readonly string[]): string {
  return values.length === 0 ? 'no record' : values.join(', ');
}

export function sayRecord({ name, type }: RecordName): string {
  return `${name} ${type}`;
}

/** `litellm.example.org A 192.0.2.1 (TTL 300)`. */
export function saySet(set: RecordSet): string {
  return `${sayRecord(set)} ${sayValues(set.values)}${set.values.length === 0 ? '' : ` (TTL ${set.ttl})`}`;
}

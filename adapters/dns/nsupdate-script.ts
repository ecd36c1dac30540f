import type { RecordChange, RecordName } from '../../src/ports/dns.js';

/** Whom an update goes to, and the key that signs it. */
export interface UpdateTarget {
  readonly server: string;
  readonly port: number;
  readonly zone: string;
  readonly key: { readonly name: string; readonly algorithm: string; /** base64 */ readonly secret: string };
}

/** Every part is checked where it enters planb: none holds a blank or a line end. */
const start = ({ server, port, zone, key }: UpdateTarget): readonly string[] => [`server ${server} ${String(port)}`, `zone ${zone}.`, `key ${key.algorithm}:${key.name} ${key.secret}`];

/**
 * One update message: the server takes all of it or nothing, and only while each set still has exactly the old values (RFC 2136, 2.4.2: a prerequisite compares whole sets, without their TTL).
 */
export function updateScript(target: UpdateTarget, changes: readonly RecordChange[]): string {
  return lines([...start(target), ...changes.flatMap(({ old }) => prerequisites(old, old.values)), ...changes.flatMap(replacement), 'send']);
}

/** Asks for nothing but signed: tells whether the server takes the key. */
export function emptyUpdateScript(target: UpdateTarget): string {
  return lines([...start(target), `prereq yxdomain ${target.zone}.`, 'send']);
}

function prerequisites({ name, type }: RecordName, values: readonly string[]): readonly string[] {
  return values.length === 0 ? [`prereq nxrrset ${name}. IN ${type}`] : values.map((value) => `prereq yxrrset ${name}. IN ${type} ${written(type, value)}`);
}

function replacement({ old: { name, type }, values, ttl }: RecordChange): readonly string[] {
  return [`update delete ${name}. IN ${type}`, ...values.map((value) => `update add ${name}. ${String(ttl)} IN ${type} ${written(type, value)}`)];
}

/** A name without its dot would be taken as one within the zone. */
function written(type: RecordName['type'], value: string): string {
  return type === 'CNAME' ? `${value}.` : value;
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}

import { readValue, sayRecord } from '../../src/dns/record.js';
import { DnsError, type RecordChange, type RecordName } from '../../src/ports/dns.js';

/** Whom an update goes to, and the key that signs it. */
export interface UpdateTarget {
  readonly server: string;
  readonly port: number;
  readonly zone: string;
  readonly key: { readonly name: string; readonly algorithm: string; /** base64 */ readonly secret: string };
}

/** Every part of planb.yaml and of a runbook is checked where it enters planb: none holds a blank or a line end. */
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
  return values.length === 0 ? [`prereq nxrrset ${name}. IN ${type}`] : values.map((value) => `prereq yxrrset ${name}. IN ${type} ${written({ name, type }, value)}`);
}

function replacement({ old: { name, type }, values, ttl }: RecordChange): readonly string[] {
  return [`update delete ${name}. IN ${type}`, ...values.map((value) => `update add ${name}. ${String(ttl)} IN ${type} ${written({ name, type }, value)}`)];
}

/** A name without its dot would be taken as one within the zone. What a server told may hold anything, a line end too: then it would be a command of its own. */
function written({ name, type }: RecordName, value: string): string {
  if (readValue(type, value) !== value) throw new DnsError('dns-failed', `${sayRecord({ name, type })} has a value that planb cannot write; change that record by hand`);
  return type === 'CNAME' ? `${value}.` : value;
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}

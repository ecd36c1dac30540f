import { DnsError } from '../../src/ports/dns.js';
import type { ProgramOutcome } from '../../src/ports/program.js';

interface Meaning {
  readonly pattern: RegExp;
  readonly code: ConstructorParameters<typeof DnsError>[0];
  readonly words: string;
}

/** What nsupdate prints when a server says no (BIND 9.18, bin/nsupdate/nsupdate.c: "update failed: " and the code's name); the first that fits counts. */
const meanings: readonly Meaning[] = [
  { pattern: /\bNXRRSET\b|\bYXRRSET\b|\bNXDOMAIN\b|\bYXDOMAIN\b/, code: 'records-changed', words: 'somebody changed the records since they were read, so the server changed nothing' },
  { pattern: /BADTIME|clocks are unsynchronized/, code: 'dns-refused', words: 'the clocks of this machine and of the server differ by more than the key allows (BADTIME)' },
  { pattern: /BADKEY/, code: 'dns-refused', words: 'the server does not know the key (BADKEY)' },
  { pattern: /BADSIG|tsig verify failure|tsig indicates error/i, code: 'dns-refused', words: 'the server does not accept the key: its secret or its algorithm is another there (BADSIG)' },
  { pattern: /BADTRUNC/, code: 'dns-refused', words: 'the server does not accept the signature (BADTRUNC)' },
  { pattern: /\bREFUSED\b/, code: 'dns-refused', words: 'the server refuses: this key may not change these records' },
  { pattern: /\bNOTZONE\b/, code: 'not-in-zone', words: 'a name is not in the zone' },
  { pattern: /\bNOTAUTH\b/, code: 'dns-refused', words: 'the server is not responsible for this zone, or does not accept the key (NOTAUTH)' },
  { pattern: /bad base64|could not create key/i, code: 'dns-refused', words: 'the key is no base64' },
  { pattern: /timed out|connection refused|network unreachable|host unreachable|Communication with|couldn't get address|no servers could be reached|end of file|connection reset/i, code: 'dns-unreachable', words: 'the server does not answer' },
  { pattern: /\bSERVFAIL\b/, code: 'dns-failed', words: 'the server could not carry out the update (SERVFAIL)' },
];

/** The failure of a run of nsupdate, in words. Its output is masked already. `what`: whether it was to change anything. */
export function explainUpdate(place: string, outcome: ProgramOutcome, what: 'change' | 'look' = 'change'): DnsError {
  if (outcome.notFound) return new DnsError('dns-failed', 'nsupdate is not on this machine; install bind9-dnsutils where planb\'s workers run');
  const meaning = meanings.find(({ pattern }) => pattern.test(outcome.output)) ?? (outcome.timedOut ? meanings.find(({ code }) => code === 'dns-unreachable') : undefined);
  if (meaning !== undefined) return new DnsError(meaning.code, `${place}: ${meaning.words}${meaning.code === 'dns-refused' && what === 'change' ? '; nothing was changed' : ''}`);
  return new DnsError('dns-failed', `${place}: ${outcome.output.trim().split('\n').at(-1) ?? outcome.summary}`);
}

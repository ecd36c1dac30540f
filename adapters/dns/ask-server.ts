import { createSocket } from 'node:dgram';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { connect, isIPv6 } from 'node:net';
import packet, { type Answer, type DecodedPacket } from 'dns-packet';

import { sortValues } from '../../src/dns/record.js';
import type { DnsAnswer, DnsServer, RecordName } from '../../src/ports/dns.js';

/** Over UDP a packet gets lost now and then; the last try is by TCP, which tells a silent server from a lossy way. */
const triesMs = [1_000, 2_000] as const;
const tcpMs = 3_000;

const codes: Readonly<Record<number, string>> = { 1: 'FORMERR', 2: 'SERVFAIL', 4: 'NOTIMP', 5: 'REFUSED', 9: 'NOTAUTH' };
const nxdomain = 3;

/** Why a server gave no answer at all. */
class NoAnswer extends Error {}

/**
 * Asks one server for one record. `node:dns` does not do: it keeps answers (a query cache), and gives neither the remaining TTL of an alias nor whether a server answered for
 * itself. Throws only what an abort throws.
 */
export async function askServer(server: DnsServer, { name, type }: RecordName, authoritative: boolean, signal: AbortSignal): Promise<DnsAnswer> {
  const asked = await askAny(server, name, type, authoritative, signal);
  if (typeof asked === 'string') return { ok: false, saw: asked };
  const code = (asked.flags ?? 0) & 0xf;
  if (code !== 0 && code !== nxdomain) return { ok: false, saw: `answers ${codes[code] ?? `with error ${String(code)}`}` };
  if (authoritative && !asked.flag_aa) return { ok: false, saw: 'does not answer for this zone itself' };
  const found = (asked.answers ?? []).flatMap((answer) => (answer.type === type && typeof answer.data === 'string' && (!authoritative || sameName(answer.name, name)) ? [{ value: answer.data, ttl: 'ttl' in answer ? answer.ttl ?? 0 : 0 }] : []));
  return { ok: true, values: sortValues(type, found.map(({ value }) => value)), ttl: found.length === 0 ? 0 : Math.min(...found.map(({ ttl }) => ttl)) };
}

/** The names of a zone's servers as this server itself knows them; none where it does not know. */
export async function askNameServers(server: DnsServer, zone: string, signal: AbortSignal): Promise<readonly string[]> {
  const asked = await askAny(server, zone, 'NS', true, signal);
  return typeof asked === 'string' ? [] : namesIn(asked.answers ?? []);
}

function namesIn(answers: readonly Answer[]): readonly string[] {
  return answers.flatMap((answer) => (answer.type === 'NS' && typeof answer.data === 'string' ? [answer.data.toLowerCase()] : []));
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase().replace(/\.$/, '') === b;
}

/** A sentence's end where there is no answer. */
async function askAny(server: DnsServer, name: string, type: RecordName['type'] | 'NS', authoritative: boolean, signal: AbortSignal): Promise<DecodedPacket | string> {
  signal.throwIfAborted();
  const id = randomInt(0x1_0000);
  const question = packet.encode({ type: 'query', id, flags: authoritative ? 0 : packet.RECURSION_DESIRED, questions: [{ name, type }] });
  const isAnswer = (decoded: DecodedPacket): boolean => {
    const [asked] = decoded.questions ?? [];
    return decoded.id === id && decoded.flag_qr && (asked === undefined || (asked.type === type && sameName(asked.name, name)));
  };
  let why = 'does not answer';
  for (const limitMs of triesMs) {
    const answer = await within(limitMs, signal, (limit) => overUdp(server, question, isAnswer, limit));
    if (typeof answer === 'string') why = answer;
    else if (answer.flag_tc) break;
    else return answer;
  }
  const answer = await within(tcpMs, signal, (limit) => overTcp(server, question, isAnswer, limit));
  return typeof answer === 'string' ? why : answer;
}

async function within(ms: number, signal: AbortSignal, work: (limit: AbortSignal) => Promise<DecodedPacket>): Promise<DecodedPacket | string> {
  // Not AbortSignal.timeout: within AbortSignal.any Node 20 loses it.
  const limit = new AbortController();
  const timer = setTimeout(() => { limit.abort(); }, ms);
  try {
    return await work(AbortSignal.any([signal, limit.signal]));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof NoAnswer) return error.message;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return code === 'ECONNREFUSED' ? 'refuses connections' : 'does not answer';
  } finally {
    clearTimeout(timer);
  }
}

async function overUdp(server: DnsServer, question: Buffer, isAnswer: (decoded: DecodedPacket) => boolean, signal: AbortSignal): Promise<DecodedPacket> {
  const socket = createSocket(isIPv6(server.address) ? 'udp6' : 'udp4');
  try {
    // Connected, so that only this server's packets arrive, and a closed port is told at once.
    socket.connect(server.port, server.address);
    await once(socket, 'connect', { signal });
    const answered = new Promise<DecodedPacket>((resolve) => {
      socket.on('message', (message) => {
        const decoded = decode(message);
        // Anything else may be forged, or late: the right one may still come.
        if (decoded !== undefined && isAnswer(decoded)) resolve(decoded);
      });
    });
    const failed = once(socket, 'error', { signal }).then(([error]) => Promise.reject(error instanceof Error ? error : new NoAnswer('does not answer')));
    socket.send(question);
    return await Promise.race([answered, failed]);
  } finally {
    socket.close();
  }
}

async function overTcp(server: DnsServer, question: Buffer, isAnswer: (decoded: DecodedPacket) => boolean, signal: AbortSignal): Promise<DecodedPacket> {
  const socket = connect({ host: server.address, port: server.port, signal });
  try {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(question.length);
    socket.write(Buffer.concat([length, question]));
    let read = Buffer.alloc(0);
    for await (const chunk of socket) {
      if (!Buffer.isBuffer(chunk)) continue;
      read = Buffer.concat([read, chunk]);
      if (read.length < 2 || read.length < 2 + read.readUInt16BE(0)) continue;
      const decoded = decode(read.subarray(2, 2 + read.readUInt16BE(0)));
      if (decoded !== undefined && isAnswer(decoded)) return decoded;
      throw new NoAnswer('answers with what is no DNS');
    }
    throw new NoAnswer('ends the connection without an answer');
  } finally {
    socket.destroy();
  }
}

function decode(message: Buffer): DecodedPacket | undefined {
  try {
    return packet.decode(message);
  } catch {
    // Whatever a stranger sends; the decoder throws ranges and types.
    return undefined;
  }
}

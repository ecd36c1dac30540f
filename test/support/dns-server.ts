import { execFile, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import packet from 'dns-packet';
import { onTestFinished } from 'vitest';

import { askServer } from '../../adapters/dns/ask-server.js';
import type { DnsServer, RecordType } from '../../src/ports/dns.js';
import { eventually } from './eventually.js';
import { tempFolder } from './temp-folder.js';

/** Keys of the test servers: `planb` may change addresses and aliases, `reader` nothing. */
export const keys = { planb: 'cGxhbmItcGxhbmItcGxhbmItcGxhbmItcGxhbmI=', reader: 'cmVhZGVyLXJlYWRlci1yZWFkZXItcmVhZGVyLXI=' } as const;

export interface NameServer {
  readonly port: number;
  /** `127.0.0.1:port` */
  readonly address: string;
  /** As a person with a console would: changes the zone by nsupdate, one statement an argument. */
  readonly change: (...statements: string[]) => Promise<void>;
  readonly values: (name: string, type?: RecordType) => Promise<readonly string[]>;
  readonly ttl: (name: string, type?: RecordType) => Promise<number>;
  readonly stop: () => Promise<void>;
}

/** BIND on a free loopback port, authoritative for example.org with these records, until the test ends. Back when it answers. */
export async function startNameServer(records: string): Promise<NameServer> {
  const folder = await tempFolder('planb-named');
  await writeFile(join(folder, 'zone'), `$TTL 3600\n@ IN SOA ns1 hostmaster 1 3600 600 86400 60\n@ IN NS ns1\nns1 IN A 127.0.0.1\n${records}\n`);
  // Another process may take a port between the look and the start: then another one is tried.
  for (let tries = 1; ; tries += 1) {
    const server = await startOnce(folder, await freePort());
    if (server !== undefined) return server;
    if (tries === 5) throw new Error('named found no free port in five tries');
  }
}

async function startOnce(folder: string, port: number): Promise<NameServer | undefined> {
  const config = join(folder, 'named.conf');
  await writeFile(config, `
key "planb" { algorithm hmac-sha256; secret "${keys.planb}"; };
key "reader" { algorithm hmac-sha256; secret "${keys.reader}"; };
options {
  directory "${folder}"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none; session-keyfile "${folder}/session.key";
  recursion no; dnssec-validation no; notify no;
};
controls { };
zone "example.org" { type primary; file "${folder}/zone"; update-policy { grant planb zonesub A AAAA CNAME; }; };
`);
  const child = spawn('named', ['-g', '-c', config, '-p', String(port), '-n', '1'], { stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` } });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => { said += chunk.toString(); });
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => { said += error.message; resolve(); });
    child.once('exit', () => { resolve(); });
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(stop);
  const server: DnsServer = { label: 'named', address: '127.0.0.1', port };
  const ask = (name: string, type: RecordType) => askServer(server, { name, type }, true, new AbortController().signal);
  const named = { over: false };
  void ended.then(() => { named.over = true; });
  // TCP is what updates come by; it listens when the zone is answered, both are looked at.
  await eventually(async () => named.over || ((await ask('ns1.example.org', 'A')).ok && !said.includes('could not listen')));
  if (named.over || /could not listen|address in use/.test(said)) {
    if (!/address in use|could not listen/.test(said)) throw new Error(`named did not start: ${said}`);
    await stop();
    return undefined;
  }
  return {
    port,
    address: `127.0.0.1:${port}`,
    change: async (...statements) => {
      const update = promisify(execFile)('nsupdate', ['-v']);
      update.child.stdin?.end(`server 127.0.0.1 ${port}\nzone example.org.\nkey hmac-sha256:planb ${keys.planb}\n${statements.join('\n')}\nsend\n`);
      await update;
    },
    values: async (name, type = 'A') => {
      const answer = await ask(name, type);
      if (!answer.ok) throw new Error(answer.saw);
      return answer.values;
    },
    ttl: async (name, type = 'A') => {
      const answer = await ask(name, type);
      if (!answer.ok) throw new Error(answer.saw);
      return answer.ttl;
    },
    stop,
  };
}

/** Free for TCP and for UDP. */
async function freePort(): Promise<number> {
  const tcp = createServer().listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  const address = tcp.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const udp = createSocket('udp4');
  try {
    udp.bind(port, '127.0.0.1');
    await once(udp, 'listening');
    return port;
  } catch {
    return await freePort();
  } finally {
    udp.close();
    tcp.close();
  }
}

export interface Resolver {
  readonly address: string;
  /** What it answers from now on. */
  readonly now: (values: readonly string[], ttl: number) => void;
  /** Every question from now on gets this code (2 SERVFAIL, 5 REFUSED). */
  readonly failing: (code: number) => void;
  readonly asked: () => number;
}

/** A resolver with a cache of its own: says for every name what it was told last. */
export async function startResolver(values: readonly string[], ttl: number): Promise<Resolver> {
  const socket = createSocket('udp4');
  let [kept, left, code, asked] = [values, ttl, 0, 0];
  socket.on('message', (message, from) => {
    asked += 1;
    const { id, questions = [] } = packet.decode(message);
    const [question] = questions;
    const answers = question === undefined || code !== 0 ? [] : kept.map((data) => ({ type: 'A' as const, name: question.name, ttl: left, data }));
    socket.send(packet.encode({ type: 'response', ...(id === undefined ? {} : { id }), flags: packet.RECURSION_AVAILABLE | code, questions, answers }), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => { socket.close(); });
  return {
    address: `127.0.0.1:${socket.address().port}`,
    now: (next, seconds) => { [kept, left, code] = [next, seconds, 0]; },
    failing: (next) => { code = next; },
    asked: () => asked,
  };
}

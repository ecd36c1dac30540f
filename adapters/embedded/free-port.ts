import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';

const FIRST = 10_000;
const LAST = 65_535;
/** With fewer to choose from, several programs that choose at once would meet too often. */
const FEWEST = 1_000;
const TRIES = 50;

/**
 * A port of 127.0.0.1 on which nobody listens now, and which the kernel gives to nobody by itself. A server has to come back to its port after a
 * restart: from the kernel's own range some client's outgoing connection could have it by then, even one that the server's own client tries to make
 * meanwhile, which then connects to itself.
 */
export async function findFreePort(): Promise<number> {
  const [low, high] = await readKernelRange();
  const below = Math.max(0, low - FIRST);
  const above = Math.max(0, LAST - high);
  for (let tries = 0; below + above >= FEWEST && tries < TRIES; tries += 1) {
    const chosen = randomInt(below + above);
    const port = await tryPort(chosen < below ? FIRST + chosen : high + 1 + chosen - below);
    if (port !== undefined) return port;
  }
  const port = await tryPort(0);
  if (port === undefined) throw new Error('the system gave no port');
  return port;
}

/** From where to where the kernel chooses by itself, both included. */
async function readKernelRange(): Promise<readonly [number, number]> {
  const text = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').catch(() => '');
  const [, low, high] = /^(\d+)\s+(\d+)\s*$/.exec(text) ?? [];
  return low === undefined || high === undefined ? [FIRST, LAST] : [Number(low), Number(high)];
}

async function tryPort(port: number): Promise<number | undefined> {
  const server = createServer();
  const listens = await new Promise<boolean>((resolve) => {
    server.once('error', () => { resolve(false); }).listen(port, '127.0.0.1', () => { resolve(true); });
  });
  if (!listens) return undefined;
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return address === null || typeof address === 'string' ? undefined : address.port;
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const exec = promisify(execFile);

/** Where a server is: a network of its own with one address, or an address of the loopback. */
export interface Place {
  readonly address: string;
  /** Before a program that runs there. */
  readonly enter: readonly string[];
  /** How the server names itself: `127.0.0.1` where it has a loopback of its own. */
  readonly local: string;
  /** Of its database. */
  readonly password: string;
}

export interface Places {
  readonly kind: 'network namespaces' | 'loopback addresses';
  readonly old: Place;
  readonly new: Place;
}

/** Two network namespaces joined to this machine by veth, gone with the test; where they are not allowed, two addresses of the loopback. */
export async function findPlaces(): Promise<Places> {
  const passwords = ['old-database-pw', 'new-database-pw'] as const;
  try {
    await removeStale();
    const [old, young] = [await createNamespace('o', 0, passwords[0]), await createNamespace('n', 1, passwords[1])];
    return { kind: 'network namespaces', old, new: young };
  } catch (error) {
    process.stderr.write(`No network namespaces here (${error instanceof Error ? (error.message.split('\n')[1] ?? error.message) : String(error)}).\n`);
    const loopback = (address: string, password: string): Place => ({ address, enter: [], local: address, password });
    return { kind: 'loopback addresses', old: loopback('127.0.0.2', passwords[0]), new: loopback('127.0.0.3', passwords[1]) };
  }
}

const prefix = 'planb-e2e-';
const ip = (...args: string[]): Promise<{ stdout: string }> => exec('ip', args);

/** Of 198.18.0.0/15, the network of measurements, where nobody is: four addresses for each server of each process that may run at once. */
function networkOf(number: number): (last: number) => string {
  const first = ((process.pid % 16_384) * 2 + number) * 4;
  return (last) => `198.${18 + (first >> 16)}.${(first >> 8) & 255}.${(first & 255) + last}`;
}

async function createNamespace(letter: string, number: number, password: string): Promise<Place> {
  const name = `${prefix}${process.pid}-${letter}`;
  const [outside, inside] = [`pb${process.pid}${letter}`, `pb${process.pid}${letter}i`];
  const address = networkOf(number);
  await ip('netns', 'add', name);
  onTestFinished(() => removeNamespace(name));
  await ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', inside, 'netns', name);
  await ip('addr', 'add', `${address(1)}/30`, 'dev', outside);
  await ip('link', 'set', outside, 'up');
  await ip('-n', name, 'addr', 'add', `${address(2)}/30`, 'dev', inside);
  await ip('-n', name, 'link', 'set', inside, 'up');
  await ip('-n', name, 'link', 'set', 'lo', 'up');
  return { address: address(2), enter: ['ip', 'netns', 'exec', name], local: '127.0.0.1', password };
}

/** Its link goes with it. */
async function removeNamespace(name: string): Promise<void> {
  const { stdout } = await ip('netns', 'pids', name);
  for (const pid of stdout.split('\n').filter((line) => line !== '')) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
  await ip('netns', 'delete', name);
}

/** A run that was killed could not remove its own. */
async function removeStale(): Promise<void> {
  const { stdout } = await ip('netns', 'list');
  for (const line of stdout.split('\n')) {
    const [, name, pid] = new RegExp(`^(${prefix}(\\d+)-\\w)`).exec(line) ?? [];
    if (name !== undefined && !isAlive(Number(pid))) await removeNamespace(name);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

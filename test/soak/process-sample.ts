import { readFile, readdir, readlink } from 'node:fs/promises';
import { z } from 'zod';
import type { PlanbProcess } from '../chaos/world/planb-process.js';

const answer = z.object({ heapUsed: z.number(), external: z.number(), arrayBuffers: z.number(), resources: z.array(z.string()) });

/** What one process of planb holds. */
export interface ProcessSample {
  /** Resident memory, megabytes. */
  readonly rssMb: number;
  /** JavaScript objects that are in use, after a collection, and buffers outside the heap, megabytes. */
  readonly heapMb: number;
  readonly externalMb: number;
  /** Open file descriptors, by what they are: `socket`, `pipe`, `anon_inode`, `file`. */
  readonly descriptors: Readonly<Record<string, number>>;
  /** What keeps Node's event loop busy, by its name in Node: timers, sockets, pipes, children. */
  readonly resources: Readonly<Record<string, number>>;
  /** Child processes. */
  readonly children: number;
}

const mb = (bytes: number): number => Math.round((bytes / 2 ** 20) * 100) / 100;

export async function sampleProcess(planb: PlanbProcess): Promise<ProcessSample> {
  const { heapUsed, external, resources } = answer.parse(await planb.ask({ measure: true }));
  const status = await readFile(`/proc/${String(planb.pid)}/status`, 'utf8');
  return {
    rssMb: mb(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024), heapMb: mb(heapUsed), externalMb: mb(external),
    descriptors: countBy(await descriptorsOf(planb.pid)), resources: countBy(resources), children: await childrenOf(planb.pid),
  };
}

export function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

async function descriptorsOf(pid: number): Promise<readonly string[]> {
  const folder = `/proc/${String(pid)}/fd`;
  const targets = await Promise.all((await readdir(folder)).map((name) => readlink(`${folder}/${name}`).catch(() => undefined)));
  return targets.flatMap((target) => (target === undefined ? [] : [target.startsWith('/') ? 'file' : (target.split(':')[0] ?? target)]));
}

/** Any thread may have started a child. */
async function childrenOf(pid: number): Promise<number> {
  const tasks = await readdir(`/proc/${String(pid)}/task`);
  const lists = await Promise.all(tasks.map((task) => readFile(`/proc/${String(pid)}/task/${task}/children`, 'utf8').catch(() => '')));
  return lists.join(' ').split(' ').filter((child) => child !== '').length;
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

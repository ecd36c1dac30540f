import { readFile } from 'node:fs/promises';

import { hasEnded, parseProcStat } from '../../src/process/proc-stat.js';

/** When a process started, in clock ticks since boot, or null when it has ended. */
export async function startTicksOf(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  const stat = text === null ? null : parseProcStat(text);
  return stat === null || hasEnded(stat) ? null : stat.startTicks;
}

/** Changes with every boot, so that process numbers of an earlier boot are never mistaken for today's. */
export async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

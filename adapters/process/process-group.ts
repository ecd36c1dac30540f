import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { hasEnded, parseProcStat } from '../../src/process/proc-stat.js';

const FIRST_POLL_MS = 5;
const LONGEST_POLL_MS = 100;
/** After SIGKILL only a process that the kernel holds in a device is still there. */
const KILL_WAIT_MS = 2_000;

/**
 * Ends a whole process group: SIGTERM, after `graceMs` SIGKILL. Returns when nothing of it is left, or when the kernel
 * does not let go of it. The number cannot go to another group while a member lives, so no stranger is hit.
 */
export async function endGroup(group: number, graceMs: number): Promise<void> {
  for (const [signal, waitMs] of [['SIGTERM', graceMs], ['SIGKILL', KILL_WAIT_MS]] as const) {
    if (!signalGroup(group, signal)) return;
    // A stopped process would never see SIGTERM.
    signalGroup(group, 'SIGCONT');
    const deadline = Date.now() + waitMs;
    for (let pause = FIRST_POLL_MS; Date.now() < deadline; pause = Math.min(pause * 2, LONGEST_POLL_MS)) {
      if (!(await isGroupAlive(group))) return;
      await delay(Math.min(pause, waitMs));
    }
  }
}

/**
 * True while a process of the group runs. A zombie does not: where planb is process 1 of a container, nobody collects
 * the dead grandchildren, and the kernel counts them as members for ever.
 */
async function isGroupAlive(group: number): Promise<boolean> {
  if (!signalGroup(group, 0)) return false;
  const entries = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(entries.map((entry) => readFile(`/proc/${entry}/stat`, 'latin1').catch(() => '')));
  return stats
    .map(parseProcStat)
    .some((stat) => stat !== null && stat.group === group && !hasEnded(stat));
}

function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch (error) {
    // EPERM: members are left, all of another user (sudo); they count as alive.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

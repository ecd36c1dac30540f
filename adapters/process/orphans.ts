import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { hasEnded, parseProcStat } from '../../src/process/proc-stat.js';

/** A process that carries an attempt's marker. */
export interface MarkedProcess {
  readonly pid: number;
  readonly startTicks: string;
  readonly attempt: string;
  /** The program's name as the kernel keeps it: at most 15 characters. */
  readonly name: string;
}

export interface OrphanOutcome {
  /** Every process that was found and signalled. */
  readonly ended: readonly MarkedProcess[];
  /** Still there after SIGKILL, so stuck in the kernel or out of reach: their effect cannot be ruled out. */
  readonly remaining: readonly MarkedProcess[];
}

const POLL_MS = 20;
const DEFAULT_GRACE_MS = 5_000;
/** A killed process is gone at once unless the kernel is waiting for a device. */
const KILL_WAIT_MS = 5_000;

/**
 * The processes that carry PLANB_ATTEMPT, of all attempts or of one. Sees what this user may read in /proc: its own
 * processes, as root all of them. A process that rewrote its own environment is not found.
 */
export async function findMarked(attempt?: string): Promise<MarkedProcess[]> {
  const entries = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const found = await Promise.all(entries.map((entry) => readMarked(Number(entry))));
  return found.filter((marked) => marked !== null).filter((marked) => attempt === undefined || marked.attempt === attempt);
}

/**
 * Ends every process of an attempt whose owner is dead: SIGTERM, after `graceMs` SIGKILL. Returns when all are gone.
 * Looks again until nothing is found, so that what they still started meanwhile ends too.
 */
export async function killOrphans(attempt: string, graceMs = DEFAULT_GRACE_MS): Promise<OrphanOutcome> {
  const ended = new Map<string, MarkedProcess>();
  const started = Date.now();
  for (;;) {
    const remaining = await findMarked(attempt);
    const elapsed = Date.now() - started;
    if (remaining.length === 0 || elapsed > graceMs + KILL_WAIT_MS) return { ended: [...ended.values()], remaining };
    for (const orphan of remaining) {
      const key = `${orphan.pid}/${orphan.startTicks}`;
      const isNew = !ended.has(key);
      ended.set(key, orphan);
      if (elapsed >= graceMs) signal(orphan.pid, 'SIGKILL');
      else if (isNew) signal(orphan.pid, 'SIGTERM');
    }
    await delay(POLL_MS);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself, or may not be signalled: then it is still found and reported as remaining.
  }
}

async function readMarked(pid: number): Promise<MarkedProcess | null> {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1');
    const marker = environment.split('\0').find((entry) => entry.startsWith('PLANB_ATTEMPT='));
    if (marker === undefined) return null;
    const text = await readFile(`/proc/${pid}/stat`, 'latin1');
    const stat = parseProcStat(text);
    if (stat === null || hasEnded(stat)) return null;
    const attempt = Buffer.from(marker.slice('PLANB_ATTEMPT='.length), 'latin1').toString('utf8');
    return { pid, startTicks: stat.startTicks, attempt, name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')) };
  } catch {
    // Gone meanwhile, or another user's.
    return null;
  }
}

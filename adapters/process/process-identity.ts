import { readFileSync } from 'node:fs';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

import type { OwnerIdentity, OwnerState } from '../../src/ports/program.js';
import { hasEnded, parseProcStat, type ProcStat } from '../../src/process/proc-stat.js';

/** The kernel's constant name of the first process namespace: whoever is in it is in no container. */
const HOST_NAMESPACE = 'pid:[4026531836]';

/** Names this process. Linux only: everything comes from /proc. */
export async function ownIdentity(): Promise<OwnerIdentity> {
  const stat = await readStat('self');
  if (stat === null) throw new Error('/proc/self/stat cannot be read: planb needs Linux with /proc mounted');
  return { ...(await readPlace()), pid: process.pid, startTicks: stat.startTicks };
}

/**
 * Whether the process of `identity` still runs, as far as it can be proven from here. Freeing a dead owner's work is
 * only safe on proof, so every doubt is `elsewhere`.
 */
export async function isAlive(identity: OwnerIdentity): Promise<OwnerState> {
  return judgeOwner(identity, await readPlace(), async () => {
    try {
      process.kill(identity.pid, 0);
    } catch (error) {
      // EPERM: it exists and belongs to another user.
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'none';
    }
    return (await readStat(String(identity.pid))) ?? 'hidden';
  });
}

/** Where a process runs: everything of an identity except the process. */
export type Place = Omit<OwnerIdentity, 'pid' | 'startTicks'>;

/** The rule behind `isAlive`; `look` tells what this machine has under the identity's number. */
export async function judgeOwner(
  identity: OwnerIdentity,
  here: Place,
  look: () => Promise<ProcStat | 'none' | 'hidden'>,
): Promise<OwnerState> {
  if (identity.bootId !== here.bootId) {
    // The same machine booted again ends every process of the boot before. In containers neither name proves which
    // machine it is: they come from the image and from the compose file.
    const isHost = identity.pidNamespace === HOST_NAMESPACE && here.pidNamespace === HOST_NAMESPACE;
    const isSameMachine = identity.machineId !== '' && identity.machineId === here.machineId && identity.hostname === here.hostname;
    return isHost && isSameMachine ? 'dead' : 'elsewhere';
  }
  // Another container of this machine: its numbers mean other processes here.
  if (identity.pidNamespace !== here.pidNamespace) return 'elsewhere';
  const found = await look();
  if (found === 'hidden') return 'elsewhere';
  if (found === 'none' || hasEnded(found)) return 'dead';
  // The number may have gone to another process since.
  return found.startTicks === identity.startTicks ? 'alive' : 'dead';
}

async function readPlace(): Promise<Place> {
  const [machineId, bootId, pidNamespace] = await Promise.all([
    readFile('/etc/machine-id', 'utf8').catch(() => ''),
    readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    readlink('/proc/self/ns/pid'),
  ]);
  return { hostname: hostname(), machineId: machineId.trim(), bootId: bootId.trim(), pidNamespace };
}

async function readStat(entry: string): Promise<ProcStat | null> {
  const text = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => null);
  return text === null ? null : parseProcStat(text);
}

/**
 * When the process started, in clock ticks since boot, or null when there is none. Reads at once: a child that has just
 * been started and has ended already keeps its entry until Node's event loop turns.
 */
export function startTicksOf(pid: number): string | null {
  try {
    return parseProcStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.startTicks ?? null;
  } catch {
    return null;
  }
}

import { readFile, readlink } from 'node:fs/promises';

/** Names this process beyond its number: the boot, which containers share with their host, and the table that the number belongs to. */
export async function nameReader(): Promise<string> {
  const [boot, table] = await Promise.all([readFile('/proc/sys/kernel/random/boot_id', 'utf8'), readlink('/proc/self/ns/pid')]);
  return `${boot.trim()}/${table}/${process.pid}`;
}

/** Proven dead, seen from the process that `self` names. Another machine's or container's reader is never proven to be. */
export function isDead(reader: string, self: string): boolean {
  const [boot, table, pid] = reader.split('/');
  const [ownBoot, ownTable] = self.split('/');
  if (boot !== ownBoot || table !== ownTable || !/^\d+$/.test(pid ?? '')) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    // EPERM: it lives, under another user.
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

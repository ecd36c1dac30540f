import { readFile } from 'node:fs/promises';

/** When a process started, in clock ticks since boot (field 22 of proc(5)'s stat), or null when it is gone or a zombie. */
export async function startTicksOf(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  // The name in parentheses may itself hold blanks and parentheses, so fields are counted from the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
}

/** Changes with every boot, so that process numbers of an earlier boot are never mistaken for today's. */
export async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

import { stat } from 'node:fs/promises';
import type { Log } from '../../src/ports/log.js';
import { loadConfig, type LoadedConfig } from './load-config.js';

/** planb.yaml as it is now: who left the group no longer votes, without anybody restarting planb. */
export interface LiveConfig {
  readonly current: LoadedConfig;
  stop(): void;
}

const lookMs = 2_000;

/**
 * Looks at the file every two seconds and takes it over when it changed and is right. What is wrong with it is said once, and the last right one stays in force: an
 * editor that saves in the middle must not take planb down.
 */
export function watchConfig(loaded: LoadedConfig, log: Log): LiveConfig {
  let current = loaded;
  let seen: string | undefined;
  let looking = false;

  const look = async (): Promise<void> => {
    const mark = await markOf(loaded.file);
    if (mark === seen) return;
    // The first look reads once more: the file may have changed since it was loaded.
    const first = seen === undefined;
    seen = mark;
    try {
      current = await loadConfig(loaded.file);
      if (!first) log.info({ file: loaded.file }, 'planb.yaml has changed and is in force');
    } catch (error) {
      log.error({ error }, 'planb.yaml has changed and cannot be used; the one before stays in force');
    }
  };
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    void look().finally(() => { looking = false; });
  }, lookMs);
  void look();
  return { get current() { return current; }, stop: () => { clearInterval(timer); } };
}

/** Changes whenever the file may have: editors replace files, so the inode counts too. */
async function markOf(file: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(file);
    return [mtimeMs, size, ino].join(' ');
  } catch {
    return 'missing';
  }
}

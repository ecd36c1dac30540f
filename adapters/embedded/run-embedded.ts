import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

import type { EmbeddedOptions, EmbeddedServer, ServerKind } from './server-kind.js';
import { isRunning } from './server-process.js';
import { startOrJoin, stopOwned, type RunningServer } from './start-or-join.js';

const DEFAULT_TIMEOUT_MS = 60_000;
/** How often a joined server is looked at, and the first pause after a failed restart. */
const WATCH_MS = 200;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Runs one server for as long as this planb wants it. When the server ends under us (it crashed, or it belonged to
 * another planb that has stopped) this planb starts it again at the same address, so connections come back by
 * themselves and it does not matter which of several planb in a folder ends first.
 *
 * @throws EmbeddedServiceError when the first start fails
 */
export async function runEmbedded(kind: ServerKind, options: EmbeddedOptions): Promise<EmbeddedServer> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const notice = options.onNotice ?? (() => undefined);
  const stopping = new AbortController();
  let current = await startOrJoin(kind, options.dataDir, timeoutMs);
  const { url } = current.record;

  const startAgain = async (): Promise<void> => {
    for (let pause = WATCH_MS; !stopping.signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        current = await startOrJoin(kind, options.dataDir, timeoutMs);
        notice(
          current.record.url === url
            ? `${kind.name} runs again.`
            : `${kind.name} runs again, but its address was taken by another program: restart planb.`,
        );
        return;
      } catch (error) {
        notice(`${kind.name} could not be started again: ${error instanceof Error ? error.message : String(error)}`);
        await pauseFor(pause, stopping.signal);
      }
    }
  };
  const keepRunning = async (): Promise<void> => {
    for (;;) {
      await untilGone(current, stopping.signal);
      if (stopping.signal.aborted) return;
      notice(`${kind.name} has ended; starting it again.`);
      await startAgain();
    }
  };
  const watching = keepRunning();

  return {
    url,
    isOwner: () => current.process !== null,
    pid: () => current.record.pid,
    stop: async () => {
      stopping.abort();
      await watching;
      if (current.process !== null) await stopOwned(kind, current, timeoutMs);
    },
  };
}

async function untilGone(server: RunningServer, signal: AbortSignal): Promise<void> {
  if (server.process === null) {
    while (!signal.aborted && (await isRunning(server.record))) await pauseFor(WATCH_MS, signal);
    return;
  }
  const { child } = server.process;
  if (child.exitCode !== null || child.signalCode !== null) return;
  await once(child, 'exit', { signal }).catch(() => undefined);
}

/** Never keeps the process alive by itself, and ends early when planb stops. */
async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal, ref: false }).catch(() => undefined);
}

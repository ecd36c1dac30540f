import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import type { StepContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';

const launchMs = 60_000;

/**
 * Works with a Chromium of this step's own: nothing of it is left afterwards, no process and no profile. It is driven through a pipe, so that it ends with this process, whatever
 * happens to that, and carries the attempt in its environment. Throws ActionError where it does not start.
 */
export async function withChromium<T>(context: StepContext, executablePath: string, hosts: readonly string[], work: (browser: Browser) => Promise<T>): Promise<T> {
  const chromium = await loadDriver();
  const home = await mkdtemp(join(tmpdir(), 'planb-browser-'));
  try {
    const browser = await chromium.launch({
      executablePath, timeout: launchMs,
      // Its sandbox needs a user who is not root; as root it does not start with one.
      chromiumSandbox: process.getuid?.() !== 0,
      handleSIGHUP: false, handleSIGINT: false, handleSIGTERM: false,
      // An allow-list (rule 6): planb's own environment holds its secrets.
      env: { PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', HOME: home, TMPDIR: home, PLANB_RUN: context.runId, PLANB_STEP: context.step, PLANB_ATTEMPT: context.attemptId },
      args: [
        // Names, addresses and redirects alike lead nowhere else, for WebSockets and workers too, which routes do not see.
        `--host-resolver-rules=${['MAP * ~NOTFOUND', ...hosts.map((host) => `EXCLUDE ${host}`)].join(' , ')}`,
        '--force-webrtc-ip-handling-policy=disable_non_proxied_udp', '--disable-gpu', '--disable-quic', '--disable-sync', '--no-proxy-server',
      ],
    }).catch((error: unknown) => {
      throw new ActionError('browser-failed', `${executablePath} does not start: ${firstReason(error)}`, { cause: error });
    });
    let closing: Promise<void> | undefined;
    // Once: a second close would return at once, while the first still waits for the processes to end.
    const close = (): Promise<void> => (closing ??= browser.close());
    const stop = (): void => void close().catch(() => undefined);
    context.signal.addEventListener('abort', stop);
    try {
      context.signal.throwIfAborted();
      return await work(browser);
    } finally {
      context.signal.removeEventListener('abort', stop);
      await close();
    }
  } finally {
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Optional, and 14 MB: an installation that omits optional packages lacks it. */
async function loadDriver() {
  try {
    return (await import('playwright-core')).chromium;
  } catch (error) {
    throw new ActionError('no-browser', 'the package playwright-core is not installed with this planb, so no page can be looked at', { cause: error });
  }
}

/** The driver's own message begins with a box and ends with a log; what Chromium said last is the reason. */
function firstReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const lines = error.message.split('\n').map((line) => line.replace(/^\s*- (\[pid=\d+\]\[err\] )?/, '').trim());
  return lines.find((line) => /sandbox|ERROR:|error while loading|cannot open|No such file|Exec format/i.test(line)) ?? lines[0] ?? '';
}

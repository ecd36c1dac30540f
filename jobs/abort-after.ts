const longestTimerMs = 2 ** 31 - 1;

/**
 * A signal that aborts after `ms` milliseconds, as AbortSignal.timeout's does. That one lives only while somebody listens to it, and Node 20 does not count
 * AbortSignal.any as a listener: at the next garbage collection the limit would be lost, and what hangs would hang for ever.
 */
export function abortAfter(ms: number): AbortSignal {
  const limit = new AbortController();
  setTimeout(() => { limit.abort(new DOMException('The time limit is over.', 'TimeoutError')); }, Math.min(ms, longestTimerMs)).unref();
  return limit.signal;
}

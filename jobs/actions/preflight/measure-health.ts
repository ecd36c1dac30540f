import type { ActionContext } from '../../../src/ports/action.js';
import { askHttp } from '../http-probe.js';

const samples = 5;
const limitMs = 5_000;

/** Asks an address a few times: the median tells more than the first answer, which opens the connection. `good`: every answer was 200. */
export async function measureHealth(context: ActionContext, url: string): Promise<{ readonly good: boolean; readonly saw: string; readonly ms: number }> {
  const times: number[] = [];
  for (let asked = 0; asked < samples; asked += 1) {
    const from = performance.now();
    const { good, saw } = await askHttp(context, { url, method: 'GET', headers: {}, status: 200 }, limitMs);
    times.push(performance.now() - from);
    if (!good) return { good, saw, ms: 0 };
  }
  return { good: true, saw: '200', ms: Math.max(1, Math.round(times.sort((a, b) => a - b)[Math.floor(samples / 2)] ?? 0)) };
}

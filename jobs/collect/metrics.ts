import { ActionError } from '../actions/action-error.js';
import { abortAfter } from '../abort-after.js';
import { type Piece, collected } from './piece.js';
import type { Place } from './place.js';

const answerMs = 15_000;
const mostBytes = 16 * 1024 * 1024;

/** What a Prometheus says of what it watches, asked from its own server. */
export function collectMetrics(place: Place, side: 'old' | 'new', prometheus: string): Promise<Piece> {
  return collected(`metrics of the ${side} server`, async () => {
    const response = await ask(place, prometheus);
    if (!response.ok) {
      await response.body?.cancel();
      throw new ActionError('metrics-refused', `Prometheus answered ${String(response.status)}`);
    }
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      const piece = chunk as Uint8Array;
      bytes += piece.byteLength;
      if (bytes > mostBytes) throw new ActionError('metrics-too-long', 'the answer of Prometheus is too long');
      chunks.push(piece);
    }
    return { files: [{ path: `metrics/${side}.json`, text: Buffer.concat(chunks).toString('utf8'), about: `Prometheus of the ${side} server: query=up` }], missing: [] };
  });
}

async function ask({ fetch, signal }: Place, prometheus: string): Promise<Response> {
  const url = `${prometheus.replace(/\/+$/, '')}/api/v1/query?query=up`;
  // Fetch refuses a URL with a password, and says it.
  if (!URL.canParse(url) || new URL(url).username !== '') throw new ActionError('malformed-url', 'the address of Prometheus cannot be used; expected http://host:port');
  // Prometheus itself does not redirect: it could only lead elsewhere.
  return fetch(url, { redirect: 'manual', signal: AbortSignal.any([signal, abortAfter(answerMs)]) });
}

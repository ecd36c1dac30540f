import type { IncomingMessage } from 'node:http';
import { z } from 'zod';

/** Slack's largest payloads are some tens of kilobytes. */
export const MAX_BODY_BYTES = 1024 * 1024;
/** What is still read and thrown away, so that the sender gets to see the answer. */
const MAX_DRAINED_BYTES = 8 * MAX_BODY_BYTES;

/** The body's bytes, or undefined where there are more than MAX_BODY_BYTES. Rejects where the sender goes away. */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    const bytes = z.instanceof(Buffer).parse(part);
    size += bytes.length;
    if (size <= MAX_BODY_BYTES) parts.push(bytes);
    else if (size > MAX_DRAINED_BYTES) break;
  }
  return size > MAX_BODY_BYTES ? undefined : Buffer.concat(parts);
}

const payload = z.record(z.string(), z.unknown());

/** Slack sends JSON, a form, or a form with JSON in its field `payload`. Throws on anything else. */
export function parseBody(contentType: string | undefined, body: Buffer): Record<string, unknown> {
  const text = body.toString('utf8');
  if (contentType?.split(';')[0]?.trim().toLowerCase() !== 'application/x-www-form-urlencoded') return payload.parse(JSON.parse(text));
  const form = new URLSearchParams(text);
  const wrapped = form.get('payload');
  return wrapped === null ? Object.fromEntries(form) : payload.parse(JSON.parse(wrapped));
}

import type { IncomingMessage } from 'node:http';

/**
 * Calls `exceeded` once when a request's body is longer than `maxBytes`: at once where Content-Length says so, else as soon as that many bytes
 * have come in. Handlers read the request themselves (Bolt insists on it), so the bytes are counted where Node puts them into the stream: a
 * listener for `data` would start the stream before its handler listens.
 */
export function limitBody(request: IncomingMessage, maxBytes: number, exceeded: () => void): 'within' | 'exceeded' {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
    exceeded();
    return 'exceeded';
  }
  const push = request.push.bind(request);
  let size = 0;
  request.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    if (chunk instanceof Uint8Array) size += chunk.length;
    if (size <= maxBytes) return push(chunk, encoding);
    request.push = () => false;
    exceeded();
    return false;
  };
  return 'within';
}

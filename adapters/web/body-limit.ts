import type { IncomingMessage } from 'node:http';

/**
 * Keeps each request's body, and the bodies of all requests under way together, within their limits. Handlers read the request themselves (Bolt insists on it), so the
 * bytes are counted where Node puts them into the stream: a listener for `data` would start the stream before its handler listens.
 */
export class BodyBudget {
  readonly #each: number;
  readonly #all: number;
  #held = 0;

  constructor(each: number, all: number) {
    this.#each = each;
    this.#all = all;
  }

  /** Bytes of requests that are not answered yet. */
  get held(): number {
    return this.#held;
  }

  /** Calls `exceeded` once: at once where Content-Length says that the body is too long, else as soon as too many bytes have come in. */
  watch(request: IncomingMessage, exceeded: (why: 'too-large' | 'busy') => void): 'within' | 'exceeded' {
    if (Number(request.headers['content-length'] ?? 0) > this.#each) {
      exceeded('too-large');
      return 'exceeded';
    }
    const push = request.push.bind(request);
    let size = 0;
    request.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
      if (chunk instanceof Uint8Array) {
        size += chunk.length;
        this.#held += chunk.length;
      }
      if (size <= this.#each && this.#held <= this.#all) return push(chunk, encoding);
      request.push = () => false;
      exceeded(size > this.#each ? 'too-large' : 'busy');
      return false;
    };
    // Emitted however a request ends: answered, refused, or given up by its sender.
    request.once('close', () => {
      this.#held -= size;
      size = 0;
    });
    return 'within';
  }
}

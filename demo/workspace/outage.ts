import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * How a platform is away: `refuse` cuts the connection without a word, `500` and `429` answer so,
 * `hang` accepts the request and says nothing until the outage is over, then cuts the connection.
 */
export type OutageKind = 'refuse' | '500' | '429' | 'hang';

export class Outage {
  #kind: OutageKind | undefined;
  readonly #hanging = new Set<ServerResponse>();
  /** Requests that met the outage since the workspace began. */
  met = 0;

  get kind(): OutageKind | undefined {
    return this.#kind;
  }

  set(kind: OutageKind | undefined): void {
    this.#kind = kind;
    for (const response of this.#hanging) response.destroy();
    this.#hanging.clear();
  }

  /** True when the request was dealt with by the outage; `answer` writes the platform's own 500 or 429. */
  handle(request: IncomingMessage, response: ServerResponse, answer: (status: 500 | 429) => void): boolean {
    if (this.#kind === undefined) return false;
    this.met += 1;
    if (this.#kind === 'refuse') {
      request.socket.destroy();
    } else if (this.#kind === 'hang') {
      request.resume();
      this.#hanging.add(response);
      response.once('close', () => this.#hanging.delete(response));
    } else {
      request.resume();
      answer(this.#kind === '500' ? 500 : 429);
    }
    return true;
  }
}

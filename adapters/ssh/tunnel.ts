import { Agent, buildConnector } from 'undici';
import type { ConnectDatabase } from '../../src/ports/target-database.js';
import type { Connection } from './connection.js';

/**
 * Connections that leave from the other machine, so that names and firewalls are those of the target. ssh listens on socket files in a folder that only planb's user may enter: no port of this machine is
 * open, and one connection carries them all.
 */
export function databaseFrom(connection: Connection, connectDatabase: ConnectDatabase): ConnectDatabase {
  return (url, limits) => connectDatabase(url, {
    ...limits,
    route: {
      from: connection.address.address,
      open: (to) => connection.forward('path' in to ? to.path : placeOf(to.host, to.port)),
      refusalSince: (since) => connection.refusalSince(since),
    },
  });
}

/** Node's own fetch; its types know the dispatcher of an older undici than the one that it takes. */
const fetchThrough = globalThis.fetch as (input: Parameters<typeof globalThis.fetch>[0], init: object) => Promise<Response>;

/** `close` ends what is kept open for the next request. */
export function fetchFrom(connection: Connection): { readonly fetch: typeof globalThis.fetch; readonly close: () => Promise<void> } {
  const agent = new Agent({
    connect: (options, callback) => {
      const port = Number(options.port) || (options.protocol === 'https:' ? 443 : 80);
      connection.forward(placeOf(options.hostname, port)).then(
        // By its name for TLS; only the way there is another one. A redirect to another host comes through here again.
        (socketPath) => { buildConnector({ socketPath })(options, callback); },
        (error: unknown) => { callback(error instanceof Error ? error : new Error(String(error)), null); },
      );
    },
  });
  return {
    fetch: async (input, init) => {
      const started = Date.now();
      try {
        return await fetchThrough(input, { ...init, dispatcher: agent });
      } catch (error) {
        if (init?.signal?.aborted === true) throw error;
        // fetch hides why in its cause, and ssh knows it better: to fetch the socket just closes.
        const why = await connection.refusalSince(started);
        throw why === undefined ? error : new TypeError('fetch failed', { cause: new Error(`${why}, from ${connection.address.address}`, { cause: error }) });
      }
    },
    close: () => agent.destroy(),
  };
}

function placeOf(host: string, port: number): string {
  const name = host.replace(/^\[|\]$/g, '');
  return `${name.includes(':') ? `[${name}]` : name}:${String(port)}`;
}

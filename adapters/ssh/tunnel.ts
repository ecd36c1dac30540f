import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Agent } from 'undici';
import type { Endpoint, HostForward } from '../../src/ports/host.js';
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
      open: (to) => connection.forward(endpoint(to)),
      refusalSince: (since) => connection.refusalSince(since),
    },
  });
}

/** The same for programs of this machine. Whoever is connected when a port is closed is cut off. */
export function forwardFrom(connection: Connection): HostForward {
  return {
    toSocket: (to, fileName) => connection.forward(endpoint(to), fileName),
    toPort: async (to) => {
      const path = await connection.forward(endpoint(to));
      const open = new Set<Socket>();
      const server = createServer((client) => {
        const there = connect(path);
        for (const [one, other] of [[client, there], [there, client]] as const) {
          open.add(one);
          // An error is told by closing, to both sides.
          one.on('error', () => undefined).on('close', () => { open.delete(one); other.destroy(); });
        }
        client.pipe(there).pipe(client);
      });
      await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(0, '127.0.0.1', resolve); });
      const close = async (): Promise<void> => {
        for (const one of open) one.destroy();
        await new Promise((resolve) => server.close(resolve));
      };
      return { port: (server.address() as AddressInfo).port, close };
    },
  };
}

/** Node's own fetch; its types know the dispatcher of an older undici than the one that it takes. */
const fetchThrough = globalThis.fetch as (input: Parameters<typeof globalThis.fetch>[0], init: object) => Promise<Response>;

/** `close` ends what is kept open for the next request. */
export function fetchFrom(connection: Connection): { readonly fetch: typeof globalThis.fetch; readonly close: () => Promise<void> } {
  let agent: Promise<Agent> | undefined;
  return {
    fetch: async (input, init) => {
      const started = Date.now();
      try {
        agent ??= agentOf(connection);
        return await fetchThrough(input, { ...init, dispatcher: await agent });
      } catch (error) {
        if (init?.signal?.aborted === true) throw error;
        // fetch hides why in its cause, and ssh knows it better: to fetch the socket just closes.
        const why = await connection.refusalSince(started);
        throw why === undefined ? error : new TypeError('fetch failed', { cause: new Error(`${why}, from ${connection.address.address}`, { cause: error }) });
      }
    },
    // Without an agent nothing was opened.
    close: async () => (await agent?.catch(() => undefined))?.destroy(),
  };
}

/** Loaded with the first request: most who run planb reach no service over ssh, and it takes a tenth of an idle planb's memory. */
async function agentOf(connection: Connection): Promise<Agent> {
  const { Agent, buildConnector } = await import('undici');
  return new Agent({
    connect: (options, callback) => {
      const port = Number(options.port) || (options.protocol === 'https:' ? 443 : 80);
      connection.forward(placeOf(options.hostname, port)).then(
        // By its name for TLS; only the way there is another one. A redirect to another host comes through here again.
        (socketPath) => { buildConnector({ socketPath })(options, callback); },
        (error: unknown) => { callback(error instanceof Error ? error : new Error(String(error)), null); },
      );
    },
  });
}

function endpoint(to: Endpoint): string {
  return 'path' in to ? to.path : placeOf(to.host, to.port);
}

function placeOf(host: string, port: number): string {
  const name = host.replace(/^\[|\]$/g, '');
  return `${name.includes(':') ? `[${name}]` : name}:${String(port)}`;
}

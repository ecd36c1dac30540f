import { createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands between planb and a server, to break connections as a network does. */
export interface TcpProxy {
  readonly port: number;
  /** Connections that are open now. */
  readonly open: number;
  /** Breaks every connection; new ones are taken again at once. */
  cut(): void;
  /** Once: what the server answers to a request that holds this text gets lost with its connection. The server has done what was asked. */
  loseAnswerTo(text: string): void;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  answerIsLost: boolean;
}

/** `connect` opens a connection to the real server. */
export async function startProxy(connect: () => Socket): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let wanted: string | undefined;
  const end = (pair: Pair): void => {
    pairs.delete(pair);
    pair.client.destroy();
    pair.server.destroy();
  };
  const listener = createServer((client) => {
    const pair: Pair = { client, server: connect(), answerIsLost: false };
    pairs.add(pair);
    client.on('data', (bytes) => {
      if (wanted !== undefined && bytes.includes(wanted)) {
        wanted = undefined;
        pair.answerIsLost = true;
      }
      pair.server.write(bytes);
    });
    pair.server.on('data', (bytes) => {
      if (pair.answerIsLost) end(pair);
      else client.write(bytes);
    });
    for (const socket of [client, pair.server]) socket.on('error', () => undefined).on('close', () => { end(pair); });
  });
  await new Promise<void>((resolve) => { listener.listen(0, '127.0.0.1', resolve); });
  const cut = (): void => { for (const pair of pairs) end(pair); };
  return {
    port: (listener.address() as AddressInfo).port, cut,
    get open() { return pairs.size; },
    loseAnswerTo: (text) => { wanted = text; },
    close: async () => {
      const closed = new Promise((resolve) => { listener.close(resolve); });
      cut();
      await closed;
    },
  };
}

import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A database behind a line that can be cut: as a server that is gone for a while. */
export interface CutOff {
  readonly url: string;
  away(): void;
  back(): void;
}

/** `url`: of the tests' own server, by TCP or by its socket (`?host=`). */
export async function cutOff(url: string): Promise<CutOff> {
  const given = new URL(url);
  const socket = given.searchParams.get('host');
  const open = (): Socket => (socket === null ? connect(Number(given.port), given.hostname) : connect(`${socket}/.s.PGSQL.${given.port === '' ? '5432' : given.port}`));
  const sockets = new Set<Socket>();
  let isAway = false;
  const server = createServer((client) => {
    if (isAway) {
      client.destroy();
      return;
    }
    const behind = open();
    for (const [one, other] of [[client, behind], [behind, client]] as const) {
      sockets.add(one);
      one.on('error', () => undefined).once('close', () => { sockets.delete(one); other.destroy(); });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const cut = (): void => { for (const one of sockets) one.destroy(); };
  onTestFinished(() => { server.close(); cut(); });
  const own = new URL(url);
  own.searchParams.delete('host');
  own.hostname = '127.0.0.1';
  own.port = String((server.address() as AddressInfo).port);
  return { url: own.href, away: () => { isAway = true; cut(); }, back: () => { isAway = false; } };
}

import { connect as connectPlain, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';

/**
 * Asks whether Redis listens there, with a connection of its own. ioredis 6 throws out of its socket's event when the first bytes are not Redis' (an HTTP server on a mistaken
 * port), where nobody can catch it: the whole worker would end. Rejects with an Error in words.
 */
export async function greet(host: string, port: number, tls: ConnectionOptions | undefined, limitMs: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket: Socket = tls === undefined ? connectPlain({ host, port }) : connectTls({ ...tls, host, port });
    const end = (error?: Error): void => {
      socket.destroy();
      if (error === undefined) resolve();
      else reject(error);
    };
    socket.setTimeout(limitMs, () => end(new Error(`no answer within ${limitMs / 1_000} s`)));
    socket.once('error', end);
    socket.once('close', () => end(new Error('it closed the connection')));
    // Also before a password is given: then the answer is -NOAUTH.
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => socket.write('PING\r\n'));
    socket.once('data', (data: Buffer) => end(data[0] === 0x2b || data[0] === 0x2d ? undefined : new Error('what answers there is not Redis')));
  });
}

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';

import { findFreePort } from '../../../adapters/embedded/free-port.js';

test('a free port can be listened on, and is none that the kernel gives to outgoing connections', async () => {
  const [low = 0, high = 0] = (await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')).trim().split(/\s+/).map(Number);
  const ports = await Promise.all(Array.from({ length: 20 }, () => findFreePort()));
  for (const port of ports) expect(port < low || port > high).toBe(true);
  const server = createServer();
  onTestFinished(() => { server.close(); });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(ports[0], '127.0.0.1', resolve));
});

import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { findRedis } from '../../../adapters/embedded/find-binaries.js';
import { buildImage } from '../../../demo/images/build.js';
import { copyPrograms } from '../../../demo/images/rootfs.js';

const TAG = 'planb-test/redis:local';

/** Builds a Redis image FROM scratch out of the server installed here, which has protected mode on, and returns its tag. */
export async function buildRedisImage(): Promise<string> {
  const server = await findRedis();
  await buildImage(TAG, {}, async (context) => {
    await copyPrograms(join(context, 'rootfs'), { [server]: '/usr/bin/redis-server', [join(dirname(server), 'redis-cli')]: '/usr/bin/redis-cli' });
    await mkdir(join(context, 'own', 'data'), { recursive: true });
    return 'FROM scratch\nCOPY rootfs/ /\nCOPY --chown=999:999 own/ /\nUSER 999:999\nENV PATH=/usr/bin\nVOLUME /data\nWORKDIR /data\nEXPOSE 6379\nCMD ["redis-server"]\n';
  });
  return TAG;
}

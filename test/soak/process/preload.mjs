/** Loaded before a planb under observation (`node --import`): tells what it holds when it is asked, after collecting what it does not hold. The program itself is the built one and knows nothing of this. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

process.on('message', ({ measure }) => {
  if (measure !== true) return;
  collect();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  const resources = process.getActiveResourcesInfo();
  process.send({ heapUsed, external, arrayBuffers, resources });
});
// A soak that is killed leaves nothing behind.
process.on('disconnect', () => { process.exit(1); });
// It must not keep planb from ending.
process.channel?.unref();

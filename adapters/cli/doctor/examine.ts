import { chromium } from './chromium.js';
import { dns } from './dns.js';
import { docker } from './docker.js';
import { hosts } from './hosts.js';
import { broken, type Check, type Examined, type Finding } from './finding.js';
import { helm, kubectl } from './kubernetes.js';
import { disk, node, setpriv, ssh } from './machine.js';
import { people, policies } from './people.js';
import { postgres } from './postgres.js';
import { reasonOf } from './reason.js';
import { redis } from './redis.js';
import { slack } from './slack.js';
import { secrets, targetDatabases } from './targets.js';
import { telegram } from './telegram.js';
import { workers } from './workers.js';

/** In the order in which they are shown. */
export const checks: readonly Check[] = [node, postgres, redis, workers, slack, telegram, people, policies, secrets, targetDatabases, dns, docker, helm, kubectl, chromium, ssh, hosts, setpriv, disk];

const limitMs = 10_000;

/** Runs all checks side by side; one that hangs is told of after ten seconds. Order and result do not depend on who is fast. */
export async function examine(examined: Examined, all: readonly Check[] = checks, timeoutMs = limitMs): Promise<readonly Finding[]> {
  return (await Promise.all(all.map((check) => within(check, examined, timeoutMs)))).flat();
}

async function within(check: Check, examined: Examined, timeoutMs: number): Promise<readonly Finding[]> {
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly Finding[]>((resolve) => {
    timer = setTimeout(() => {
      resolve([broken(check.about, `no answer within ${timeoutMs / 1000} s`, 'look at the network and at the service itself')]);
      stop.abort();
    }, timeoutMs);
  });
  const looked = check.run(examined, stop.signal).catch((error: unknown) => [broken(check.about, reasonOf(error))]);
  try {
    return await Promise.race([looked, late]);
  } finally {
    clearTimeout(timer);
  }
}

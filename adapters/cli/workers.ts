import type { Store } from '../../src/ports/store.js';
import { CliExit, exitCodes } from './exit.js';
import type { CliServices } from './services.js';

const silenceMs = 60_000;

export interface Workers {
  /** Known to be running, on this machine. */
  readonly alive: number;
  /** On another machine or in another container: presumed alive, since nothing here can prove otherwise. */
  readonly elsewhere: number;
}

export async function countWorkers(services: Pick<CliServices, 'ownerState'>, store: Store): Promise<Workers> {
  const known = await store.knownWorkers();
  // A machine that vanished leaves workers behind who cannot be proven dead; a minute without a sign of life says enough here.
  const states = await Promise.all(known.filter(({ silentMs }) => silentMs < silenceMs).map(({ identity }) => services.ownerState(identity)));
  return { alive: states.filter((state) => state === 'alive').length, elsewhere: states.filter((state) => state === 'elsewhere').length };
}

/** Commands are carried out by workers. Without one nothing is stored, so that nothing comes to life tomorrow. Throws CliExit. */
export async function requireWorker(services: Pick<CliServices, 'ownerState'>, store: Store): Promise<Workers> {
  const workers = await countWorkers(services, store);
  if (workers.alive + workers.elsewhere > 0) return workers;
  throw new CliExit(exitCodes.failed, 'No worker is alive, so nobody would carry this out; nothing was stored. Start "planb up" or "planb worker", then repeat the command. ("planb plan --paper" makes a plan that needs no worker.)');
}

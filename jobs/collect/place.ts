import type { ActionContext } from '../../src/ports/action.js';
import type { World } from '../../src/ports/world.js';

/** A server, as far as collecting touches it: reads, and nothing that is kept with a run. */
export type Place = Pick<ActionContext, 'run' | 'connectDatabase' | 'files' | 'fetch' | 'on' | 'here' | 'signal'>;

/** `address`: `ssh://user@host`; empty: planb's own machine. Connects when it is used. */
export function placeAt(world: Pick<World, 'runProgram' | 'connectDatabase' | 'files' | 'fetch' | 'hosts'>, address: string, signal: AbortSignal): Place {
  const host = address === '' ? undefined : world.hosts.at(address);
  const { runProgram, connectDatabase, files, fetch } = host ?? world;
  return {
    run: (request) => runProgram({ signal, ...request }), connectDatabase, files, fetch, signal,
    ...(host === undefined ? {} : { on: host.address, here: { run: (request) => world.runProgram({ signal, ...request }), connectDatabase: world.connectDatabase, forward: host.forward } }),
  };
}

import type { Reply } from '../../../src/board/model.js';
import type { Delivery } from '../../../src/command/command.js';
import type { OutgoingMessage, Store } from '../../../src/ports/store.js';
import type { CliServices } from '../../../adapters/cli/services.js';
import type { RunEvent } from '../../../src/run/events.js';

const identity = { hostname: 'h1', machineId: 'm1', bootId: 'b1', pidNamespace: 'pid:[1]', pid: 7, startTicks: '1' };

export interface FakeStore {
  readonly deliveries: Delivery[];
  readonly messages: OutgoingMessage[];
  readonly services: Pick<CliServices, 'withStore' | 'ownerState'>;
}

interface Given {
  /** What came of the delivery; undefined: no worker takes it up. */
  readonly answer?: { readonly outcome: string; readonly reply?: Reply };
  readonly workers?: readonly ('alive' | 'dead' | 'elsewhere')[];
  /** What `load` gives, one after another; the last one stays. */
  readonly runs?: readonly (readonly RunEvent[])[];
  readonly now?: number;
}

/** As much of the store as the command line uses. */
export function fakeStore(given: Given = {}): FakeStore {
  const deliveries: Delivery[] = [];
  const messages: OutgoingMessage[] = [];
  const workers = given.workers ?? ['alive'];
  const states = new Map(workers.map((state, index) => [index, state]));
  let loads = 0;
  const used: Pick<Store, 'acceptDelivery' | 'deliveryOutcome' | 'knownWorkers' | 'enqueueMessages' | 'load'> = {
    acceptDelivery: async (delivery) => { deliveries.push(delivery); return 'stored'; },
    deliveryOutcome: async () => given.answer,
    knownWorkers: async () => workers.map((_, index) => ({ worker: `w${index}`, silentMs: 0, identity: { ...identity, pid: index } })),
    enqueueMessages: async (more) => { messages.push(...more); },
    load: async () => {
      const runs = given.runs ?? [];
      const events = runs[Math.min(loads, runs.length - 1)] ?? [];
      loads += 1;
      return { head: { version: events.length, hash: new Uint8Array() }, events, now: given.now ?? 0 };
    },
  };
  return {
    deliveries, messages,
    services: { withStore: (work) => work(used as Store), ownerState: async ({ pid }) => states.get(pid) ?? 'elsewhere' },
  };
}

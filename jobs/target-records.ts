import type { Release } from '../src/plan/plan.js';
import type { TargetRecords } from '../src/ports/preflights.js';
import { mayHaveMoved, pastMigration } from '../src/migration/past.js';
import type { RunState } from '../src/run/state.js';
import type { Parts } from './parts.js';
import { loadRun } from './record.js';

/** Of one target; more live runs than this there are not, since a target has one at a time. */
const mostLive = 1_000;

/** A migration, its ways back and everything between them that acted are among the newest of a target. */
const mostRuns = 40;
/** What came to nothing is many times as much: a watch asks again and again. */
const mostListed = 1_000;

/** The target's runs that may have changed something, newest first. Throws StoreError. */
export async function newestRuns(parts: Pick<Parts, 'store'>, target: string): Promise<readonly RunState[]> {
  const runs = (await parts.store.runs({ target, limit: mostListed })).filter(mayHaveMoved).slice(0, mostRuns);
  return Promise.all(runs.map(async ({ id }) => (await loadRun(parts, id)).state));
}

/** What planb's own database knows of a target, for its actions. */
export function targetRecords(parts: Pick<Parts, 'store' | 'config'>, target: string): TargetRecords {
  return {
    lastPreflight: async () => (await parts.store.preflightsOf(target, 1))[0],
    migrations: async () => pastMigration(await newestRuns(parts, target)),
    neededReleases: async () => {
      const recorded = await Promise.all(Object.keys(parts.config.targets).map(async (id) => (await parts.store.preflightsOf(id, 1)).map(({ release }) => release)));
      const live = await parts.store.runs({ live: true, limit: mostLive });
      const planned = await Promise.all(live.map(async ({ id }): Promise<readonly (Release | undefined)[]> => {
        const { plan } = (await loadRun(parts, id)).state;
        return [plan?.from, plan?.to];
      }));
      return [...recorded.flat(), ...planned.flat().filter((release) => release !== undefined)];
    },
  };
}

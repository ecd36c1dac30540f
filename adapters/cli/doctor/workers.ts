import { broken, ok, setting, weak, type Check } from './finding.js';
import { countWorkers } from '../workers.js';

const about = 'workers';

/** How many there are to lose. */
export const workers: Check = {
  about,
  run: async ({ env, ownerState, withStore }) => {
    // Looking must not start anything: an embedded database is only there while planb runs.
    if (setting(env, 'DATABASE_URL') === undefined) return [weak(about, 'not counted: with the embedded database there is this machine\'s "planb up" and nothing else', 'for a second worker or bot, set DATABASE_URL and REDIS_URL')];
    const { alive, elsewhere } = await withStore((store) => countWorkers({ ownerState }, store));
    const all = alive + elsewhere;
    if (all === 0) return [broken(about, 'none is alive: nothing would be planned or carried out', 'start "planb worker" or "planb up"')];
    const where = elsewhere === 0 ? 'on this machine' : `${alive} on this machine, ${elsewhere} elsewhere`;
    if (all === 1) return [weak(about, `one (${where}): while it is down, runs wait`, 'start a second "planb worker", best on another machine; and a second "planb bot"')];
    return [ok(about, `${all} (${where})`)];
  },
};

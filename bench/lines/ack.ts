import { setTimeout as delay } from 'node:timers/promises';
import { type Line, percentile } from '../line.js';
import { startBenchPlanb } from '../planb.js';

const aSecond = 50;
/** So that no channel's own limit is what is measured. */
const channelCount = 20;
const patienceMs = 600_000;

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + patienceMs; !(await holds()); await delay(200)) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
  }
}

/** Signed slash commands to the HTTP endpoint of a real process, which stores each before it answers; at a steady rate, whether or not the ones before were answered. */
export const ack: Line = {
  name: 'ack', title: 'slash command to acknowledgement',
  measure: async (services, { quick, rounds }) => {
    const [live, seconds] = quick ? [10, 2] : [200, 10];
    const channels = Object.fromEntries(Array.from({ length: channelCount }, (_unused, nth) => [`c${String(nth)}`, `C${String(nth).padStart(7, '0')}`]));
    const channelOf = (nth: number): string => `c${String(nth % channelCount)}`;
    const targets = Array.from({ length: live }, (_unused, nth) => `  t${String(nth)}: { title: T${String(nth)}, runbook: ./bench.yaml, channel: ${channelOf(nth)}, requesters: [oncall], approval: { people: 2, from: [oncall], expires: 24h }, releases: ['1.1.0', '1.0.0'] }\n`);
    const runbook = `name: bench\nkind: rollback\nparams: { to: { type: release, required: true } }\nsteps:\n  - { id: look, run: ['true'], effect: read }\n`;
    const planb = await startBenchPlanb(services, { name: 'ack', channels, targets: targets.join(''), runbook });
    const { slack } = planb.workspace;
    try {
      for (let nth = 0; nth < live; nth += 1) await slack.slash('U01ALICE', channels[channelOf(nth)] ?? '', `/rollback t${String(nth)} to 1.0.0`);
      await until(`${String(live)} runs that wait for votes`, async () => (await planb.store.runs({ live: true, limit: live })).filter(({ phase }) => phase === 'voting').length === live);
      const worst: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const times = await Promise.all(Array.from({ length: aSecond * seconds }, async (_unused, nth) => {
          await delay((nth * 1_000) / aSecond);
          const begun = performance.now();
          // One that was not acknowledged counts with the three seconds that Slack waits.
          await slack.slash(nth % 2 === 0 ? 'U01ALICE' : 'U02BOB', channels[channelOf(nth)] ?? '', '/rollback status');
          return performance.now() - begun;
        }));
        worst.push(percentile(times, 0.99));
      }
      return [{ what: `p99, ${String(aSecond)} a second, ${String(live)} runs live`, planb: { name: 'planb', unit: 'ms', rounds: worst }, compared: 'value', budget: { is: 'at most', value: 100 } }];
    } finally {
      await planb.stop();
    }
  },
};

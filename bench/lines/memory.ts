import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createStore } from '../../adapters/postgres/store.js';
import type { Line } from '../line.js';

const readyMs = 120_000;

/** Resident memory of a process, MB. */
async function residentMb(pid: number): Promise<number> {
  const kb = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kb) / 1_024;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + readyMs; !(await holds().catch(() => false)); await delay(100)) {
    if (performance.now() > end) throw new Error('planb did not get there within two minutes');
  }
}

/** `planb up` as a process of its own on servers that are not its own: when it has settled, and with runs waiting for votes. */
export const memory: Line = {
  name: 'memory', title: 'resident memory of planb up',
  measure: async (services, { quick, rounds }) => {
    const [live, settleMs] = quick ? [10, 1_000] : [200, 5_000];
    const folder = join(services.folder, 'memory');
    await mkdir(folder);
    const targets = Array.from({ length: live }, (_, index) => `  t${index}: { title: T${index}, environment: test, runbook: ./bench.yaml, channel: ops, requesters: [oncall], approval: { people: 2, from: [oncall], expires: 2h }, releases: ['1.1.0', '1.0.0'] }`);
    await writeFile(join(folder, 'planb.yaml'), `people: { alice: { slack: U01ALICE }, bob: { slack: U02BOB } }\ngroups: { oncall: [alice, bob] }\nchannels: { ops: { slack: C0123456 } }\ntargets:\n${targets.join('\n')}\n`);
    await writeFile(join(folder, 'bench.yaml'), `name: bench\nkind: rollback\nparams: { to: { type: release, required: true } }\nsteps:\n  - { id: look, name: Look, run: ['true'], effect: read }\n`);
    const [idle, busy]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      const url = await services.createDatabase(`memory${round}`);
      const redis = new URL(services.redisUrl);
      redis.pathname = `/${round + 1}`;
      const env = { PATH: process.env['PATH'] ?? '', HOME: folder, DATABASE_URL: url, REDIS_URL: redis.href, PORT: '0', PLANB_CONFIG: join(folder, 'planb.yaml'), PLANB_DATA: join(folder, `data${round}`) };
      const planb = spawn(process.execPath, [resolve('dist/src/main.js'), 'up'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
      const ended = once(planb, 'exit');
      const store = createStore({ url });
      try {
        await until(async () => (await store.knownWorkers()).length === 1);
        await delay(settleMs);
        idle.push(await residentMb(planb.pid ?? 0));
        for (let index = 0; index < live; index += 1) {
          await store.acceptDelivery({ id: `slack:${index}`, actor: { platform: 'slack', userId: 'U01ALICE', displayName: 'Alice' }, place: { platform: 'slack', channel: 'C0123456' }, command: { kind: 'request', run: 'rollback', target: `t${index}`, to: '1.0.0' } });
        }
        await until(async () => (await store.runs({ live: true, limit: live })).filter(({ phase }) => phase === 'voting').length === live);
        await delay(settleMs);
        busy.push(await residentMb(planb.pid ?? 0));
      } finally {
        planb.kill('SIGTERM');
        await ended;
        await store.close();
      }
    }
    return [
      { what: 'idle', planb: { name: 'planb', unit: 'MB', rounds: idle }, compared: 'value', budget: { is: 'at most', value: 150 } },
      { what: `${live} runs wait for votes`, planb: { name: 'planb', unit: 'MB', rounds: busy }, compared: 'value', budget: { is: 'at most', value: 300 } },
    ];
  },
};

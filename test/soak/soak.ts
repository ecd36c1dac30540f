import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { verifyWorld } from '../chaos/verify.js';
import { ChaosWorld } from '../chaos/world/chaos-world.js';
import { Observer, type Sample, temporary } from './sample.js';
import { type End, expiresMs, type SoakTarget, soakTargets, writeSoakTargets } from './soak-targets.js';
import { Latencies, Traffic } from './traffic.js';
import { heldOf } from './verdict.js';

export interface SoakOptions {
  /** The built main.js. */
  readonly program: string;
  readonly minutes: number;
  /** Runs a minute. */
  readonly rate: number;
  readonly sampleEveryMs: number;
  readonly onSample?: (sample: Sample) => void;
}

export interface Soak {
  readonly samples: readonly Sample[];
  /** Before the first run that counts and after the last one, when nothing was under way. */
  readonly idle: { readonly before: Sample; readonly after: Sample };
  /** What was not given back, by what it is: more than before. Empty: everything was. */
  readonly kept: Readonly<Record<string, string>>;
  readonly played: Readonly<Record<string, number>>;
  readonly late: number;
  readonly problems: readonly string[];
}

/** Twenty runs: what they end as. Those that nobody votes on come first, since they take longest. */
const order: readonly End[] = [
  'expired', 'verified', 'proven', 'skipped', 'verified', 'rejected', 'verified', 'verified', 'skipped', 'verified',
  'expired', 'verified', 'proven', 'skipped', 'verified', 'rejected', 'verified', 'verified', 'skipped', 'verified',
];
/** Idle connections are given up after a minute at most; kept-alive sockets sooner. */
const settleMs = 180_000;

/** Runs of every end through chat, at a steady rate, on the built bot and worker; looked at from outside all the while. */
export async function soak({ program, minutes, rate, sampleEveryMs, onSample }: SoakOptions): Promise<Soak> {
  const page = createServer((_request, response) => { response.end('here'); });
  await new Promise<void>((resolve) => { page.listen(0, '127.0.0.1', resolve); });
  // So many that one of each end is free whenever one is due, also on a machine with much else to do.
  const counts = { verified: 10, proven: 4, skipped: 6, rejected: 4, expired: Math.ceil((rate * expiresMs) / 10 / 60_000) + 4 };
  let targets: readonly SoakTarget[] = [];
  const world = await ChaosWorld.open(program, {
    preload: 'test/soak/process/preload.mjs',
    telegramChats: soakTargets('', counts).flatMap(({ id, group }) => (group === undefined ? [] : [{ id: group, type: 'supergroup' as const, title: id }])),
    env: (folder, { env: { TELEGRAM_API_ROOT = '', TELEGRAM_BOT_TOKEN = '' } }) => ({ TMPDIR: join(folder, temporary), TELEGRAM_API_ROOT, TELEGRAM_BOT_TOKEN }),
    writeTargets: async (folder, services) => {
      await mkdir(join(folder, temporary));
      targets = soakTargets(folder, counts);
      await writeSoakTargets(targets, folder, services, `http://127.0.0.1:${String((page.address() as AddressInfo).port)}/`);
      return targets;
    },
  });
  const latencies = new Latencies();
  const observer = new Observer(world, latencies);
  const traffic = new Traffic(world, targets, latencies);
  try {
    // What is made once and kept, pools and caches, is no leak: each kind of end has been there before the first look.
    for (const end of ['verified', 'proven', 'skipped', 'rejected', 'verified', 'proven', 'skipped', 'rejected'] as const) traffic.beginOne(end);
    await traffic.ended();
    await world.quiet();
    const before = await observer.sample();
    const until = performance.now() + minutes * 60_000;
    const playing = traffic.begin(order, 60_000 / rate, () => performance.now() >= until);
    const samples: Sample[] = [];
    for (let due = performance.now() + sampleEveryMs; due <= until + 500; due += sampleEveryMs) {
      await delay(Math.max(0, due - performance.now()));
      const sample = await observer.sample();
      samples.push(sample);
      onSample?.(sample);
    }
    await playing;
    await traffic.ended();
    await world.quiet();
    const { after, kept } = await settled(observer, before);
    const crashed = [world.bot, world.worker].filter((one) => one.hasEnded).map(({ log }) => `a process ended by itself:\n${log.slice(-3_000)}`);
    return { samples, idle: { before, after }, kept, played: traffic.played, late: traffic.late, problems: [...traffic.problems, ...crashed, ...(await verifyWorld(world))] };
  } finally {
    observer.close();
    await world.close();
    page.close();
  }
}

/** Looks until nothing is held that was not held before, or until it can no longer be for its time. */
async function settled(observer: Observer, before: Sample): Promise<Pick<Soak, 'kept'> & { readonly after: Sample }> {
  const had = heldOf(before);
  for (const until = performance.now() + settleMs; ; await delay(1_000)) {
    const after = await observer.sample();
    const kept = Object.fromEntries(Object.entries(heldOf(after)).filter(([what, count]) => count > (had[what] ?? 0)).map(([what, count]) => [what, `${String(count)}, before ${String(had[what] ?? 0)}`]));
    if (Object.keys(kept).length === 0 || performance.now() > until) return { after, kept };
  }
}

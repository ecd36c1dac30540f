import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createStore } from '../adapters/postgres/store.js';
import { startPlanb } from '../demo/run/planb-process.js';
import { startWorkspace, type Workspace } from '../demo/workspace/workspace.js';
import type { Store } from '../src/ports/store.js';
import type { BenchServices } from './services.js';

/** `planb up` as a process of its own on the bench's servers, with the stand-in for Slack, where Alice and Bob are. */
export interface BenchPlanb {
  readonly workspace: Workspace;
  /** planb's own database, from outside. */
  readonly store: Store;
  stop(): Promise<void>;
}

export interface BenchPlanbOptions {
  /** Of its folder and database. */
  readonly name: string;
  /** Channels in Slack, by the names that `targets` uses. */
  readonly channels: Readonly<Record<string, string>>;
  /** What follows `targets:` in planb.yaml. */
  readonly targets: string;
  readonly runbook: string;
  readonly env?: Readonly<Record<string, string>>;
}

export async function startBenchPlanb(services: BenchServices, { name, channels, targets, runbook, env }: BenchPlanbOptions): Promise<BenchPlanb> {
  const folder = join(services.folder, name);
  await mkdir(folder);
  const listed = Object.entries(channels).map(([id, channel]) => `  ${id}: { slack: ${channel} }\n`).join('');
  await writeFile(join(folder, 'planb.yaml'), `people: { alice: { slack: U01ALICE }, bob: { slack: U02BOB } }\ngroups: { oncall: [alice, bob] }\nchannels:\n${listed}targets:\n${targets}`);
  await writeFile(join(folder, 'bench.yaml'), runbook);
  const workspace = await startWorkspace({ slack: { limits: 'off', channels: Object.entries(channels).map(([id, channel]) => ({ id: channel, name: id })) } });
  try {
    const { SLACK_API_URL = '', SLACK_BOT_TOKEN = '', SLACK_SIGNING_SECRET = '' } = workspace.env;
    const url = await services.createDatabase(name);
    const planb = await startPlanb({
      config: join(folder, 'planb.yaml'), data: join(folder, 'data'), logFile: join(folder, 'planb.log'),
      env: { SLACK_API_URL, SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET, DATABASE_URL: url, REDIS_URL: services.redisUrl, ...env },
    });
    workspace.slack.connectTo(`${planb.url}/slack/events`);
    const store = createStore({ url });
    return { workspace, store, stop: async () => { await planb.stop(); await store.close(); await workspace.close(); } };
  } catch (error) {
    await workspace.close();
    throw error;
  }
}

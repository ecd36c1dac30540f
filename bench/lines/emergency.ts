import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { findFreePort } from '../../adapters/embedded/free-port.js';
import { seedShopDatabase } from '../../demo/shop/database.js';
import { writeShopFiles } from '../../demo/shop/shop-files.js';
import type { SlackMessage } from '../../demo/workspace/slack/model.js';
import { loadRun } from '../../jobs/record.js';
import type { RunState } from '../../src/run/state.js';
import type { Line, Side } from '../line.js';
import { type BenchPlanb, startBenchPlanb } from '../planb.js';
import type { BenchServices } from '../services.js';

const run = promisify(execFile);
const channel = 'C0123456';
const patienceMs = 300_000;

/** The demo's runbook without the migration that failed: the guide's script knows nothing of migrations. */
const runbook = `name: Sample stack, back to an earlier release
kind: rollback
params: { to: { type: release, required: true } }
steps:
  - { id: backup, uses: postgres.backup, with: { database: "\${{ target.database }}", prove: true }, prepare: true }
  - { id: revert, run: ["\${{ target.stack }}/bin/release", "\${{ params.to }}"], effect: idempotent, probe: ["\${{ target.stack }}/bin/probe-release", "\${{ params.to }}"] }
  - { id: ready, uses: http.check, with: { url: "\${{ target.url }}/health", status: 200, within: 30s, hold: 3s, expect: { status: ok, version: "\${{ params.to }}" } } }
  - { id: database, uses: postgres.query, with: { database: "\${{ target.database }}", sql: SELECT 1, expect: { value: 1 } } }
  - { id: tell, uses: notify, with: { channel: ops, text: The old release is back } }
`;

/** A web service in processes, two releases and a database, which stops at once when it is asked to. */
interface Stack {
  readonly folder: string;
  readonly url: string;
  readonly database: string;
  release(version: string): Promise<void>;
  stop(): Promise<void>;
}

async function startStack(services: BenchServices): Promise<Stack> {
  const [database, port, folder] = [await services.createDatabase('stack'), await findFreePort(), join(services.folder, 'stack')];
  await writeShopFiles(folder, { databaseUrl: database, port });
  const program = (name: string, ...args: readonly string[]): Promise<unknown> => run(join(folder, 'bin', name), [...args]);
  const stack: Stack = { folder, database, url: `http://127.0.0.1:${String(port)}`, release: async (version) => { await program('release', version); }, stop: async () => { await program('stop'); } };
  await stack.release('1.0.0');
  await seedShopDatabase(database);
  // The rows that make the newer release's migration fail.
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  await client.query('DELETE FROM customers WHERE id NOT IN (SELECT min(id) FROM customers GROUP BY lower(email))');
  await client.end();
  await stack.release('1.1.0');
  return stack;
}

/** Seconds from the last vote to the end of the run, which has to be verified; its backup was taken and proven before. */
async function byPlanb({ workspace: { slack }, store }: BenchPlanb): Promise<number> {
  const before = new Set((await store.runs({ live: true, limit: 10 })).map(({ id }) => id));
  await slack.slash('U01ALICE', channel, '/rollback stack to 1.0.0');
  const id = await until('the run', async () => (await store.runs({ live: true, limit: 10 })).find((one) => !before.has(one.id))?.id);
  const state = async (): Promise<RunState> => (await loadRun({ store }, id)).state;
  await until('the proven backup', async () => (await state()).steps.some((step) => step.id === 'backup' && step.status === 'succeeded') || undefined);
  const board = async (): Promise<SlackMessage> => until('the board', async () => slack.posted(channel).findLast((message) => slack.buttons(message).includes('Approve') && slack.read(message).includes(id)));
  await slack.click('U01ALICE', await board(), 'Approve');
  await until('the first vote', async () => (await state()).votes.length === 1 || undefined);
  const shown = await board();
  const votedAt = Date.now();
  await slack.click('U02BOB', shown, 'Approve');
  const ended = await until('the end', async () => { const now = await state(); return now.phase === 'ended' ? now : undefined; });
  if (ended.outcome !== 'verified') throw new Error(`the run ended ${String(ended.outcome)}: ${ended.endReason ?? ''}`);
  return ((ended.endedAt ?? 0) - votedAt) / 1_000;
}

/** In a session of its own, as planb is: where the kernel shares the processors among sessions, neither side has more of them. */
async function byScript(name: 'guide' | 'ideal', stack: Stack, { workspace }: BenchPlanb): Promise<number> {
  const begun = performance.now();
  const script = spawn(join('bench', 'scripts', `${name}.sh`), [stack.folder, stack.url, stack.database, `${workspace.slack.apiUrl}chat.postMessage`], {
    detached: true, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NOTIFY_TOKEN: workspace.slack.botToken },
  });
  const [said] = await Promise.all([text(script.stdout), once(script, 'exit')]);
  if (script.exitCode !== 0 || said.includes('does not answer')) throw new Error(`${name}.sh ended with ${String(script.exitCode)}: ${said}`);
  return (performance.now() - begun) / 1_000;
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (const end = performance.now() + patienceMs; performance.now() < end; await delay(20)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error(`waited in vain for ${what}`);
}

export const emergency: Line = {
  name: 'emergency', title: 'last vote to verified, sample stack',
  measure: async (services, { rounds }) => {
    const stack = await startStack(services);
    try {
      const target = `  stack: { title: Stack, runbook: ./bench.yaml, channel: ops, requesters: [oncall], approval: { people: 2, from: [oncall], expires: 30m }, releases: { run: [${JSON.stringify(join(stack.folder, 'bin/releases'))}] }, running: { run: [${JSON.stringify(join(stack.folder, 'bin/running'))}] }, with: ${JSON.stringify({ stack: stack.folder, url: stack.url, database: stack.database })} }\n`;
      const planb = await startBenchPlanb(services, { name: 'emergency', channels: { ops: channel }, targets: target, runbook });
      const [own, guide, ideal]: [number[], number[], number[]] = [[], [], []];
      try {
        for (let round = 0; round < rounds; round += 1) {
          own.push(await byPlanb(planb));
          await stack.release('1.1.0');
          guide.push(await byScript('guide', stack, planb));
          await stack.release('1.1.0');
          ideal.push(await byScript('ideal', stack, planb));
          await stack.release('1.1.0');
        }
      } finally {
        await planb.stop();
      }
      const side = (name: string, values: readonly number[]): Side => ({ name, unit: 's', rounds: values });
      return [
        { what: "against the guide's script", planb: side('planb', own), peer: side('guide.sh', guide), compared: 'ratio', budget: { is: 'at most', value: 0.5 } },
        { what: 'against an ideal script', planb: side('planb', own), peer: side('ideal.sh', ideal), compared: 'ratio', budget: { is: 'at most', value: 1.05 } },
      ];
    } finally {
      await stack.stop();
    }
  },
};

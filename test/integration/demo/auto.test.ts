import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startDemo } from '../../support/demo-process.js';

let data: string;

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'planb-demo-'));
});

afterEach(async () => {
  await rm(data, { recursive: true, force: true });
});

/** Command lines of living processes that name the folder. */
async function processesIn(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.map((line) => line.replaceAll('\0', ' ')).filter((line) => line.includes(folder));
}

it('plays both people, verifies the shop, leaves no process behind, and works a second time', async () => {
  for (const run of ['first', 'second']) {
    const demo = await startDemo(data, '--auto');
    const { exitCode } = await demo.process;
    const said = demo.output();
    expect(exitCode, `${run} run:\n${said}`).toBe(0);
    // Who asked and approved where.
    expect(said).toMatch(/Slack #ops +Alice +\/rollback shop because 500s since deploy/);
    expect(said).toMatch(/Slack #ops +Alice +\[Approve\]/);
    expect(said).toMatch(/Telegram Ops\/Releases +Bob +\[Approve\]/);
    expect(said).toContain('approved by Alice (Slack), Bob (Telegram)');
    // The plan's exact commands, and every step with its duration.
    expect(said).toMatch(/\$ .*pg_dump --format=directory/);
    expect(said).toMatch(/\$ .*\/bin\/release 1\.0\.0/);
    expect(said).toMatch(/✓ Back up the database · done in /);
    expect(said).toMatch(/✓ Settle the migration history · done in /);
    expect(said).toMatch(/✓ Put 1\.0\.0 back · done in /);
    expect(said).toMatch(/✓ Wait until the shop is healthy · done in \d/);
    expect(said).toMatch(/✅ BACK ON 1\.0\.0, verified/);
    expect(said).toMatch(/\/health answers 200, version 1\.0\.0, database connected/);
    // The migration: Telegram was told stage by stage.
    expect(said).toMatch(/Переезд начался[^]*1 из 3[^]*2 из 3[^]*3 из 3/);
    // The board may overtake what is said beside it.
    expect(said).toContain('МИГРАЦИЯ СДЕЛАНА');
    // Plain where no terminal looks on.
    expect(said).not.toContain('\u001b[');
    expect(await processesIn(data)).toEqual([]);
  }
}, 300_000);

it('refuses a folder in which another demo lives, and cleans up after one that was killed', async () => {
  const killed = await startDemo(data);
  await killed.printed(/(http:\/\/127\.0\.0\.1:\d+)/);
  const second = await startDemo(data, '--auto');
  expect((await second.process).exitCode).toBe(1);
  expect(second.output()).toMatch(/Another demo runs in .*end it with Ctrl-C/);

  killed.process.kill('SIGKILL');
  await killed.process;
  const next = await startDemo(data);
  await next.printed(/(http:\/\/127\.0\.0\.1:\d+)/);
  expect((await processesIn(join(data, 'demo', 'shop', 'releases'))).length).toBe(1);
  expect(await next.interrupt()).toBe(0);
  expect(await processesIn(data)).toEqual([]);
});

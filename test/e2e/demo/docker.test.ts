import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runDocker } from '../../../demo/images/engine.js';
import { startDemo } from '../../support/demo-process.js';

let data: string;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'planb-docker-demo-'));
});

afterAll(async () => {
  await rm(data, { recursive: true, force: true });
});

it('does the main job with real containers, and removes them', async () => {
  const demo = await startDemo(data, '--docker', '--auto');
  const { exitCode } = await demo.process;
  const said = demo.output();
  expect(exitCode, said).toBe(0);
  expect(said).toMatch(/\$ .*docker.compose.* up /);
  expect(said).toMatch(/✅ BACK ON 1\.0\.0, verified/);
  expect(said).toContain('approved by Alice (Slack), Bob (Telegram)');
  expect(said).toMatch(/TO DO: .*docker-compose\.yml:\d+ still names planb-demo\/shop:1\.1\.0/);
  expect(said).toMatch(/\/health answers 200, version 1\.0\.0, database connected/);
  expect(await runDocker(['ps', '--all', '--quiet', '--filter', 'label=com.docker.compose.project', '--filter', 'name=planb-demo'])).toBe('');
});

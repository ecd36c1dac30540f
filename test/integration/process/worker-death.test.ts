import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { findMarked, killOrphans } from '../../../adapters/process/orphans.js';
import { isAlive, ownIdentity } from '../../../adapters/process/process-identity.js';
import { createRunProgram } from '../../../adapters/process/run-program.js';
import type { OwnerIdentity } from '../../../src/ports/program.js';
import { createMasker } from '../../../src/secret/mask.js';
import { eventually } from '../../support/eventually.js';
import { runNodeScript } from '../../support/node-script.js';
import { isProcessAlive } from '../../support/process-alive.js';

const run = createRunProgram(createMasker([]));
const fixture = fileURLToPath(new URL('./worker.fixture.ts', import.meta.url));

test('kill -9 of a worker: it is proven dead, its program died with it, the rest is found and ended', async () => {
  const attempt = `7KQ/revert/${randomUUID()}`;
  const worker = await runNodeScript(fixture, [attempt]);
  const identity = JSON.parse(await worker.nextLine()) as OwnerIdentity;
  const [program = 0, grandchild = 0] = (await worker.nextLine()).split(' ').map(Number);
  expect(await isAlive(identity)).toBe('alive');
  expect((await findMarked(attempt)).map((found) => found.pid).sort()).toEqual([program, grandchild].sort());

  await worker.kill();

  expect(await isAlive(identity)).toBe('dead');
  await eventually(async () => !(await isProcessAlive(program)));
  expect(await isProcessAlive(grandchild)).toBe(true);
  const outcome = await killOrphans(attempt);
  expect(outcome.ended.map((found) => [found.pid, found.name])).toEqual([[grandchild, 'sleep']]);
  expect(outcome.remaining).toEqual([]);
  expect(await isProcessAlive(grandchild)).toBe(false);
});

test('an orphan that ignores SIGTERM is killed after the grace, and other attempts are left alone', async () => {
  const mine = randomUUID();
  const other = randomUUID();
  const stop = new AbortController();
  const script = 'trap "" TERM; echo ready; while :; do sleep 0.05; done';
  const start = (attempt: string): { ready: Promise<void>; done: ReturnType<typeof run> } => {
    let markReady = (): void => undefined;
    const ready = new Promise<void>((resolve) => (markReady = resolve));
    const marker = { run: 'run', step: 'step', attempt };
    return { ready, done: run({ argv: ['sh', '-c', script], marker, signal: stop.signal, graceMs: 0, onLine: markReady }) };
  };
  const first = start(mine);
  const second = start(other);
  await Promise.all([first.ready, second.ready]);

  const outcome = await killOrphans(mine, 100);

  expect(outcome.remaining).toEqual([]);
  expect((await first.done).signal).toBe('SIGKILL');
  expect(await findMarked(other)).not.toEqual([]);
  stop.abort();
  expect((await second.done).aborted).toBe(true);
});

test('an attempt without processes needs no time', async () => {
  expect(await killOrphans(randomUUID())).toEqual({ ended: [], remaining: [] });
});

test('this process is alive; a later process with its number would not be it', async () => {
  const identity = await ownIdentity();
  expect(await isAlive(identity)).toBe('alive');
  expect(await isAlive({ ...identity, startTicks: '1' })).toBe('dead');
  expect(await isAlive({ ...identity, pidNamespace: 'pid:[1]' })).toBe('elsewhere');
  expect(await isAlive({ ...identity, bootId: 'other', hostname: 'other' })).toBe('elsewhere');
});

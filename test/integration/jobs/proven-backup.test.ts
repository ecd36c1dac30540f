import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

import { createThrowawayPostgres } from '../../../adapters/embedded/throwaway-postgres.js';
import type { World } from '../../../src/ports/world.js';
import { eventually } from '../../support/eventually.js';
import { query } from '../../support/one-command.js';
import { createDatabase } from '../../support/postgres.js';
import { tempFolder } from '../../support/temp-folder.js';
import { about, approvedRun } from './approved-run.js';

/** A run whose second step destroys something, approved by two; the real backup, the real engine. */
async function destroyAfterBackup(world: (real: World) => Partial<World> = () => ({})) {
  const [target, folder] = await Promise.all([createDatabase(), tempFolder()]);
  onTestFinished(() => target.drop());
  await target.pool.query('CREATE TABLE orders AS SELECT n FROM generate_series(1, 42) n');
  const destroyed = join(folder, 'destroyed');
  const runbook = `name: Destroys
kind: rollback
steps:
  - id: stop
    run: ["true"]
    effect: idempotent
    stops-writers: true
  - id: backup
    uses: postgres.backup
    with: { database: "\${env:SHOP_DATABASE}", prove: true }
  - id: destroy
    run: [touch, ${destroyed}]
    destructive: true
`;
  const approved = await approvedRun({ runbook, env: { SHOP_DATABASE: target.url }, world });
  return { ...approved, isDestroyed: () => access(destroyed).then(() => true, () => false) };
}

test('a destructive step begins after a backup of the same run was proven', async () => {
  const { events, isDestroyed } = await destroyAfterBackup();
  await eventually(isDestroyed);
  const recorded = await events();
  const proven = about(recorded, 'StepSucceeded', 'backup');
  expect(recorded[proven]).toMatchObject({ receipt: { proven: true, rows: 42 } });
  expect(about(recorded, 'StepStarted', 'destroy')).toBeGreaterThan(proven);
});

test('a destructive step is blocked when the backup could not be proven here', async () => {
  const { events, isDestroyed } = await destroyAfterBackup(() => ({ throwawayPostgres: createThrowawayPostgres(['/nowhere']) }));
  const recorded = await eventually(async () => { const all = await events(); return about(all, 'StepBlocked', 'destroy') >= 0 ? all : undefined; });
  expect(recorded[about(recorded, 'StepSucceeded', 'backup')]).toMatchObject({ receipt: { proven: false, provable: false } });
  expect(recorded[about(recorded, 'StepBlocked', 'destroy')]).toMatchObject({ error: { code: 'backup-not-provable' } });
  expect(await isDestroyed()).toBe(false);
});

test('a backup that cannot be proven here is waived by two people, on the record', async () => {
  const { events, say, run, isDestroyed } = await destroyAfterBackup(() => ({ throwawayPostgres: createThrowawayPostgres(['/nowhere']) }));
  await eventually(async () => about(await events(), 'StepBlocked', 'destroy') >= 0, 60_000);
  await say('alice', { kind: 'answer', run, answer: 'waive', reason: 'the disk is dying' });
  expect(await isDestroyed()).toBe(false);
  await say('bob', { kind: 'answer', run, answer: 'waive' });
  await eventually(isDestroyed, 60_000);
  expect((await events()).filter(({ type }) => type.startsWith('Answer'))).toMatchObject([
    { type: 'AnswerProposed', answer: 'waive', person: 'alice', reason: 'the disk is dying' }, { type: 'AnswerGiven', answer: 'waive', people: ['alice', 'bob'] },
  ]);
});

test('a destructive step does not begin when the restored backup lacks a row', async () => {
  const { events, isDestroyed } = await destroyAfterBackup((real) => ({
    runProgram: async (request) => {
      const outcome = await real.runProgram(request);
      const restored = request.argv[0].endsWith('pg_restore') ? request.argv.find((word) => word.startsWith('--dbname=')) : undefined;
      if (restored !== undefined) await query(restored.slice('--dbname='.length), 'DELETE FROM orders WHERE n = 1');
      return outcome;
    },
  }));
  const recorded = await eventually(async () => { const all = await events(); return about(all, 'StepFailed', 'backup') >= 0 && all.some(({ type }) => type === 'RunStarted') ? all : undefined; });
  expect(recorded[about(recorded, 'StepFailed', 'backup')]).toMatchObject({ error: { code: 'backup-not-proven', message: expect.stringContaining('public.orders: 42 rows in the snapshot, 41 rows restored') as string } });
  expect(about(recorded, 'StepStarted', 'destroy')).toBe(-1);
  expect(await isDestroyed()).toBe(false);
});

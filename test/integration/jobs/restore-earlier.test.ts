import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

import { eventually } from '../../support/eventually.js';
import type { RunEvent } from '../../../src/run/events.js';
import { type Replaceable, replaceable, text } from '../actions/restore-world.js';
import { type ApprovedRun, about, approvedRun } from './approved-run.js';

const schema = `CREATE TABLE orders (n int PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now()); INSERT INTO orders SELECT n FROM generate_series(1, 42) n`;

/** A database with a backup of earlier, which has gone on since; what a run of it left is taken away by `clear`. */
async function goneOn(): Promise<{ readonly database: Replaceable; readonly earlier: string }> {
  const database = await replaceable(schema);
  const earlier = text((await database.dump())['folder']);
  await database.sql('INSERT INTO orders SELECT n FROM generate_series(43, 45) n');
  return { database, earlier };
}

function dropAfterwards({ sql, names, drop }: Replaceable): void {
  onTestFinished(async () => {
    const rows = await sql<{ datname: string }>(`SELECT datname FROM pg_database WHERE starts_with(datname, '${names.live}_')`, 'postgres');
    for (const { datname } of rows) await sql(`DROP DATABASE "${datname}" WITH (FORCE)`, 'postgres');
    await drop();
  });
}

const receiptOf = (events: readonly RunEvent[], step: string): unknown => {
  const event = events[about(events, 'StepSucceeded', step)];
  return event?.type === 'StepSucceeded' ? event.receipt : undefined;
};

async function ended({ events }: ApprovedRun): Promise<readonly RunEvent[]> {
  return eventually(async () => {
    const all = await events();
    const bad = all.find(({ type }) => type === 'StepBlocked' || type === 'StepFailed');
    if (bad !== undefined) throw new Error(JSON.stringify(bad));
    return all.some(({ type }) => type === 'RunEnded') ? all : undefined;
  }, 120_000);
}

const stop = `  - { id: stop, run: ["true"], effect: idempotent, stops-writers: true }\n`;

test.each([{ writers: 'stopped before the backup', before: stop }, { writers: 'running, what they write being counted', before: '' }])('an earlier backup is put back, with writers $writers', { timeout: 240_000 }, async ({ before }) => {
  const { database, earlier } = await goneOn();
  dropAfterwards(database);
  const runbook = `name: Restores
kind: rollback
steps:
${before}  - { id: backup, uses: postgres.backup, with: { database: "\${env:SHOP_DATABASE}", prove: true } }
  - { id: loss, uses: postgres.loss, with: { database: "\${env:SHOP_DATABASE}", backup: "${earlier}", losing: true } }
  - { id: restore, uses: postgres.restore, with: { database: "\${env:SHOP_DATABASE}", backup: "${earlier}" } }
  - { id: check, uses: postgres.query, with: { database: "\${env:SHOP_DATABASE}", sql: "SELECT count(*) FROM orders", expect: { value: 42 } } }
`;
  const approved = await approvedRun({ runbook, env: { SHOP_DATABASE: database.url } });
  const events = await ended(approved);

  const made = events.find((event) => event.type === 'PlanPosted');
  expect(made?.plan.verdict.lost).toEqual([expect.stringMatching(/^3 rows of orders new or changed since .* UTC, exported to /)]);
  expect(receiptOf(events, 'backup')).toMatchObject({ proven: true, rows: 45 });
  expect(receiptOf(events, 'loss')).toMatchObject({ exported: true, rows: 3, tables: { orders: 3 } });
  const { exportedTo } = receiptOf(events, 'loss') as { exportedTo: string };
  expect((await readFile(join(exportedTo, '0001-orders.csv'), 'utf8')).split('\n').slice(1, -1).map((line) => line.split(',')[0])).toEqual(['43', '44', '45']);
  const kept = `${database.names.live}_before_${approved.run.toLowerCase()}`;
  expect(receiptOf(events, 'restore')).toMatchObject({ kept, rows: 42 });
  expect(await database.sql('SELECT count(*)::int AS rows FROM orders')).toEqual([{ rows: 42 }]);
  expect(await database.sql('SELECT count(*)::int AS rows FROM orders', kept)).toEqual([{ rows: 45 }]);
  expect(events.at(-1)).toMatchObject({ type: 'RunEnded', outcome: 'verified' });
});


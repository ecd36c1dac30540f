import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { z } from 'zod';
import { postgresBackupAction } from '../../jobs/actions/postgres-backup.js';
import { postgresRestoreAction } from '../../jobs/actions/postgres-restore.js';
import type { StepContext } from '../../src/ports/action.js';
import type { Line } from '../line.js';
import { databaseBytes, sampleDatabase } from '../sample-database.js';
import { receiptOf, stepContext } from '../step-context.js';

const run = promisify(execFile);
const dumped = z.object({ folder: z.string() });
const restored = z.object({ kept: z.string() });

/** The step as a run carries it out: checksums, every row counted and compared, statistics collected, databases swapped. Beside it `pg_restore` with one job, which checks nothing. */
export const restore: Line = {
  name: 'restore', title: 'restore, compared and swapped',
  measure: async (services, { quick, rounds }) => {
    const database = await sampleDatabase(services, 'restore', quick ? 40_000_000 : 1_000_000_000);
    const folder = join(services.folder, 'restore');
    await mkdir(folder);
    const { folder: path } = dumped.parse(receiptOf(await postgresBackupAction.execute(stepContext(folder, 'backup'), { database, folder })));
    const guideDump = join(folder, 'guide.dump');
    await run('pg_dump', ['-F', 'c', '-f', guideDump, database]);
    const [own, guide]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      const context = await planned({ ...stepContext(folder, 'restore'), runId: `bench${String(round)}` }, { database, backup: path });
      let begun = performance.now();
      const receipt = restored.parse(receiptOf(await postgresRestoreAction.execute(context, { database, backup: path })));
      own.push((performance.now() - begun) / 1_000);
      await drop(database, receipt.kept);
      const name = `guide${String(round)}`;
      const target = await services.createDatabase(name);
      begun = performance.now();
      await run('pg_restore', ['-d', target, guideDump]);
      guide.push((performance.now() - begun) / 1_000);
      await drop(database, name);
    }
    return [{
      what: `database of ${((await databaseBytes(database)) / 1e9).toFixed(2)} GB`,
      planb: { name: 'postgres.restore', unit: 's', rounds: own }, peer: { name: 'pg_restore, one job', unit: 's', rounds: guide }, compared: 'ratio', budget: { is: 'at most', value: 0.85 },
    }];
  },
};

/** What people would have voted on. */
async function planned(context: StepContext, input: { readonly database: string; readonly backup: string }): Promise<StepContext> {
  return { ...context, facts: (await postgresRestoreAction.inspect?.(context, input)) ?? [] };
}

/** So that each round begins with as much on the disk and in memory. */
async function drop(url: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`DROP DATABASE ${pg.escapeIdentifier(name)} WITH (FORCE)`);
  } finally {
    await client.end();
  }
}

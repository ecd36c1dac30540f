import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { postgresBackupAction } from '../../jobs/actions/postgres-backup.js';
import type { Line } from '../line.js';
import { databaseBytes, sampleDatabase } from '../sample-database.js';
import { receiptOf, stepContext } from '../step-context.js';

const run = promisify(execFile);

/** The step as a run carries it out, counts and checksums included, beside the guides' `pg_dump -F c`. Both flush what they wrote. */
export const backup: Line = {
  name: 'backup', title: 'backup, checksum included',
  measure: async (services, { quick, rounds }) => {
    const database = await sampleDatabase(services, 'backup', quick ? 40_000_000 : 1_000_000_000);
    const folder = join(services.folder, 'backup');
    await mkdir(folder);
    const context = stepContext(folder, 'backup');
    const [own, guide]: [number[], number[]] = [[], []];
    let compress: unknown;
    for (let round = 0; round < rounds; round += 1) {
      const dumps = join(folder, 'dumps');
      let begun = performance.now();
      const receipt = receiptOf(await postgresBackupAction.execute(context, { database, folder: dumps }));
      own.push((performance.now() - begun) / 1_000);
      compress = receipt['compress'];
      await rm(dumps, { recursive: true });
      const file = join(folder, 'guide.dump');
      begun = performance.now();
      await run('pg_dump', ['-F', 'c', '-f', file, database]);
      guide.push((performance.now() - begun) / 1_000);
      await rm(file);
    }
    const size = `${((await databaseBytes(database)) / 1e9).toFixed(2)} GB`;
    return [{
      what: `database of ${size}, ${compress === 0 ? 'not compressed, the disk is large enough' : `compressed, level ${String(compress)}`}`,
      planb: { name: 'postgres.backup', unit: 's', rounds: own }, peer: { name: 'pg_dump -F c', unit: 's', rounds: guide }, compared: 'ratio', budget: { is: 'at most', value: 0.3 },
    }];
  },
};

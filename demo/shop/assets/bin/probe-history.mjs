#!/usr/bin/env node
/** `probe-history`: exit 0 = no failed migration blocks a start, 1 = some do (printed one a line), 2 = cannot be told. */
import { listFailedMigrations } from '../lib/history.mjs';
import { runProgram } from '../lib/run-program.mjs';

await runProgram(
  async () => {
    const names = await listFailedMigrations();
    for (const name of names) console.log(name);
    return names.length === 0 ? 0 : 1;
  },
  { failureCode: 2 },
);

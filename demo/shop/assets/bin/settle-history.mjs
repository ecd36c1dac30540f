#!/usr/bin/env node
/** `settle-history`: marks failed migrations rolled back, so that a release can start again. Running it again changes nothing. */
import { settleHistory } from '../lib/history.mjs';
import { runProgram } from '../lib/run-program.mjs';

await runProgram(async () => {
  const names = await settleHistory();
  console.log(names.length === 0 ? 'no failed migration' : `marked as rolled back: ${names.join(', ')}`);
});

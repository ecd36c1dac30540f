#!/usr/bin/env node
/** `running`: the version of the live process; nothing at all when none runs, which is no error. */
import { runProgram } from '../lib/run-program.mjs';
import { findRunning } from '../lib/shop-process.mjs';

await runProgram(() => {
  const running = findRunning();
  if (running !== undefined) console.log(running.version);
});

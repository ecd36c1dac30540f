#!/usr/bin/env node
/** `releases`: the versions that can be run, one a line, newest first: what follows the running one is older. */
import { runProgram } from '../lib/run-program.mjs';
import { listReleases } from '../lib/world.mjs';

await runProgram(() => {
  for (const version of listReleases().reverse()) console.log(version);
});

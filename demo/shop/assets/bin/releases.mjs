#!/usr/bin/env node
/** `releases`: the versions that can be run, one a line, oldest first. */
import { runProgram } from '../lib/run-program.mjs';
import { listReleases } from '../lib/world.mjs';

await runProgram(() => {
  for (const version of listReleases()) console.log(version);
});

#!/usr/bin/env node
/** `probe-release VERSION`: exit 0 = VERSION runs, 1 = it does not, 2 = cannot be told (a release is under way, or a file is unreadable). */
import { findLockOwner } from '../lib/release-lock.mjs';
import { runProgram } from '../lib/run-program.mjs';
import { findRunning } from '../lib/shop-process.mjs';
import { ShopError, findRelease, linkedRelease } from '../lib/world.mjs';

await runProgram(
  async ([version]) => {
    findRelease(version);
    const owner = await findLockOwner();
    if (owner !== undefined) throw new ShopError(`a release is under way (process ${owner})`);
    const running = findRunning();
    console.log(running === undefined ? 'nothing runs' : `shop ${running.version} runs (process ${running.pid})`);
    return running?.version === version && linkedRelease() === version ? 0 : 1;
  },
  { failureCode: 2 },
);

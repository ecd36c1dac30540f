#!/usr/bin/env node
/** `release VERSION`: stops what runs, switches `current`, starts VERSION and waits until it answers. Running it again changes nothing. */
import { withReleaseLock } from '../lib/release-lock.mjs';
import { runProgram } from '../lib/run-program.mjs';
import { findRunning, startRelease, stopRunning, waitUntilServing } from '../lib/shop-process.mjs';
import { findRelease, linkRelease, linkedRelease, logSize } from '../lib/world.mjs';

await runProgram(async ([version]) => {
  findRelease(version);
  await withReleaseLock(async () => {
    const running = findRunning();
    if (running?.version === version && linkedRelease() === version) {
      await waitUntilServing(version, logSize());
      console.log(`shop ${version} already runs (process ${running.pid})`);
      return;
    }
    if (running !== undefined) console.log(`stopping shop ${running.version} (process ${running.pid})`);
    await stopRunning();
    linkRelease(version);
    const offset = startRelease(version);
    await waitUntilServing(version, offset);
    console.log(`shop ${version} runs (process ${findRunning()?.pid})`);
  });
});

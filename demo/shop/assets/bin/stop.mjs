#!/usr/bin/env node
/** `stop`: ends the shop's process, if one lives. */
import { withReleaseLock } from '../lib/release-lock.mjs';
import { runProgram } from '../lib/run-program.mjs';
import { stopRunning } from '../lib/shop-process.mjs';

await runProgram(() => withReleaseLock(stopRunning));

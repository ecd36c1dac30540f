#!/usr/bin/env node
/** `migrate ARGS…`: the current release's own migrator (deploy, status, resolve) on the shop's database. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { runProgram } from '../lib/run-program.mjs';
import { paths, readSettings } from '../lib/world.mjs';

await runProgram(async (args) => {
  const program = join(paths.current, 'migrator', 'migrate.mjs');
  const env = { ...process.env, DATABASE_URL: readSettings().databaseUrl };
  const child = spawn(process.execPath, [program, ...args], { stdio: 'inherit', env });
  return new Promise((resolve, reject) => child.once('error', reject).once('exit', (code) => resolve(code ?? 1)));
});

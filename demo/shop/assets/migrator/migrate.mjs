#!/usr/bin/env node
/** `migrate deploy | status | resolve --rolled-back NAME | resolve --applied NAME` on DATABASE_URL, with the release's own migrations. */
import { readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import {
  MigrateError, createLedger, isApplied, isFailed, lockLedger, markApplied, markRolledBack, readLedger, recordFailure, recordFinish, recordStart, unlockLedger,
} from './ledger.mjs';

const MIGRATIONS = new URL('../migrations/', import.meta.url);

async function shippedMigrations() {
  const entries = await readdir(MIGRATIONS, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort();
}

function readScript(name) {
  return readFile(join(fileURLToPath(MIGRATIONS), name, 'migration.sql'), 'utf8');
}

function refuseFailed(rows) {
  const failed = rows.filter(isFailed);
  if (failed.length === 0) return;
  const names = failed.map((row) => `The \`${row.migration_name}\` migration started at ${row.started_at.toISOString()} failed`);
  throw new MigrateError('P3009', `migrate found failed migrations in the target database, new migrations will not be applied. ${names.join('. ')}`);
}

async function applyMigration(client, name) {
  const sql = await readScript(name);
  const id = await recordStart(client, name, sql);
  try {
    // One simple query: PostgreSQL treats the whole script as one implicit transaction, as Prisma's native engine does.
    await client.query(sql);
  } catch (error) {
    const reason = `Database error code: ${error.code}. Database error: ${error.message}${error.detail ? `. ${error.detail}` : ''}`;
    await recordFailure(client, id, `A migration failed to apply. ${reason}`);
    throw new MigrateError('P3018', `A migration failed to apply. New migrations cannot be applied before the error is recovered from. Migration name: ${name}. ${reason}`, { cause: error });
  }
  await recordFinish(client, id);
}

/** Applies what this release ships and the database lacks. Returns the names applied; throws {@link MigrateError}. */
async function deployTo(client) {
  const rows = await readLedger(client);
  if (rows === undefined) await createLedger(client);
  refuseFailed(rows ?? []);
  const applied = new Set((rows ?? []).filter(isApplied).map((row) => row.migration_name));
  const pending = (await shippedMigrations()).filter((name) => !applied.has(name));
  for (const name of pending) await applyMigration(client, name);
  return pending;
}

async function resolveIn(client, flag, name) {
  const rows = ((await readLedger(client)) ?? []).filter((row) => row.migration_name === name);
  if (flag === '--rolled-back') {
    if (rows.length === 0) throw new MigrateError('P3011', `Migration \`${name}\` cannot be rolled back because it was never applied to the database.`);
    if ((await markRolledBack(client, name)) === 0) throw new MigrateError('P3012', `Migration \`${name}\` cannot be rolled back because it is not in a failed state.`);
    return;
  }
  if (rows.some(isApplied)) throw new MigrateError('P3008', `The migration \`${name}\` is already recorded as applied in the database.`);
  if (!(await shippedMigrations()).includes(name)) throw new MigrateError('P3017', `The migration ${name} could not be found.`);
  await markRolledBack(client, name);
  await markApplied(client, name, await readScript(name));
}

/** Runs `work` with a client that holds the migrator's lock. */
async function withLedger(databaseUrl, work) {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'shop-migrate' });
  await client.connect();
  try {
    await lockLedger(client);
    const result = await work(client);
    await unlockLedger(client);
    return result;
  } finally {
    await client.end();
  }
}

/** What a release does before it serves: the names applied. Throws {@link MigrateError} or the driver's error. */
export function deploy(databaseUrl) {
  return withLedger(databaseUrl, deployTo);
}

async function printStatus(client) {
  const rows = (await readLedger(client)) ?? [];
  for (const row of rows) {
    const state = isFailed(row) ? 'failed' : isApplied(row) ? 'applied' : 'rolled back';
    console.log(`${state}\t${row.migration_name}`);
  }
  const known = new Set(rows.filter((row) => !(row.rolled_back_at !== null)).map((row) => row.migration_name));
  for (const name of await shippedMigrations()) if (!known.has(name)) console.log(`pending\t${name}`);
}

async function main([command, flag, name]) {
  const databaseUrl = process.env.DATABASE_URL;
  if (!databaseUrl) throw new MigrateError('P1012', 'Environment variable not found: DATABASE_URL.');
  if (command === 'deploy') {
    const names = await deploy(databaseUrl);
    console.log(names.length === 0 ? 'No pending migrations to apply.' : `Applied: ${names.join(', ')}`);
  } else if (command === 'status') {
    await withLedger(databaseUrl, printStatus);
  } else if (command === 'resolve' && (flag === '--rolled-back' || flag === '--applied') && name) {
    await withLedger(databaseUrl, (client) => resolveIn(client, flag, name));
    console.log(`Migration ${name} marked as ${flag.slice(2).replace('-', ' ')}.`);
  } else {
    throw new MigrateError('usage', 'migrate deploy | status | resolve --rolled-back NAME | resolve --applied NAME');
  }
}

// Imported by the release's start, and a program of its own.
if (process.argv[1] && (await realpath(process.argv[1])) === fileURLToPath(import.meta.url)) {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    console.error(`Error: ${error.code ?? 'unknown'}: ${error.message}`);
    process.exitCode = error.code === 'usage' ? 2 : 1;
  }
}

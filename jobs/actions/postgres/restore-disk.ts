import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type TargetDatabase, TargetDatabaseError } from '../../../src/ports/target-database.js';
import { freeBytes } from './free-bytes.js';

const row = z.object({ folder: z.string().nullable(), system: z.string(), elsewhere: z.boolean() });

/**
 * Free bytes where the server keeps the database; null where that cannot be seen from here. SQL does not tell it. A server on this machine is recognised by its control file, which begins with
 * the system identifier: a folder of the same name in a container, or on another machine, is not it.
 */
export async function serverFreeBytes(database: TargetDatabase): Promise<number | null> {
  const found = await askFolder(database);
  if (found === undefined || found.folder === null || found.elsewhere) return null;
  return (await systemIn(found.folder)) === found.system ? freeBytes(found.folder) : null;
}

/** Only superusers and pg_read_all_settings are told. */
async function askFolder(database: TargetDatabase): Promise<z.output<typeof row> | undefined> {
  try {
    const [first] = await database.query(
      `SELECT current_setting('data_directory') AS folder, (SELECT system_identifier::text FROM pg_control_system()) AS system,
              (SELECT dattablespace <> 1663 FROM pg_database WHERE datname = current_database()) AS elsewhere`,
    );
    return row.parse(first);
  } catch (error) {
    if (error instanceof TargetDatabaseError && (error.sqlState === '42501' || error.sqlState === '42883')) return undefined;
    throw error;
  }
}

async function systemIn(folder: string): Promise<string | undefined> {
  const file = await open(join(folder, 'global/pg_control')).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(8), 0, 8, 0);
    return bytesRead === 8 ? buffer.readBigUInt64LE().toString() : undefined;
  } finally {
    await file.close();
  }
}

import { writeFile } from 'node:fs/promises';
import { CliExit, exitCodes } from './exit.js';
import { outputOf } from './output.js';
import { plainText } from './render.js';
import type { CliServices } from './services.js';

/** Writes what a command made, readable by its owner alone; never over a file that is there unless told. Throws CliExit. */
export async function writeNewFile(file: string, text: string, force: boolean, services: CliServices): Promise<void> {
  try {
    await writeFile(file, text, { flag: force ? 'w' : 'wx', mode: 0o600 });
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw new CliExit(exists ? exitCodes.usage : exitCodes.failed, exists ? `${plainText(file)} exists already: give another name, or --force.` : `${plainText(file)} cannot be written: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  outputOf(services).progress(`Written to ${file}.`);
}

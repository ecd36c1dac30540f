import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { CliExit, exitCodes } from '../exit.js';
import { outputOf } from '../output.js';
import { plainText } from '../render.js';
import type { CliServices } from '../services.js';

export function addCollectCommand(program: Command, services: CliServices): void {
  program
    .command('collect <target>')
    .description('Gather logs, schemas, metrics and configuration differences of a migration\'s two servers into one archive, secrets masked')
    .option('-o, --out <file>', 'the archive (default: <target>-<time>.tar.gz in this folder)')
    .action(async (target: string, { out }: { readonly out?: string }) => {
      const output = outputOf(services);
      const collection = await services.collect(target, (line) => { output.progress(line); });
      if (!collection.ok) throw new CliExit(exitCodes.usage, plainText(collection.message));
      const { archive, name, files, missing } = collection;
      const file = out ?? `${name}.tar.gz`;
      await writeArchive(file, archive);
      output.print(`${plainText(file)}: ${files.length === 1 ? '1 file' : `${String(files.length)} files`}`);
      for (const line of missing) output.print(`${output.colours.red('✘')} missing: ${plainText(line)}`);
      if (missing.length > 0) throw new CliExit(exitCodes.failed, `${missing.length === 1 ? 'One thing is' : `${String(missing.length)} things are`} missing; the archive's README.md says the same.`);
    });
}

/** Never over a file that is there: what was collected earlier is of another time. */
async function writeArchive(file: string, archive: Uint8Array): Promise<void> {
  try {
    await writeFile(file, archive, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw new CliExit(exists ? exitCodes.usage : exitCodes.failed, exists ? `${plainText(file)} exists already: give another name.` : `${plainText(file)} cannot be written: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

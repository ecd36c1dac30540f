import { resolve } from 'node:path';
import type { Command } from 'commander';
import { CliExit, exitCodes } from '../exit.js';
import { outputOf } from '../output.js';
import { plainText } from '../render.js';
import type { CliServices } from '../services.js';

/** `planb backups register`, below the list that chat has as well: files lie on a machine, so only that machine can name them. */
export function addRegister(backups: Command, services: CliServices): void {
  backups
    .command('register <target> <path>')
    .description('Name a dump on this machine that was taken elsewhere (a folder of pg_dump -Fd, or a file of pg_dump -Fc), so that it is listed and can be restored; planb never deletes it')
    .action(async (target: string, path: string, _options: object, command: Command) => {
      // The list's own option, which commander reads wherever it stands.
      const { json } = command.optsWithGlobals<{ readonly json?: boolean }>();
      const output = outputOf(services);
      output.progress('reading its list of contents and its checksum');
      const result = await services.registerBackup(target, resolve(path));
      if (!result.ok) throw new CliExit(exitCodes.failed, plainText(result.message));
      const { backup, known } = result;
      if (json === true) output.printJson({ known, ...backup });
      else output.print(`${output.colours.green('✔')} ${plainText(backup.folder)} is backup ${backup.id} of ${plainText(target)}${known ? ', and was already' : ''}: database ${plainText(backup.database.name)}, PostgreSQL ${plainText(backup.server)}, taken ${new Date(backup.takenAt).toISOString()}`);
    });
}

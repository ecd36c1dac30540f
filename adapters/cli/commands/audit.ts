import type { Command } from 'commander';
import { CliExit, exitCodes } from '../exit.js';
import { outputOf } from '../output.js';
import { plainText } from '../render.js';
import type { CliServices } from '../services.js';

export function addAuditCommand(program: Command, services: CliServices): void {
  const audit = program.command('audit').description('The record of who asked, approved and did what');
  audit
    .command('verify [run]')
    .description('Recompute the hash chain of one run, or of all; exit code 1 where the record was changed')
    .option('--json', 'print the result as JSON')
    .action(async (run: string | undefined, { json }: { readonly json?: boolean }) => {
      const report = await services.verifyAudit(run?.toUpperCase());
      const output = outputOf(services);
      const { runs, events, broken } = report;
      if (run !== undefined && runs === 0) throw new CliExit(exitCodes.failed, `There is no run ${plainText(run.toUpperCase())}.`);
      if (json === true) output.printJson({ ok: broken.length === 0, ...report });
      else {
        for (const one of broken) output.print(`${output.colours.red('✘')} run ${plainText(one.run)}, event ${one.version}: ${plainText(one.what)}`);
        if (broken.length === 0) output.print(`${output.colours.green('✔')} ${runs} ${runs === 1 ? 'run' : 'runs'}, ${events} ${events === 1 ? 'event' : 'events'}: every hash is what it must be`);
      }
      if (broken.length > 0) throw new CliExit(exitCodes.failed, json === true ? '' : `The record of ${broken.length} of ${runs} runs is not what planb wrote.`);
    });
}

import type { Command } from 'commander';
import type { Locale } from '../../../src/config.js';
import { CliExit, exitCodes } from '../exit.js';
import { plainText } from '../render.js';
import type { CliServices } from '../services.js';
import { writeNewFile } from '../write-new-file.js';

const locales: readonly Locale[] = ['en', 'ru'];

interface ReportOptions {
  readonly out?: string;
  readonly locale?: string;
  readonly force?: boolean;
}

export function addReportCommand(program: Command, services: CliServices): void {
  program
    .command('report <run>')
    .description('Write the post-mortem of a run from its record, as Markdown')
    .option('-o, --out <file>', 'write it to a file (default: standard output)')
    .option('--locale <locale>', 'en or ru (default: that of the target\'s channel)')
    .option('--force', 'let --out replace a file')
    .action(async (name: string, { out, locale, force }: ReportOptions) => {
      const run = name.toUpperCase();
      const spoken = localeOf(locale);
      const text = await services.readReport(run, spoken);
      if (text === undefined) throw new CliExit(exitCodes.failed, `There is no run ${plainText(run)}.`);
      if (out === undefined || out === '-') services.stdout.write(text);
      else await writeNewFile(out, text, force === true, services);
    });
}

function localeOf(locale: string | undefined): Locale | undefined {
  const known = locales.find((one) => one === locale);
  if (locale !== undefined && known === undefined) throw new CliExit(exitCodes.usage, `There is no locale "${plainText(locale)}"; it is one of ${locales.join(', ')}.`);
  return known;
}

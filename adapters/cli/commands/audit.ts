import type { Command } from 'commander';
import { CliExit, exitCodes } from '../exit.js';
import { outputOf, type Output } from '../output.js';
import { plainText } from '../render.js';
import type { AuditReport, CliServices } from '../services.js';
import { writeNewFile } from '../write-new-file.js';

interface VerifyOptions {
  readonly json?: boolean;
  readonly run?: string;
  readonly bundle?: string;
  readonly checkpoints?: string;
  readonly key?: readonly string[];
}

export function addAuditCommand(program: Command, services: CliServices): void {
  const audit = program.command('audit').description('The record of who asked, approved and did what');
  audit
    .command('verify [run]')
    .description('Recompute the hash chain of one run, or of all, and compare it with the signed heads; exit code 1 where the record was changed')
    .option('--run <run>', 'the run, as an option')
    .option('--bundle <file>', 'judge an exported bundle instead: needs neither database nor planb.yaml')
    .option('--checkpoints <file>', 'compare with this file of signed heads (default: the one in planb\'s data folder)')
    .option('--key <key...>', 'trust this public key, as "planb audit key" prints it')
    .option('--json', 'print the result as JSON')
    .action((run: string | undefined, options: VerifyOptions) => (options.bundle === undefined ? verifyRuns(services, run ?? options.run, options) : verifyBundle(services, options.bundle, options)));
  audit
    .command('export <run>')
    .description('Write a run\'s record as a file that proves itself without planb\'s database')
    .option('--out <file>', 'where to (default: <run>-audit.json); "-" is standard output')
    .option('--force', 'replace a file that is there')
    .action((run: string, options: { readonly out?: string; readonly force?: boolean }) => exportRun(services, run.toUpperCase(), options));
  audit
    .command('key')
    .description('Print the public key of this machine\'s signatures')
    .action(async () => {
      const { key, publicKey } = await services.auditKey();
      outputOf(services).progress(`key ${key}`);
      outputOf(services).print(publicKey);
    });
}

async function verifyRuns(services: CliServices, asked: string | undefined, { json, checkpoints, key = [] }: VerifyOptions): Promise<void> {
  const run = asked?.toUpperCase();
  const report = await services.verifyAudit(run, { keys: key, ...(checkpoints === undefined ? {} : { checkpoints }) });
  const output = outputOf(services);
  const { runs, broken, checkpoints: signed } = report;
  if (run !== undefined && runs === 0 && broken.length === 0) throw new CliExit(exitCodes.failed, `There is no run ${plainText(run)}.`);
  // Whoever names a file wants to be compared with it: a disk that is not mounted must not pass.
  const absent = checkpoints !== undefined && signed?.lines === 0;
  const damaged = broken.length > 0 || (signed?.broken.length ?? 0) > 0 || absent;
  if (json === true) output.printJson({ ok: !damaged, ...report });
  else sayFindings(output, report);
  if (!damaged) return;
  const what = broken.length > 0 ? `The record of ${broken.length} of ${runs} runs is not what planb wrote.` : absent ? 'There is nothing to compare with.' : 'The file of signed heads is not what planb wrote.';
  throw new CliExit(exitCodes.failed, json === true ? '' : what);
}

function sayFindings(output: Output, { runs, events, broken, checkpoints }: AuditReport): void {
  for (const one of broken) output.print(`${output.colours.red('✘')} run ${plainText(one.run)}, event ${one.version}: ${plainText(one.what)}`);
  if (broken.length === 0) output.print(`${output.colours.green('✔')} ${runs} ${runs === 1 ? 'run' : 'runs'}, ${events} ${events === 1 ? 'event' : 'events'}: every hash is what it must be`);
  if (checkpoints === undefined) return;
  for (const one of checkpoints.broken) output.print(`${output.colours.red('✘')} ${plainText(checkpoints.file)}, line ${one.line}: ${plainText(one.what)}`);
  if (checkpoints.broken.length > 0) return;
  if (checkpoints.lines === 0) output.print(`${output.colours.yellow('!')} no signed heads to compare with: ${plainText(checkpoints.file)} is empty or not there`);
  else output.print(`${output.colours.green('✔')} ${checkpoints.lines} ${checkpoints.lines === 1 ? 'line' : 'lines'} of signed heads`);
}

async function verifyBundle(services: CliServices, path: string, { json, key = [] }: VerifyOptions): Promise<void> {
  const [trusted] = key;
  const found = await services.verifyBundle(path, trusted);
  const output = outputOf(services);
  const sound = found.broken.length === 0;
  if (json === true) output.printJson({ ok: sound, trusted: trusted !== undefined, ...found });
  for (const { run, version, what } of json === true ? [] : found.broken) output.print(`${output.colours.red('✘')} ${run === '' ? plainText(path) : `run ${plainText(run)}`}${version === 0 ? '' : `, event ${version}`}: ${plainText(what)}`);
  if (!sound) throw new CliExit(exitCodes.failed, json === true ? '' : 'The bundle is not what planb wrote.');
  if (json === true) return;
  output.print(`${output.colours.green('✔')} run ${plainText(found.run)}, ${found.events} events: every hash and the signature are what they must be`);
  output.print(trusted === undefined
    ? `${output.colours.yellow('!')} signed with key ${found.key}: compare it with what "planb audit key" prints on planb's machine, or give it with --key`
    : `${output.colours.green('✔')} signed with the trusted key ${found.key}`);
}

async function exportRun(services: CliServices, run: string, { out, force }: { readonly out?: string; readonly force?: boolean }): Promise<void> {
  const text = await services.exportAudit(run);
  if (text === undefined) throw new CliExit(exitCodes.failed, `There is no run ${plainText(run)}.`);
  if (out === '-') {
    services.stdout.write(text);
    return;
  }
  const path = out ?? `${run}-audit.json`;
  await writeNewFile(path, text, force === true, services);
}

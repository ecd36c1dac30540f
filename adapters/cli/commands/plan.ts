import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { Scope } from '../../../src/command/command.js';
import { scopeWords } from '../../../src/command/words.js';
import { planDigest } from '../../../src/plan/digest.js';
import { renderPaper } from '../../../src/plan/paper.js';
import { CliExit, exitCodes, type ExitCode } from '../exit.js';
import { outputOf } from '../output.js';
import { planLines } from '../plan-text.js';
import { plainText, renderLine } from '../render.js';
import type { CliServices } from '../services.js';

interface PlanOptions {
  readonly to?: string;
  readonly for?: Scope;
  readonly runbook?: string;
  readonly json?: boolean;
  readonly paper?: string | true;
  readonly force?: boolean;
}

/** Planning's own codes: what could not be read, and what is written wrongly. Every other one is a refusal. */
const failures = new Set(['unreadable']);
const misconfigured = new Set(['bad-runbook', 'bad-input', 'bad-prepare', 'unknown-action', 'not-remote', 'missing-secret', 'reference-moved']);

export function addPlanCommand(program: Command, services: CliServices): void {
  program
    .command('plan <target>')
    .description('Make a plan and show it: no run, no lock, no votes, nothing is touched')
    .option('--to <release>', 'the release to go to (default: the last known good)')
    .addOption(new Option('--for <scope>', 'why; "migration" asks for the schema to go back too').choices(scopeWords))
    .option('--runbook <name>', 'another of the target\'s runbooks, by kind or name (default: the rollback)')
    .option('--json', 'print the whole plan with its digest as JSON')
    .option('--paper [file]', 'write it as a file of commands to paste when planb is down (default file: <target>-plan.sh; "-" is standard output)')
    .option('--force', 'let --paper replace a file')
    .action(async (target: string, options: PlanOptions) => {
      const output = outputOf(services);
      const answer = await services.makePlan(
        { target, ...(options.to === undefined ? {} : { to: options.to }), ...(options.for === undefined ? {} : { scope: options.for }), ...(options.runbook === undefined ? {} : { runbook: options.runbook }) },
        (line) => { output.progress(line); },
      );
      if (!answer.ok) {
        if (options.json === true) output.printJson({ ok: false, code: answer.code, message: answer.message });
        throw new CliExit(codeOf(answer.code), options.json === true ? '' : answer.message);
      }
      const { plan } = answer;
      const digest = planDigest(plan);
      if (options.paper !== undefined) await writePaper(renderPaper(plan, { digest }), options.paper === true ? `${plan.target}-plan.sh` : options.paper, options.force === true, services);
      if (options.json === true) output.printJson({ ok: true, digest, plan });
      else if (options.paper === undefined) output.print(planLines(plan, digest).map((line) => renderLine(line, output.colours)).join('\n'));
    });
}

function codeOf(code: string): ExitCode {
  if (failures.has(code)) return exitCodes.failed;
  return misconfigured.has(code) ? exitCodes.usage : exitCodes.refused;
}

async function writePaper(text: string, file: string, force: boolean, services: CliServices): Promise<void> {
  if (file === '-') {
    services.stdout.write(text);
    return;
  }
  try {
    // Not executable, on purpose: it is for pasting.
    await writeFile(file, text, { flag: force ? 'w' : 'wx', mode: 0o600 });
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw new CliExit(exists ? exitCodes.usage : exitCodes.failed, exists ? `${plainText(file)} exists already: give another name, or --force.` : `${plainText(file)} cannot be written: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  outputOf(services).progress(`Written to ${file}: commands to paste, secrets as variables.`);
}

import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { formatProblem } from '../../../src/yaml/problem.js';
import { checkFiles } from '../check-files.js';
import { configPath } from '../config-path.js';
import { CliExit, exitCodes } from '../exit.js';
import { outputOf } from '../output.js';
import { plainText } from '../render.js';
import type { CliServices } from '../services.js';

export function addCheckCommand(program: Command, services: CliServices): void {
  program
    .command('check')
    .description('Check planb.yaml and every runbook that it uses; touches neither network nor database')
    .option('--json', 'print the problems as JSON')
    .action(async ({ json }: { readonly json?: boolean }) => {
      const path = configPath(services.env);
      const { problems, targets, runbooks } = await checkFiles(await readConfig(path), path, services);
      const output = outputOf(services);
      if (json === true) output.printJson({ ok: problems.length === 0, targets, runbooks, problems });
      else if (problems.length === 0) output.print(`${output.colours.green('✔')} ${path}: ${count(targets, 'target')}, ${count(runbooks, 'runbook')}, nothing wrong`);
      else for (const problem of problems) output.print(plainText(formatProblem(problem)));
      if (problems.length === 0) return;
      throw new CliExit(exitCodes.usage, json === true ? '' : count(problems.length, 'problem'));
    });
}

/** Throws CliExit. */
export async function readConfig(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new CliExit(exitCodes.usage, missing ? `There is no ${path}: create it with "planb init", or say where it is with PLANB_CONFIG.` : `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}

import { dirname } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../../../src/config.js';
import { configPath } from '../config-path.js';
import { examine } from '../doctor/examine.js';
import { broken, ok, type Finding, type Needs } from '../doctor/finding.js';
import { readNeeds } from '../doctor/needs.js';
import { CliExit, exitCodes } from '../exit.js';
import { outputOf, type Output } from '../output.js';
import { plainText } from '../render.js';
import type { CliServices } from '../services.js';

const noNeeds: Needs = { docker: false, postgresClients: false, helm: false, kubectl: false, browsers: [], ssh: false, hosts: [] };

export function addDoctorCommand(program: Command, services: CliServices): void {
  program
    .command('doctor')
    .description('Look at every connection, permission, tool, version and single point of failure, and say how to mend it')
    .option('--json', 'print what was found as JSON')
    .action(async ({ json }: { readonly json?: boolean }) => {
      const output = outputOf(services);
      const path = configPath(services.env);
      const config = await readConfig(services);
      const { env, ownerState, withStore } = services;
      const needs = typeof config === 'string' ? noNeeds : await readNeeds(config, dirname(path), services);
      const looked = await examine({ env, ownerState, withStore, reach: services.doctor(), needs, ...(typeof config === 'string' ? {} : { config }) });
      const findings = [typeof config === 'string' ? broken('planb.yaml', config.split('\n').join('; '), '"planb check" has every line') : ok('planb.yaml', path), ...looked].map((finding) => masked(finding, services));
      const isBroken = findings.some(({ status }) => status === 'broken');
      if (json === true) output.printJson({ ok: !isBroken, findings });
      else for (const finding of findings) output.print(findingLine(finding, output));
      if (isBroken) throw new CliExit(exitCodes.failed);
    });
}

/** Or what is wrong with it: everything else is looked at all the same. */
async function readConfig(services: CliServices): Promise<Config | string> {
  try {
    return await services.loadConfig();
  } catch (error) {
    if (error instanceof Error && error.name === 'ConfigError') return error.message;
    throw error;
  }
}

/** Errors of drivers may quote what they were given. */
function masked(finding: Finding, { mask }: CliServices): Finding {
  if (mask === undefined) return finding;
  return { ...finding, message: mask(finding.message), ...(finding.fix === undefined ? {} : { fix: mask(finding.fix) }) };
}

const marks = { ok: '✔', broken: '✘', weak: '!' } as const;

function findingLine({ status, about, message, fix }: Finding, { colours }: Output): string {
  const paint = status === 'ok' ? colours.green : status === 'broken' ? colours.red : colours.yellow;
  return `${paint(marks[status])} ${colours.bold(plainText(about))}: ${plainText(message)}${fix === undefined ? '' : `  → ${plainText(fix)}`}`;
}

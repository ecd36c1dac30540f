import type { Config } from '../../../src/config.js';
import { parseRunbook } from '../../../src/runbook/parse-runbook.js';
import type { RunbookStep } from '../../../src/runbook/runbook.js';
import type { CliServices } from '../services.js';
import type { Needs } from './finding.js';

/** Which programs the targets' runbooks call. A runbook that cannot be read needs nothing here: `check` says what is wrong with it. */
export async function readNeeds(config: Config, folder: string, services: Pick<CliServices, 'readRunbook'>): Promise<Needs> {
  const targets = Object.values(config.targets);
  const names = [...new Set(targets.flatMap((target) => Object.values(target.runbooks)))];
  const steps = (await Promise.all(names.map((name) => stepsOf(name, folder, services)))).flat();
  return {
    docker: steps.some((step) => step.uses.startsWith('compose.') || callsDocker(step)),
    postgresClients: steps.some((step) => step.uses.startsWith('postgres.')),
    ssh: targets.some((target) => target.on !== undefined) || steps.some((step) => step.on !== undefined),
  };
}

async function stepsOf(name: string, folder: string, services: Pick<CliServices, 'readRunbook'>): Promise<readonly RunbookStep[]> {
  const found = await services.readRunbook(name, folder);
  const parsed = found.ok ? parseRunbook(found.text, name) : undefined;
  return parsed?.ok === true ? parsed.runbook.steps : [];
}

function callsDocker(step: RunbookStep): boolean {
  const { program, source } = step.with;
  const name: unknown = Array.isArray(program) ? program[0] : undefined;
  return name === 'docker' || name === 'docker-compose' || (typeof source === 'object' && source !== null && 'compose' in source);
}

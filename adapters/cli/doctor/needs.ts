import type { Config, Target } from '../../../src/config.js';
import { parseRunbook } from '../../../src/runbook/parse-runbook.js';
import type { Runbook, RunbookStep } from '../../../src/runbook/runbook.js';
import type { CliServices } from '../services.js';
import type { Needs } from './finding.js';
import { neededRecords } from './needed-records.js';

/** Which programs the targets' runbooks call. A runbook that cannot be read needs nothing here: `check` says what is wrong with it. */
export async function readNeeds(config: Config, folder: string, services: Pick<CliServices, 'readRunbook'>): Promise<Needs> {
  const all = (await Promise.all(Object.values(config.targets).map((target) => placedSteps(target, folder, services)))).flat();
  const addresses = [...new Set([...Object.values(config.targets).flatMap(({ on }) => on ?? []), ...all.flatMap(({ on }) => on ?? [])])];
  return {
    docker: all.some(({ step, on }) => on === undefined && callsDocker(step)),
    postgresClients: all.some(({ step }) => step.uses.startsWith('postgres.')),
    helm: all.some(({ step }) => step.uses.startsWith('helm.')),
    kubectl: all.some(({ step }) => callsKubectl(step)),
    browsers: [...new Set(all.flatMap(({ step }) => (step.uses === 'browser.check' ? [browserOf(step)] : [])))],
    ssh: addresses.length > 0,
    dns: (await Promise.all(Object.values(config.targets).flatMap((target) => [...new Set(Object.values(target.runbooks))].map(async (name) => {
      const runbook = await runbookOf(name, folder, services);
      return runbook === undefined ? [] : neededRecords(config, target, runbook);
    })))).flat(),
    hosts: addresses.map((address) => ({ address, docker: all.some(({ step, on }) => on === address && callsDocker(step)) })),
  };
}

interface PlacedStep {
  readonly step: RunbookStep;
  /** Absent: this machine. One that an expression names is not known before there is a plan. */
  readonly on?: string;
}

async function placedSteps(target: Target, folder: string, services: Pick<CliServices, 'readRunbook'>): Promise<readonly PlacedStep[]> {
  const names = [...new Set(Object.values(target.runbooks))];
  const steps = (await Promise.all(names.map((name) => stepsOf(name, folder, services)))).flat();
  return steps.filter(({ on }) => on?.includes('${') !== true).map((step) => {
    const on = step.on ?? target.on;
    return { step, ...(on === undefined || on === '' ? {} : { on }) };
  });
}

async function stepsOf(name: string, folder: string, services: Pick<CliServices, 'readRunbook'>): Promise<readonly RunbookStep[]> {
  return (await runbookOf(name, folder, services))?.steps ?? [];
}

async function runbookOf(name: string, folder: string, services: Pick<CliServices, 'readRunbook'>): Promise<Runbook | undefined> {
  const found = await services.readRunbook(name, folder);
  const parsed = found.ok ? parseRunbook(found.text, name) : undefined;
  return parsed?.ok === true ? parsed.runbook : undefined;
}

/** Images and containers that these read or run are the machine's Docker Engine's. */
const readsImages = /^(?:prisma|django|preflight)\./;

function callsDocker(step: RunbookStep): boolean {
  if (step.uses.startsWith('compose.')) return true;
  if (readsImages.test(step.uses) && Object.values(step.with).some((part) => typeof part === 'object' && part !== null && ['image', 'container', 'compose', 'service'].some((key) => key in part))) return true;
  const { program, source } = step.with;
  const name: unknown = Array.isArray(program) ? program[0] : undefined;
  return name === 'docker' || name === 'docker-compose' || (typeof source === 'object' && source !== null && 'compose' in source);
}

/** Helm's pods are looked at by kubectl. */
function callsKubectl(step: RunbookStep): boolean {
  return step.uses.startsWith('helm.') || step.uses.startsWith('kubectl.') || (Array.isArray(step.with['program']) && step.with['program'][0] === 'kubectl');
}

function browserOf({ with: { chromium } }: RunbookStep): string | null {
  return typeof chromium === 'string' && !chromium.includes('${') ? chromium : null;
}

import { dirname, join } from 'node:path';
import type { RunKind } from '../../src/command/command.js';
import type { Config, Target } from '../../src/config.js';
import { nearestWord } from '../../src/nearest-word.js';
import { parseConfig } from '../../src/config/parse-config.js';
import { checkPlaces, type ActionPlaces } from '../../src/runbook/check-places.js';
import { checkRunbook, type ActionSchemas } from '../../src/runbook/check-runbook.js';
import { targetContext } from '../../src/runbook/contexts.js';
import { parseRunbook } from '../../src/runbook/parse-runbook.js';
import { findWrongSettings } from '../../src/runbook/target-settings.js';
import { parseRunbookReference } from '../../src/runbook/reference.js';
import type { Runbook } from '../../src/runbook/runbook.js';
import { readYaml } from '../../src/yaml/document.js';
import { formatProblem, sortProblems, type Problem } from '../../src/yaml/problem.js';
import { locateFindings, type Finding } from '../../src/yaml/schema-findings.js';
import type { CliServices } from './services.js';

export interface CheckedFiles {
  /** planb.yaml's first, then each runbook's, by line. */
  readonly problems: readonly Problem[];
  readonly targets: number;
  readonly runbooks: number;
}

const kinds: readonly string[] = ['rollback', 'repair', 'upgrade', 'migration', 'preflight', 'verify'] satisfies readonly RunKind[];

/** Judges planb.yaml (`text`, called `file` in messages) and every runbook that a target uses. Reads files only. */
export async function checkFiles(text: string, file: string, services: Pick<CliServices, 'readRunbook' | 'actionSchemas' | 'actionPlaces'>): Promise<CheckedFiles> {
  const parsed = parseConfig(text, file);
  if (!parsed.ok) return { problems: parsed.problems, targets: 0, runbooks: 0 };
  const known: KnownActions = { schemas: await services.actionSchemas(), places: await services.actionPlaces() };
  const uses = runbookUses(parsed.config);
  const checked = await Promise.all(uses.map((use) => checkUse(use, file, known, services)));
  const findings = [...checked.flatMap(({ findings: found }) => found), ...unreadSettings(uses, checked)];
  return {
    problems: distinct([...inConfig(findings, text, file), ...checked.flatMap(({ problems }) => sortProblems(problems))]),
    targets: Object.keys(parsed.config.targets).length,
    runbooks: new Set(uses.map(({ name }) => name)).size,
  };
}

/** What there is to use. */
interface KnownActions {
  readonly schemas: ActionSchemas;
  readonly places: ActionPlaces;
}

interface Use {
  readonly target: Target;
  /** As planb.yaml calls it: its kind, or any name. */
  readonly as: string;
  readonly name: string;
}

function runbookUses(config: Config): readonly Use[] {
  return Object.values(config.targets).flatMap((target) => Object.entries(target.runbooks).map(([as, name]) => ({ target, as, name })));
}

interface CheckedUse {
  readonly problems: readonly Problem[];
  /** About planb.yaml. */
  readonly findings: readonly Finding[];
  /** Names that it reads of the target's `with`, where it says. */
  readonly reads?: readonly string[];
}

async function checkUse(use: Use, file: string, actions: KnownActions, services: Pick<CliServices, 'readRunbook'>): Promise<CheckedUse> {
  const path = use.as === 'rollback' ? ['targets', use.target.id, 'runbook'] : ['targets', use.target.id, 'runbooks', use.as];
  const found = await services.readRunbook(use.name, dirname(file));
  if (!found.ok) return { problems: [], findings: [{ path, part: 'value', message: found.message }] };
  const parsed = parseRunbook(found.text, shownName(use.name, file));
  if (!parsed.ok) return { problems: parsed.problems, findings: [] };
  const { settings } = parsed.runbook;
  return {
    problems: judge(parsed.runbook, actions, use.target), findings: [...wrongKind(parsed.runbook, use, path), ...wrongSettings(parsed.runbook, use)],
    ...(settings === undefined ? {} : { reads: Object.keys(settings) }),
  };
}

/** What the target does not give its runbook: to be mended in planb.yaml. */
function wrongSettings({ settings }: Runbook, { target, name }: Use): readonly Finding[] {
  return findWrongSettings(settings, target.with).map(({ key, missing, message, nearest }) => ({
    path: ['targets', target.id, 'with', ...(missing ? [] : [key])], part: missing ? 'key' : 'value',
    message: `${message} (runbook ${name})`, ...(nearest === undefined ? {} : { nearest }),
  }));
}

/** Where every runbook of a target says what it reads, a key that none of them reads is a slip of the pen, and its setting would silently be the default. */
function unreadSettings(uses: readonly Use[], checked: readonly CheckedUse[]): readonly Finding[] {
  const targets = new Map(uses.map(({ target }) => [target.id, target]));
  return [...targets.values()].flatMap((target) => {
    const reads = checked.filter((_, index) => uses[index]?.target.id === target.id).map((one) => one.reads);
    if (!reads.every((names) => names !== undefined)) return [];
    const known = new Set(reads.flat());
    return Object.keys(target.with).filter((key) => !known.has(key)).map((key): Finding => {
      const nearest = nearestWord(key, known);
      return { path: ['targets', target.id, 'with', key], part: 'key', message: `no runbook of target "${target.id}" reads "${key}"`, ...(nearest === undefined ? {} : { nearest }) };
    });
  });
}

/** What is wrong with the runbook itself, and what only this target makes wrong, said with its name. */
function judge(runbook: Runbook, { schemas, places }: KnownActions, target: Target): readonly Problem[] {
  const own = [...checkRunbook(runbook, schemas), ...checkPlaces(runbook, places)];
  const known = new Set(own.map(formatProblem));
  const withTarget = [...checkRunbook(runbook, schemas, targetContext(target, runbook)), ...checkPlaces(runbook, places, target.on)].filter((problem) => !known.has(formatProblem(problem)));
  return [...own, ...withTarget.map((problem) => ({ ...problem, message: `${problem.message} (target "${target.id}")` }))];
}

function wrongKind(runbook: Runbook, { as, name }: Use, path: Finding['path']): readonly Finding[] {
  if (!kinds.includes(as) || as === runbook.kind) return [];
  return [{ path, part: 'value', message: `${name} is a runbook of kind ${runbook.kind}, not ${as}` }];
}

/** A file's path as it is from where planb was started; a built-in keeps its name. */
function shownName(name: string, file: string): string {
  const reference = parseRunbookReference(name);
  return reference.kind === 'built-in' ? reference.name : join(dirname(file), reference.path);
}

function inConfig(findings: readonly Finding[], text: string, file: string): readonly Problem[] {
  const yaml = readYaml(text, file);
  return yaml.ok ? sortProblems(locateFindings(findings, yaml.document, file)) : yaml.problems;
}

/** Two targets may share a runbook, and its faults. */
function distinct(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((problem) => [formatProblem(problem), problem])).values()];
}

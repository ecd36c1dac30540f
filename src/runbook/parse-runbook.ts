import type { JsonObject } from '../plan/plan.js';
import { readYaml, type YamlDocument } from '../yaml/document.js';
import { sortProblems, type Problem } from '../yaml/problem.js';
import { locateFindings, schemaFindings } from '../yaml/schema-findings.js';
import { checkExpressions } from './check-expressions.js';
import { checkParameters } from './check-parameters.js';
import { checkSteps } from './check-steps.js';
import type { Parameter, Position, Runbook, RunbookStep } from './runbook.js';
import { runbookSchema, type ParameterFile, type RunbookFile, type SettingFile, type StepFile } from './schema.js';
import { contextShapes } from './shape.js';
import { checkSettings, settingShapes, type TargetSetting } from './target-settings.js';

export type ParseRunbook = { readonly ok: true; readonly runbook: Runbook } | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Reads a runbook as far as it can be judged by itself: words, ids, `needs`, parameters, expressions. `checkRunbook` judges it together with the
 * actions and a target. `file` is what messages call it. Every problem is named at once, by line.
 */
export function parseRunbook(text: string, file: string): ParseRunbook {
  const yaml = readYaml(text, file);
  if (!yaml.ok) return { ok: false, problems: sortProblems(yaml.problems) };
  const { document } = yaml;
  if (document.value === null || document.value === undefined) return { ok: false, problems: [{ file, line: 1, column: 1, message: 'the file is empty' }] };

  const written = runbookSchema.safeParse(document.value);
  if (!written.success) {
    return { ok: false, problems: sortProblems(locateFindings(schemaFindings(written.error.issues, runbookSchema, document.value), document, file)) };
  }
  const findings = [...checkSteps(written.data.steps), ...checkParameters(written.data.params), ...checkSettings(written.data.target ?? {})];
  if (findings.length > 0) return { ok: false, problems: sortProblems(locateFindings(findings, document, file)) };
  const runbook = buildRunbook(written.data, document, file);
  const problems = checkExpressions(runbook, contextShapes(Object.keys(runbook.params), settingShapes(runbook.settings)));
  return problems.length > 0 ? { ok: false, problems: sortProblems(problems) } : { ok: true, runbook };
}

function buildRunbook(written: RunbookFile, document: YamlDocument, file: string): Runbook {
  return {
    name: written.name,
    ...(written.description === undefined ? {} : { description: written.description }),
    kind: written.kind,
    params: Object.fromEntries(Object.entries(written.params).map(([name, parameter]) => [name, buildParameter(parameter)])),
    ...(written.target === undefined ? {} : { settings: Object.fromEntries(Object.entries(written.target).map(([key, setting]) => [key, buildSetting(setting)])) }),
    steps: written.steps.map((step, index) => buildStep(step, written.steps[index - 1], placesIn(document, ['steps', index], step))),
    file,
  };
}

function buildParameter({ type, required, default: preset, options, description }: ParameterFile): Parameter {
  return { type, required, options: options ?? [], ...(preset === undefined ? {} : { default: preset }), ...(description === undefined ? {} : { description }) };
}

function buildSetting({ type, required, default: preset, description }: SettingFile): TargetSetting {
  return { type, required, ...(preset === undefined ? {} : { default: preset }), ...(description === undefined ? {} : { description }) };
}

function buildStep(step: StepFile, above: StepFile | undefined, { positions, keyPositions }: StepPlaces): RunbookStep {
  const implied = above === undefined ? [] : [above.id];
  return {
    id: step.id,
    name: step.name ?? nameOf(step.id),
    uses: step.uses ?? 'run',
    with: inputOf(step),
    needs: step.needs === undefined ? implied : [...new Set([step.needs].flat())],
    prepare: step.prepare,
    retry: { max: step.retry?.max ?? 0, delayMs: step.retry?.delay ?? 10_000 },
    continueOnError: step['continue-on-error'],
    env: step.env ?? {},
    position: positions[''] ?? { line: 1, column: 1 },
    positions,
    keyPositions,
    ...(step.if === undefined ? {} : { if: String(step.if) }),
    ...(step['timeout-minutes'] === undefined ? {} : { timeoutMs: Math.round(step['timeout-minutes'] * 60_000) }),
    ...(step.on === undefined ? {} : { on: step.on }),
    ...(step.destructive === undefined ? {} : { destructive: step.destructive }),
    ...(step.stage === undefined ? {} : { stage: typeof step.stage === 'string' ? { en: step.stage, ru: step.stage } : step.stage }),
    ...(step.now ? { now: true as const } : {}),
    ...(step['stops-writers'] === undefined ? {} : { stopsWriters: step['stops-writers'] }),
    ...(step.effect === undefined ? {} : { effect: step.effect }),
    ...(step.probe === undefined ? {} : { probe: step.probe }),
  };
}

/** The action `run` is told by its step what other actions know of themselves. */
function inputOf(step: StepFile): JsonObject {
  if (step.run === undefined && step.uses !== 'run') return step.with ?? {};
  return {
    ...step.with,
    ...(step.run === undefined ? {} : { program: step.run }),
    ...(step.effect === undefined ? {} : { effect: step.effect }),
    ...(step.destructive === undefined ? {} : { destructive: step.destructive }),
    ...(step.probe === undefined ? {} : { probe: step.probe }),
    ...(step.env === undefined ? {} : { env: step.env }),
  };
}

/** `stop-writers` is shown as "Stop writers" until someone names it better. */
function nameOf(id: string): string {
  const words = id.replace(/[_-]+/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

type StepPlaces = Pick<RunbookStep, 'positions' | 'keyPositions'>;

/** Places by dotted path, relative to the step; the step itself under ''. The shortcut `run:` is found as `with.program`. */
function placesIn(document: YamlDocument, base: readonly PropertyKey[], step: unknown): StepPlaces {
  const positions: Record<string, Position> = {};
  const keyPositions: Record<string, Position> = {};
  const visit = (value: unknown, path: readonly PropertyKey[]): void => {
    const own = document.position([...base, ...path]);
    positions[path.join('.')] = own;
    keyPositions[path.join('.')] = document.position([...base, ...path], 'key');
    const [first, ...further] = path;
    if (first === 'run') positions[['with.program', ...further].join('.')] = own;
    // `run` finds these in its `with` as well.
    if (first === 'effect' || first === 'destructive' || first === 'probe' || first === 'env') positions[['with', ...path].join('.')] = own;
    if (Array.isArray(value)) for (const [position, item] of value.entries()) visit(item, [...path, position]);
    else if (typeof value === 'object' && value !== null) for (const [key, item] of Object.entries(value)) visit(item, [...path, key]);
  };
  visit(step, []);
  return { positions, keyPositions };
}

import { findReferences } from '../config/secret-reference.js';
import { nearestWord } from '../nearest-word.js';
import { findPropertyClashes } from '../yaml/property-names.js';
import type { Finding } from '../yaml/schema-findings.js';
import type { StepFile } from './schema.js';

/** What the steps say about each other and about themselves, as far as no action is asked. */
export function checkSteps(steps: readonly StepFile[]): readonly Finding[] {
  const findings = [...steps.flatMap(checkStep), ...checkIds(steps), ...steps.flatMap((step, index) => checkNeeds(step, index, steps))];
  // In a graph with unknown names there is no order to look for.
  return findings.length > 0 ? findings : [...checkCycles(steps), ...checkPrepare(steps)];
}

function checkStep(step: StepFile, index: number): readonly Finding[] {
  const at = (key: string, message: string, part: Finding['part'] = 'key'): Finding => ({ path: ['steps', index, key], part, message });
  const runs = step.run !== undefined || step.uses === 'run';
  const findings: Finding[] = [];
  if (step.uses === undefined && step.run === undefined) findings.push({ path: ['steps', index, 'id'], part: 'key', message: `step "${step.id}" does nothing: give it "uses" or "run"` });
  if (step.uses !== undefined && step.run !== undefined) findings.push(at('run', `step "${step.id}" has both "uses" and "run": "run" is short for "uses: run"`));
  if (step.run !== undefined && step.with !== undefined) findings.push(at('with', '"run: [program, …]" takes no "with"; write "uses: run" with its program'));
  if (step.effect !== undefined && !runs) findings.push(at('effect', `"effect" is for run; ${step.uses ?? 'the action'} knows its own`));
  if (step.probe !== undefined && !runs) findings.push(at('probe', `"probe" is for run; ${step.uses ?? 'the action'} knows its own`));
  if (step.now && step.uses !== 'http.check') findings.push(at('now', `"now" is for http.check: only its answer says what the service does now`));
  // An author may add caution to an action, never take it away.
  if (step.destructive === false && !runs) findings.push(at('destructive', `"destructive: false" is for run; ${step.uses ?? 'the action'} knows better`));
  if (step.prepare && step.destructive === true) findings.push(at('prepare', 'a prepare step runs before the votes, so it must not be destructive'));
  if (step['stops-writers'] === true && !runs && step.uses !== 'manual') findings.push(at('stops-writers', `"stops-writers" is for run and manual; ${step.uses ?? 'the action'} knows its own`));
  if (step.prepare && step['stops-writers'] === true) findings.push(at('prepare', 'a prepare step runs before the votes, so it must not stop anything'));
  if (step.prepare && runs && (step.effect ?? step.with?.['effect'] ?? 'once') === 'once') findings.push(at('prepare', 'a prepare step runs before the votes: say "effect: read" or "effect: idempotent"'));
  // Rule 6: everyone on the machine can read a program's arguments.
  const secrets = [...findReferences({ run: step.run ?? [], probe: step.probe ?? [] }), ...(runs ? findReferences({ with: { program: step.with?.['program'] ?? [], probe: step.with?.['probe'] ?? [] } }) : [])].map(
    ({ path, text }): Finding => ({ path: ['steps', index, ...path], part: 'value', message: `${text} would stand among a program's arguments, which everyone on the machine can read: give it to the program in "env"` }));
  const clashes = findPropertyClashes(step.with ?? {}).map((clash): Finding => ({ path: ['steps', index, 'with', ...clash.path], part: 'key', message: clash.message }));
  return [...findings, ...secrets, ...clashes];
}

function checkIds(steps: readonly StepFile[]): readonly Finding[] {
  return steps.flatMap(({ id }, index) =>
    steps.findIndex((other) => other.id === id) < index ? [{ path: ['steps', index, 'id'], part: 'value', message: `two steps are called "${id}"` } satisfies Finding] : [],
  );
}

function checkNeeds(step: StepFile, index: number, steps: readonly StepFile[]): readonly Finding[] {
  const ids = steps.map(({ id }) => id);
  return [step.needs ?? []].flat().flatMap((need, position): readonly Finding[] => {
    const path = ['steps', index, 'needs', ...(typeof step.needs === 'string' ? [] : [position])];
    if (need === step.id) return [{ path, part: 'value', message: `step "${need}" needs itself` }];
    if (ids.includes(need)) return [];
    const nearest = nearestWord(need, ids.filter((id) => id !== step.id));
    return [{ path, part: 'value', message: `unknown step "${need}"`, ...(nearest === undefined ? {} : { nearest }) }];
  });
}

function needsOf(step: StepFile, steps: readonly StepFile[]): readonly string[] {
  const above = steps[steps.indexOf(step) - 1];
  return step.needs === undefined ? (above === undefined ? [] : [above.id]) : [step.needs].flat();
}

/** Takes away steps whose needs are all gone until none can be; what remains waits for itself. */
function checkCycles(steps: readonly StepFile[]): readonly Finding[] {
  let remaining = steps;
  for (;;) {
    const ids = new Set(remaining.map(({ id }) => id));
    const blocked = remaining.filter((step) => needsOf(step, steps).some((need) => ids.has(need)));
    if (blocked.length === remaining.length) break;
    remaining = blocked;
  }
  const [first] = remaining;
  if (first === undefined) return [];
  const circle = followNeeds(first, remaining, steps);
  return [{ path: ['steps', steps.findIndex(({ id }) => id === circle[0]), 'needs'], part: 'value', message: `these steps wait for each other: ${circle.join(' → ')}` }];
}

/** Every remaining step needs another one that remains, so following them must come back. */
function followNeeds(start: StepFile, remaining: readonly StepFile[], steps: readonly StepFile[]): readonly string[] {
  const walked: string[] = [];
  let current: StepFile | undefined = start;
  while (current !== undefined && !walked.includes(current.id)) {
    walked.push(current.id);
    const needs = needsOf(current, steps);
    current = remaining.find(({ id }) => needs.includes(id));
  }
  return current === undefined ? walked : [...walked.slice(walked.indexOf(current.id)), current.id];
}

function checkPrepare(steps: readonly StepFile[]): readonly Finding[] {
  return steps.flatMap((step, index): readonly Finding[] => {
    const later = step.prepare ? needsOf(step, steps).find((need) => steps.some(({ id, prepare }) => id === need && !prepare)) : undefined;
    if (later === undefined) return [];
    const mend = step.needs === undefined ? ' (a step without "needs" follows the one above: write "needs: []")' : '';
    return [{ path: ['steps', index, 'prepare'], part: 'key', message: `a prepare step runs before the votes, but this one waits for "${later}"${mend}` }];
  });
}

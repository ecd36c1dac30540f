import { findReferences } from '../config/secret-reference.js';
import type { Fact, Json, Plan, PlannedStep } from './plan.js';

/** What goes on paper beside the plan. */
export interface PaperOptions {
  readonly digest: string;
  /** Written before the change that it takes back: what is there now will not be there then. */
  readonly ahead?: boolean;
}

/**
 * The plan as a file of shell commands for the day on which planb is down: a person pastes them one by one. Secrets are variables, what a person
 * does is a comment, and each step says what must be true after it. Everything that is no command is a comment, whatever it holds.
 */
export function renderPaper(plan: Plan, { digest, ahead = false }: PaperOptions): string {
  const steps = inOrder(plan.steps);
  const sections = [
    heading(plan, digest),
    ...(ahead ? [aheadOf(plan)] : []),
    losses(plan),
    ahead ? [] : stillTrue(plan.facts),
    variables(plan.steps),
    ...steps.map((step, index) => stepSection(step, index + 1, steps.length, plan.facts)),
    closing(plan),
  ];
  return `${sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function heading(plan: Plan, digest: string): readonly string[] {
  const way = [plan.from?.name, plan.to?.name].filter((name) => name !== undefined).join(' -> ');
  return [
    ...comment(`planb on paper: ${plan.title} (${plan.target}, ${plan.environment}), ${plan.kind}${way === '' ? '' : ` ${way}`}`),
    ...comment(`Made ${plan.plannedAt} with runbook ${plan.runbook.name} (SHA-256 ${plan.runbook.sha256.slice(0, 12)}), plan ${digest.slice(0, 12)}.`),
    '#',
    '# For the day on which planb is down. Paste the commands one by one, in this order, and read what stands around each.',
    `# ${plan.policy.people === 1 ? 'One person' : `${plan.policy.people} different people`} of ${oneLine(plan.policy.from.join(', '))} must have agreed to it: planb asks for the same.`,
    '# Stop where something is not as it says here. Write down what you did and when: planb will not know.',
    '#',
    ...comment(`Verdict: ${plan.verdict.kind}`),
    ...plan.verdict.reasons.flatMap((reason) => comment(`  because ${reason.text}`)),
  ];
}

function aheadOf({ plannedAt }: Plan): readonly string[] {
  return [
    `# Written before the change, on ${plannedAt.slice(0, 16).replace('T', ' ')} UTC. It takes back images and services, and knows nothing of what the change does to the database:`,
    '# where that drops or rewrites something, restore the backup that the preflight took.',
  ];
}

function losses({ verdict }: Plan): readonly string[] {
  if (verdict.lost.length === 0) return ['# Lost: nothing.'];
  return ['# LOST when this is carried out:', ...verdict.lost.flatMap((loss) => comment(`  - ${loss}`))];
}

/** planb would refuse to start if one of these had changed. */
function stillTrue(facts: readonly Fact[]): readonly string[] {
  const identity = facts.filter((fact) => fact.kind === 'identity');
  if (identity.length === 0) return [];
  return ['# Look first whether this is still so. Where it is not, this plan is void:', ...identity.flatMap((fact) => comment(`  - ${fact.label}: ${shown(fact.value)} (read ${fact.readAt})`))];
}

function variables(steps: readonly PlannedStep[]): readonly string[] {
  const references = steps.flatMap((step) => findReferences({ with: step.with, env: step.env ?? {} })).map(({ reference }) => reference);
  const names = [...new Set(references.flatMap((reference) => (reference.kind === 'env' ? [reference.name] : [])))];
  const files = [...new Set(references.flatMap((reference) => (reference.kind === 'file' ? [reference.path] : [])))];
  if (names.length + files.length === 0) return [];
  return [
    ...(names.length === 0 ? [] : ['# Set these first. They are secrets and stand nowhere in this file; a leading blank keeps a line out of most shells\' history.']),
    ...names.map((name) => `: "\${${name}:?set ${name} first}"`),
    ...(files.length === 0 ? [] : ['# These files must be readable:']),
    ...files.map((file) => `test -r ${quoted(file)} || echo ${quoted(`${file} cannot be read`)}`),
  ];
}

function stepSection(step: PlannedStep, index: number, all: number, facts: readonly Fact[]): readonly string[] {
  return [
    ...comment(`--- ${index}/${all}: ${step.name} (${step.uses}${step.destructive ? ', DESTRUCTIVE' : ''})`),
    ...(step.on === undefined ? [] : comment(`On ${step.on}:`)),
    ...(step.destructive ? ['# Only with a backup that was restored and counted.'] : []),
    ...(step.effect === 'once' ? ['# Once: where you cannot tell whether it happened, look before you repeat it.'] : []),
    ...commandsOf(step),
    ...afterwards(step, facts).flatMap((line) => comment(`After it: ${line}`)),
  ];
}

/** Manual lines are words for a person; they may have line breaks, and no line of them may become a command. */
function commandsOf(step: PlannedStep): readonly string[] {
  if (step.commands.length === 0) return ['# (nothing to paste: planb does this itself)'];
  return step.commands.flatMap((command) => (command.startsWith('#') ? command.split(/\r\n|[\r\n\u2028\u2029]/).flatMap((line) => comment(line.replace(/^#\s?/, ''))) : [asShell(command)]));
}

function afterwards(step: PlannedStep, facts: readonly Fact[]): readonly string[] {
  const expected = step.changes.map(({ key, to }) => {
    const label = facts.find((fact) => fact.key === key)?.label ?? key;
    return to === undefined ? `${label} is another than before` : `${label} is ${shown(to)}`;
  });
  if (step.uses === 'manual') return ['somebody says that it was done'];
  if (step.check) return ['it must show what it says (repeat it until then), else the service is not healthy: stop here'];
  const ended = step.continueOnError ? 'it ended; a failure may be passed over' : '"echo $?" says 0, else stop here';
  return [ended, ...expected];
}

function closing({ todo, steps }: Plan): readonly string[] {
  const checked = steps.some((step) => step.check);
  return [
    '# --- Afterwards',
    checked ? '# Back only when every check above has passed.' : '# No step of this plan proves that the service is healthy: look yourself.',
    ...todo.flatMap((line) => comment(`To do: ${line}`)),
  ];
}

/** Needs before what needs them; otherwise the plan's own order. */
function inOrder(steps: readonly PlannedStep[]): readonly PlannedStep[] {
  const left = [...steps];
  const placed = new Set<string>();
  const order: PlannedStep[] = [];
  while (left.length > 0) {
    const ready = left.findIndex((step) => step.needs.every((need) => placed.has(need) || !steps.some((other) => other.id === need)));
    // A circle cannot be planned; should one come here, the file's order is better than none.
    const [next] = left.splice(Math.max(ready, 0), 1);
    if (next === undefined) break;
    placed.add(next.id);
    order.push(next);
  }
  return order;
}

/** A reference that an action left in its command becomes the shell's own. */
function asShell(command: string): string {
  return command.replace(/\$\{env:([A-Za-z_]\w*)\}/g, '${$1}').replace(/\$\{file:([^{}]+)\}/g, (_, path: string) => `$(cat ${quoted(path)})`);
}

function comment(text: string): readonly string[] {
  return [`# ${oneLine(text)}`];
}

/** A line break inside a name would end the comment and begin a command. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}

function shown(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

import { languageOf } from '../../src/board/language.js';
import type { Line } from '../../src/board/model.js';
import type { Fact, Json, Plan, PlannedStep } from '../../src/plan/plan.js';

const { words, format } = languageOf('en');

/** A plan for reading: verdict, loss, facts, and the exact commands of every step. */
export function planLines(plan: Plan, digest: string): readonly Line[] {
  const way = [plan.from?.name, plan.to?.name].filter((name) => name !== undefined).join(' → ');
  const total = plan.steps.map((step) => step.estimateMs ?? 0).reduce((sum, ms) => sum + ms, 0);
  const outage = plan.steps.map((step) => step.outageMs ?? 0).reduce((sum, ms) => sum + ms, 0);
  return [
    [{ bold: `${plan.title}${way === '' ? '' : ` ${way}`}` }, ` (${plan.target}, ${plan.environment}, ${plan.kind})`],
    [{ bold: 'VERDICT' }, `  ${words.board.verdicts[plan.verdict.kind]}`],
    ...plan.verdict.reasons.map((reason): Line => [`  ${reason.text}`]),
    [{ bold: 'LOST' }, `  ${plan.verdict.lost.length === 0 ? words.board.none : ''}`],
    ...plan.verdict.lost.map((loss): Line => [`  ${loss}`]),
    ...(total === 0 ? [] : [[{ bold: 'RUN' }, `  ${format.about(total)}`, ...(outage === 0 ? [] : [', outage ', format.about(outage)])]]),
    [{ bold: 'VOTES' }, `  ${plan.policy.people} of ${plan.policy.from.join(', ')}, each counts for ${format.duration(plan.policy.expiresMs)}`],
    ...(plan.facts.length === 0 ? [] : [[{ bold: 'FACTS' }] as Line]),
    ...plan.facts.map(factLine),
    [{ bold: 'STEPS' }],
    ...plan.steps.flatMap((step, index) => stepLines(step, index + 1)),
    ...plan.todo.map((line): Line => [{ bold: 'TO DO' }, `  ${line}`]),
    ['Plan ', { code: digest.slice(0, 12) }, ` with runbook ${plan.runbook.name}; nobody was asked and nothing was touched.`],
  ];
}

function factLine(fact: Fact): Line {
  const { max, min } = fact.threshold ?? {};
  const limits = [...(min === undefined ? [] : [`at least ${min}`]), ...(max === undefined ? [] : [`at most ${max}`])].join(', ');
  return [`  ${fact.label}: ${shown(fact.value)}${limits === '' ? '' : ` (${limits})`}${fact.kind === 'identity' ? '' : ', measured'}`];
}

/** As a person reads it: "good true, saw 503". */
function shown(value: Json): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const entries: readonly (readonly [string, Json])[] = Object.entries(value);
  return entries.map(([key, item]) => (Array.isArray(value) ? shown(item) : `${key} ${shown(item)}`)).join(', ');
}

function stepLines(step: PlannedStep, index: number): readonly Line[] {
  const traits = [step.uses, ...(step.prepare ? ['before the votes'] : []), ...(step.destructive ? ['DESTRUCTIVE'] : []), ...(step.check ? ['check'] : []), ...(step.estimateMs === undefined ? [] : [format.about(step.estimateMs)])];
  return [
    [`  ${index}. `, { bold: step.name }, ` (${traits.join(', ')})`],
    ...step.commands.flatMap((command) => command.split('\n').map((line): Line => ['     ', { code: line }])),
  ];
}

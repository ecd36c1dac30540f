import type { ActionContext } from '../../../src/ports/action.js';
import type { ReversalStep } from '../../../src/verdict/django-reversal.js';
import { lastOf } from '../docker/docker-cli.js';
import type { Releases } from './find-history.js';
import { runManage } from './manage.js';

/** The arguments of one reversal after `manage.py`. */
export function migrateArguments(alias: string, step: Pick<ReversalStep, 'app' | 'to'>): readonly string[] {
  return ['migrate', step.app, step.to, '--database', alias, '--noinput', '--no-color'];
}

/**
 * Lets Django itself say what a step would unapply, and compares: people vote on what planb worked out, so a difference is a reason not to. Nothing is done yet, so Django names
 * what depends on the step's migrations too, though an earlier step will have taken it. Empty: the same.
 */
export async function preview(context: ActionContext, { source, manage }: Pick<Releases, 'source' | 'manage'>, alias: string, step: ReversalStep): Promise<readonly string[]> {
  const outcome = await runManage(context, source, manage, [...migrateArguments(alias, step), '--plan']);
  context.signal.throwIfAborted();
  const command = `migrate ${step.app} ${step.to} --plan`;
  if (!outcome.ok) return [`${alias}: "${command}" fails: ${lastOf(outcome.output) || outcome.summary}`];
  const { migrations, irreversible } = parsePlan(outcome.stdout);
  const [more, fewer] = [migrations.filter((id) => !step.alone.includes(id)), step.alone.filter((id) => !migrations.includes(id))];
  return [
    ...(more.length === 0 ? [] : [`${alias}: Django's own "${command}" would also unapply ${more.join(', ')}`]),
    ...(fewer.length === 0 ? [] : [`${alias}: Django's own "${command}" would not unapply ${fewer.join(', ')}`]),
    ...irreversible.map((line) => `${alias}: Django's own "${command}" says: ${line}`),
  ];
}

/** The migrations that `migrate --plan` lists: `app.name` at the line's beginning, their operations indented below. */
export function parsePlan(output: string): { readonly migrations: readonly string[]; readonly irreversible: readonly string[] } {
  const lines = output.split('\n');
  const after = lines.slice(lines.findIndex((line) => line.startsWith('Planned operations:')) + 1);
  return { migrations: after.filter((line) => /^\w+\.\S+$/.test(line)), irreversible: after.filter((line) => /\bIRREVERSIBLE\b/.test(line)).map((line) => line.trim()) };
}

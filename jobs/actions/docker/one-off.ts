import type { ActionContext, StepContext } from '../../../src/ports/action.js';
import { docker, readDocker } from './docker-cli.js';

/** Step and attempt are absent while planning. */
type Caller = ActionContext & Partial<Pick<StepContext, 'step' | 'attemptId'>>;

const label = 'planb';

/** Labels under which a one-off container is found again after a crash: of this very attempt, and of all attempts of its step. */
export function attemptLabels(context: Caller): readonly string[] {
  return [`${label}.attempt=${attemptOf(context)}`, `${label}.step=${stepOf(context)}`];
}

const attemptOf = (context: Caller): string => context.attemptId ?? stepOf(context);
const stepOf = (context: Caller): string => `${context.runId}/${context.step ?? 'planning'}`;

/** Ids of containers that attempts of this step left running. */
export async function leftContainers(context: Caller): Promise<readonly string[]> {
  return readDocker(context, ['ps', '--quiet', '--no-trunc', '--filter', `label=${label}.step=${stepOf(context)}`]);
}

/** Waits for what attempts of this step left running. */
export async function awaitContainers(context: StepContext, saying: string): Promise<void> {
  for (const id of await leftContainers(context)) {
    context.progress(saying);
    await docker(context, ['wait', id], { timeoutMs: 20 * 60_000 });
  }
}

/** Ends and removes the containers of this attempt, or of all attempts of this step. Runs after an abort too; a container that is gone already is no failure. */
export async function endContainers(context: Caller, which: 'attempt' | 'step'): Promise<void> {
  const filter = which === 'attempt' ? `label=${label}.attempt=${attemptOf(context)}` : `label=${label}.step=${stepOf(context)}`;
  const listed = await docker(context, ['ps', '--all', '--quiet', '--no-trunc', '--filter', filter], { afterAbort: true });
  const ids = listed.ok ? listed.stdout.split('\n').filter((line) => line !== '') : [];
  if (ids.length > 0) await docker(context, ['rm', '--force', ...ids], { afterAbort: true });
}

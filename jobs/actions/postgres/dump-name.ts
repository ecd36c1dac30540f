import type { StepContext } from '../../../src/ports/action.js';
import { splitPassword } from './libpq-url.js';

/** The folder's name of what a step takes of a database: one for all attempts, so that the probe after a crash finds it; another for another database, whose rows are none of this one. */
export function dumpName({ runId }: Pick<StepContext, 'runId'>, step: string, url: string): string {
  return `${runId}-${step}-${splitPassword(url).short}`;
}

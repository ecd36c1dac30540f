import { createHash } from 'node:crypto';
import type { StepContext } from '../../../src/ports/action.js';
import { splitPassword } from './libpq-url.js';

/**
 * The folder's name of what a step takes of a database: one for all attempts, so that the probe after a crash finds it; another for another database, whose rows are none of this one. The same URL on another
 * machine is another database.
 */
export function dumpName({ runId, on }: Pick<StepContext, 'runId' | 'on'>, step: string, url: string): string {
  const there = on === undefined ? '' : `-${createHash('sha256').update(on).digest('hex').slice(0, 8)}`;
  return `${runId}-${step}-${splitPassword(url).short}${there}`;
}

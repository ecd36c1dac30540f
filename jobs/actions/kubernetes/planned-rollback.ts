import { z } from 'zod';

/** What a plan froze of a rollback: the revision by number, since "the last one" moves. */
export const plannedRollbackSchema = z.object({
  revision: z.number(),
  name: z.string(),
  chart: z.string(),
  appVersion: z.string(),
  status: z.string(),
  description: z.string(),
  images: z.record(z.string(), z.string()),
  /** The last revision when the plan was made: newer ones came later. */
  base: z.number(),
  from: z.string(),
  notes: z.array(z.string()),
  pending: z.object({ says: z.string(), young: z.boolean() }).nullable(),
  wrongEnvironment: z.array(z.string()),
});
export type PlannedRollback = z.output<typeof plannedRollbackSchema>;

/**
 * `--history-max 0`: Helm would cut the history down to its default of 10 otherwise, and with it revisions that somebody may still want to go to.
 */
export function rollbackArguments(given: { readonly release: string; readonly wait: boolean; readonly within: number }, revision: number | undefined): readonly string[] {
  const wait = given.wait ? ['--wait', '--timeout', `${Math.max(1, Math.ceil(given.within / 1_000))}s`] : [];
  return ['rollback', given.release, ...(revision === undefined ? [] : [String(revision)]), ...wait, '--history-max', '0'];
}

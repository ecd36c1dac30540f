import type { ActionContext, StepContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import type { TableRows } from './count-rows.js';
import { type KnownBackup, backupOfStep, findBackup, openDump } from './restore-source.js';

/** Since when rows count, and what was counted then. */
export interface Since {
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly counted: readonly TableRows[];
}

export interface SinceInput {
  readonly since?: string | undefined;
  readonly backup?: string | undefined;
  readonly database: string;
}

/** Undefined: the backup is a step's, which has not taken it yet. Throws ActionError. */
export async function findSince(context: ActionContext, given: SinceInput): Promise<Since | undefined> {
  if (given.since !== undefined) return { at: new Date(given.since).toISOString(), counted: [] };
  const known = await findBackup(context, given.backup ?? '', given.database);
  return known === undefined ? undefined : sinceBackup(known);
}

/** Throws ActionError `no-backup` or `no-moment`. */
export async function settleSince(context: StepContext, given: SinceInput): Promise<Since> {
  return (await findSince(context, given)) ?? sinceBackup(backupOfStep(context, given.backup ?? ''));
}

async function sinceBackup(known: KnownBackup): Promise<Since> {
  const { manifest } = await openDump(known.path);
  const at = manifest?.snapshot.takenAt ?? known.takenAt;
  if (at === undefined) throw new ActionError('no-moment', `nobody wrote down when ${known.path} was taken; give the moment with since:`);
  return { at, counted: manifest?.tables ?? [] };
}

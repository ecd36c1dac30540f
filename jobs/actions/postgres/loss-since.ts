import type { ActionContext, StepContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import type { TableRows } from './count-rows.js';
import { type KnownBackup, backupOfStep, findBackup, openDump } from './restore-source.js';

/** Since when rows count, and what was counted then. */
export interface Since {
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly counted: readonly TableRows[];
  /** The dump whose moment it is. */
  readonly path?: string;
  /** Of that dump, where planb took it. */
  readonly dumped?: Dumped;
}

/** Which database a dump is of, and up to which transaction. */
export interface Dumped {
  readonly system: string | null;
  readonly oid: number | undefined;
  readonly horizon: string | undefined;
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

/** `approved`: what people saw when they voted; the same words may mean another backup by now. Throws ActionError `no-backup` or `no-moment`. */
export async function settleSince(context: StepContext, given: SinceInput, approved: { readonly since: string; readonly path?: string | undefined } | undefined): Promise<Since> {
  if (approved?.path !== undefined) return sinceBackup({ path: approved.path, takenAt: approved.since });
  return (await findSince(context, given)) ?? sinceBackup(backupOfStep(context, given.backup ?? ''));
}

async function sinceBackup(known: KnownBackup): Promise<Since> {
  const { manifest } = await openDump(known.path);
  const at = manifest?.snapshot.takenAt ?? known.takenAt;
  if (at === undefined) throw new ActionError('no-moment', `nobody wrote down when ${known.path} was taken; give the moment with since:`);
  return { at, counted: manifest?.tables ?? [], path: known.path, ...(manifest === undefined ? {} : { dumped: { system: manifest.system ?? null, oid: manifest.oid, horizon: manifest.snapshot.horizon } }) };
}

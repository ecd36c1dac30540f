import { z } from 'zod';
import type { JsonObject } from '../../../src/plan/plan.js';
import type { TargetDatabase } from '../../../src/ports/target-database.js';
import { type RestoreMarker, readMarker } from './restore-marker.js';
import type { RestoreNames } from './restore-names.js';

const row = z.object({ name: z.string(), oid: z.coerce.number(), comment: z.string().nullable() });

interface Found {
  readonly oid: number;
  readonly marker: RestoreMarker | undefined;
}

/**
 * How far a restore is, read from the server alone: names and comments change in one transaction, so one of these holds after a crash at any point.
 * `foreign`: a database has one of the names, or took one since, and it is not this step's.
 */
export type RestoreState =
  | { readonly at: 'nothing'; readonly live: number }
  /** Created, no more is known of it: a comment cannot be written in the same transaction as CREATE DATABASE. */
  | { readonly at: 'unmarked'; readonly live: number; readonly fresh: number }
  | { readonly at: 'restoring'; readonly live: number; readonly fresh: number; readonly marker: RestoreMarker }
  | { readonly at: 'restored'; readonly live: number; readonly fresh: number; readonly marker: RestoreMarker }
  | { readonly at: 'swapped'; readonly receipt: JsonObject }
  | { readonly at: 'foreign'; readonly why: string };

/** Reads from a database that is none of the three. `owner`: run and step. */
export async function findRestoreState(admin: TargetDatabase, names: RestoreNames, owner: { readonly run: string; readonly step: string }): Promise<RestoreState> {
  const rows = await admin.query(`SELECT datname AS name, oid::bigint AS oid, shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = ANY($1)`, [[names.live, names.fresh, names.kept]]);
  const found = new Map<string, Found>(rows.map((raw) => {
    const { name, oid, comment } = row.parse(raw);
    return [name, { oid, marker: readMarker(comment) }];
  }));
  return judgeRestoreState(names, owner, { live: found.get(names.live), fresh: found.get(names.fresh), kept: found.get(names.kept) });
}

export function judgeRestoreState(
  names: RestoreNames, owner: { readonly run: string; readonly step: string }, found: { readonly live: Found | undefined; readonly fresh: Found | undefined; readonly kept: Found | undefined },
): RestoreState {
  const ours = (marker: RestoreMarker | undefined): boolean => marker?.run === owner.run && marker.step === owner.step;
  const { live, fresh, kept } = found;
  if (kept !== undefined) {
    if (kept.marker?.stage !== 'kept' || !ours(kept.marker)) return { at: 'foreign', why: `there is a database ${names.kept} already, and this step did not make it` };
    if (live?.oid !== kept.marker.live) return { at: 'foreign', why: `the databases were swapped, and since then ${names.live} ${live === undefined ? 'was taken away' : 'was replaced by another one'}` };
    return { at: 'swapped', receipt: kept.marker.receipt ?? {} };
  }
  if (live === undefined) return { at: 'foreign', why: `there is no database ${names.live}` };
  if (fresh === undefined) return { at: 'nothing', live: live.oid };
  if (fresh.marker === undefined) return { at: 'unmarked', live: live.oid, fresh: fresh.oid };
  if (!ours(fresh.marker)) return { at: 'foreign', why: `there is a database ${names.fresh} already, of step ${fresh.marker.step} of run ${fresh.marker.run}` };
  if (fresh.marker.stage === 'checked' && fresh.marker.live === live.oid) return { at: 'restored', live: live.oid, fresh: fresh.oid, marker: fresh.marker };
  return { at: 'restoring', live: live.oid, fresh: fresh.oid, marker: fresh.marker };
}

import { z } from 'zod';
import type { ActionContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import { parseAs, readHelm } from './cluster-programs.js';
import type { Cluster } from './cluster-input.js';

/** One revision of a release, as `helm history` tells it. */
export interface Revision {
  readonly revision: number;
  readonly updated: string;
  readonly status: string;
  /** `litellm-helm-1.81.14`: name and version of the chart. */
  readonly chart: string;
  readonly appVersion: string;
  readonly description: string;
}

const listed = z.array(z.object({ revision: z.number().int(), updated: z.string(), status: z.string(), chart: z.string().default(''), app_version: z.string().default(''), description: z.string().default('') }));

/** More than any release keeps; Helm would say 256 of them by itself. */
const maxRevisions = 256;

/** Oldest first, never empty. Throws ActionError `no-such-release` with the names of those that there are. */
export async function readHistory(context: ActionContext, cluster: Cluster, release: string): Promise<readonly [Revision, ...Revision[]]> {
  try {
    const text = await readHelm(context, cluster, ['history', release, '--output', 'json', '--max', String(maxRevisions)]);
    const revisions = parseAs('helm', text, listed).map(({ app_version: appVersion, ...revision }) => ({ ...revision, appVersion }));
    const [first, ...others] = revisions.sort((a, b) => a.revision - b.revision);
    if (first === undefined) throw new ActionError('no-such-release', `release ${release} has no revision`);
    return [first, ...others];
  } catch (error) {
    if (!(error instanceof ActionError) || error.code !== 'no-such-release') throw error;
    const names = (await readHelm(context, cluster, ['list', '--all', '--short'])).split('\n').filter((line) => line !== '');
    throw new ActionError('no-such-release', `namespace ${cluster.namespace} has no Helm release "${release}"; it has ${names.join(', ') || 'none'}`, { cause: error });
  }
}

export function lastOf(history: readonly [Revision, ...Revision[]]): Revision {
  return history.at(-1) ?? history[0];
}

/** It was installed to its end at some time. A failed rollback makes `superseded` of what it left, too: that is no proof of health. */
export function wasDeployed({ status }: Revision): boolean {
  return status === 'deployed' || status === 'superseded';
}

export function isPending({ status }: Revision): boolean {
  return status.startsWith('pending-');
}

/** What became of a rollback, as the history tells. */
export type RollbackState =
  | { readonly kind: 'untouched' }
  | { readonly kind: 'done'; readonly revision: Revision }
  /** Begun, and neither finished nor given up: Helm was ended, or lost the cluster. */
  | { readonly kind: 'interrupted'; readonly revision: Revision }
  | { readonly kind: 'failed'; readonly revision: Revision }
  /** Somebody else deployed meanwhile. */
  | { readonly kind: 'other'; readonly revision: Revision };

/**
 * A rollback makes a new revision that says where it came from ("Rollback to 3"), so the history tells it from anybody else's deployment. A failed one says only that it failed, `Release "x" failed` or, since
 * Helm 3.9, `Rollback "x" failed`, where an upgrade says `Upgrade "x" failed`; chart and app version must be the target's, too.
 */
export function judgeRollback(history: readonly [Revision, ...Revision[]], base: number, target: Pick<Revision, 'revision' | 'chart' | 'appVersion'>): RollbackState {
  const since = history.filter(({ revision }) => revision > base);
  const last = since.at(-1);
  if (last === undefined) return { kind: 'untouched' };
  const begun = (one: Revision): boolean => one.description === `Rollback to ${target.revision}`;
  const gaveUp = (one: Revision): boolean => one.status === 'failed' && /^(Release|Rollback) "/.test(one.description) && one.chart === target.chart && one.appVersion === target.appVersion;
  const other = since.find((one) => !begun(one) && !gaveUp(one));
  if (other !== undefined) return { kind: 'other', revision: other };
  if (last.status === 'deployed') return { kind: 'done', revision: last };
  return { kind: isPending(last) ? 'interrupted' : 'failed', revision: last };
}

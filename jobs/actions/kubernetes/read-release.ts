import type { ActionContext } from '../../../src/ports/action.js';
import { type MainContainer, type ReadRevision } from './choose-revision.js';
import type { Cluster } from './cluster-input.js';
import { readHelm } from './cluster-programs.js';
import { type Revision, readHistory } from './helm-history.js';
import { type HookObject, readHooks, readWorkloads } from './manifest.js';

export interface HelmRelease extends Cluster, MainContainer {
  readonly release: string;
}

/** Helm starts a process for each revision. */
const atOnce = 4;
/** Further back nobody goes by name; `revision:` still can. */
const newestRead = 30;

/** The history with what each of the newest revisions runs, oldest first. Throws ActionError. */
export async function readRevisions(context: ActionContext, given: HelmRelease): Promise<readonly [ReadRevision, ...ReadRevision[]]> {
  const [first, ...others] = await readHistory(context, given, given.release);
  const all = [first, ...others];
  const read: ReadRevision[] = [];
  for (let from = 0; from < all.length; from += atOnce) {
    read.push(...(await Promise.all(all.slice(from, from + atOnce).map(async (revision, index) => (from + index < all.length - newestRead ? { ...revision, workloads: [] } : readRevision(context, given, revision))))));
  }
  const [oldest = { ...first, workloads: [] }, ...newer] = read;
  return [oldest, ...newer];
}

export async function readRevision<Known extends Pick<Revision, 'revision'>>(context: ActionContext, given: HelmRelease, revision: Known): Promise<Known & Pick<ReadRevision, 'workloads'>> {
  return { ...revision, workloads: readWorkloads(await readHelm(context, given, ['get', 'manifest', given.release, '--revision', String(revision.revision)])) };
}

/** The hooks of a revision: Helm keeps them beside the manifest. */
export async function readReleaseHooks(context: ActionContext, given: HelmRelease, revision: number): Promise<readonly HookObject[]> {
  return readHooks(await readHelm(context, given, ['get', 'hooks', given.release, '--revision', String(revision)]));
}

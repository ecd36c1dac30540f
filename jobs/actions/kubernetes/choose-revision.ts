import { ActionError } from '../action-error.js';
import { parseImage } from '../compose/image-reference.js';
import { type Revision, wasDeployed } from './helm-history.js';
import { type ManifestContainer, type ManifestWorkload } from './manifest.js';

/** Which image of a release is *the* image, where it has several. */
export interface MainContainer {
  readonly deployment?: string | undefined;
  readonly container?: string | undefined;
}

/** A revision and what it runs. */
export interface ReadRevision extends Revision {
  readonly workloads: readonly ManifestWorkload[];
}

/** The container whose image is called the release: the named one, else the one that has the app version for a tag, else the first. */
export function mainContainer({ workloads, appVersion, revision }: ReadRevision, { deployment, container }: MainContainer): ManifestContainer | undefined {
  const found = workloads.filter(({ name }) => deployment === undefined || name === deployment).flatMap(({ containers }) => containers.filter(({ name }) => container === undefined || name === container));
  if (found.length === 0 && (deployment !== undefined || container !== undefined)) {
    const there = workloads.flatMap((one) => one.containers.map(({ name }) => `${one.name}/${name}`)).join(', ') || 'none';
    throw new ActionError('no-such-container', `revision ${revision} has no container "${[deployment, container].filter((part) => part !== undefined).join('/')}"; it has ${there}`);
  }
  return found.find(({ image }) => isSameVersion(parseImage(image).tag ?? '', appVersion)) ?? found[0];
}

/** As people say it: the image's tag, else the app version, else the chart. */
export function releaseName(revision: ReadRevision, main: MainContainer): string {
  const image = mainContainer(revision, main)?.image ?? '';
  const { tag, digest } = parseImage(image);
  return tag ?? (revision.appVersion || digest || revision.chart);
}

/** Everything that a person may call a revision. */
function namesOf(revision: ReadRevision, main: MainContainer): readonly string[] {
  const image = mainContainer(revision, main)?.image ?? '';
  const { tag = '', digest = '' } = parseImage(image);
  // A chart's version is what follows the last hyphen before a digit: litellm-helm-1.81.14-rc.1.
  const version = /-(v?\d+\.\d+.*)$/.exec(revision.chart)?.[1] ?? '';
  return [image, tag, digest, revision.appVersion, revision.chart, version].filter((name) => name !== '');
}

export interface Wanted extends MainContainer {
  readonly revision?: number | undefined;
  readonly to?: string | undefined;
}

/**
 * The revision to go back to: the given one; else the newest of that name that was deployed to its end; without either, the newest deployed one before the last. `history`: oldest first.
 * Throws ActionError `no-such-revision`, `never-deployed` or `failed-revision`.
 */
export function chooseRevision(release: string, history: readonly ReadRevision[], wanted: Wanted): ReadRevision {
  const last = history.at(-1);
  const newest = [...history].reverse();
  const there = newest.map((one) => `${one.revision} (${releaseName(one, {})}, ${one.status})`).slice(0, 8).join(', ');
  if (wanted.revision !== undefined) {
    const found = history.find(({ revision }) => revision === wanted.revision);
    if (found === undefined) throw new ActionError('no-such-revision', `${release} has no revision ${wanted.revision}; Helm keeps ${there}`);
    if (found.status.startsWith('pending-') || found.status.startsWith('uninstall')) throw new ActionError('never-deployed', `revision ${found.revision} of ${release} is ${found.status}: it is nothing to go back to; there are ${there}`);
    return found;
  }
  const named = newest.filter((one) => wanted.to === undefined ? one !== last : namesOf(one, wanted).some((name) => isSameVersion(name, wanted.to ?? '')));
  const good = named.find(wasDeployed);
  if (good !== undefined) return good;
  const [failed] = named;
  if (failed !== undefined && wanted.to !== undefined) {
    throw new ActionError('failed-revision', `revision ${failed.revision} of ${release} is the only one with ${wanted.to}, and it is ${failed.status} (${failed.description}); to go there in spite of that, give revision: ${failed.revision}`);
  }
  if (last !== undefined && last.status.startsWith('pending-install')) {
    throw new ActionError('never-deployed', `${release} was never installed to its end (revision ${last.revision} is pending-install since ${last.updated.slice(0, 19)}): nothing to go back to. helm uninstall ${release} removes what there is; then install it again`);
  }
  throw new ActionError('no-such-revision', `${release} has no deployed revision ${wanted.to === undefined ? 'before the last one' : `with ${wanted.to}`}; Helm keeps ${there}`);
}

/** `v1.2.3` and `1.2.3` are one version. */
function isSameVersion(a: string, b: string): boolean {
  const plain = (text: string): string => text.toLowerCase().replace(/^v(?=\d)/, '');
  return a !== '' && plain(a) === plain(b);
}

import type { Release } from '../../../src/plan/plan.js';
import type { ActionContext } from '../../../src/ports/action.js';
import { parseImage } from '../compose/image-reference.js';
import { listReleases, type LocalRelease } from '../compose/local-images.js';
import { readState, repositoryOf } from '../compose/state.js';

interface Wanted {
  readonly project: string;
  readonly services: readonly string[];
  readonly keep: number;
}

/** Images of the services as `repository:tag`: those that stay at hand, and older ones that nothing needs. */
export interface SpareImages {
  readonly kept: readonly string[];
  readonly spare: readonly string[];
}

/** What runs, what a hold or the user's own files name, what was last known good and what a live plan leaves or goes to is never spare, however old. */
export async function findSpareImages(context: ActionContext, { project, services, keep }: Wanted): Promise<SpareImages> {
  const state = await readState(context, project, services);
  const needed = await context.records.neededReleases();
  const named = [...state.project.images.values()].map(({ image }) => parseImage(image).tag);
  const held = [...state.held.values()];
  const running = new Set(state.containers.map(({ imageId }) => imageId));
  const found = new Map<string, 'kept' | 'spare'>();
  for (const service of services) {
    const repository = await repositoryOf(context, state, service);
    const releases = await listReleases(context, repository);
    const newest = new Set(releases.filter(({ moving }) => moving !== true).map(({ imageId }) => imageId).filter((id, index, all) => all.indexOf(id) === index).slice(0, keep));
    const isKept = (release: LocalRelease): boolean =>
      newest.has(release.imageId) || running.has(release.imageId) || release.moving === true || named.includes(release.name) || needed.some((one) => isMeant(one, release))
      || held.some(({ image, release: name }) => name === release.name || image === release.imageId || image.endsWith(release.digest));
    for (const release of releases) found.set(`${repository}:${release.name}`, isKept(release) ? 'kept' : 'spare');
  }
  const those = (wanted: 'kept' | 'spare'): readonly string[] => [...found].filter(([, what]) => what === wanted).map(([reference]) => reference);
  return { kept: those('kept'), spare: those('spare') };
}

/** By name or by digest: one of them is enough to leave it alone. */
function isMeant(needed: Release, { name, digest, imageId }: LocalRelease): boolean {
  return needed.name === name || (needed.digest !== undefined && (needed.digest === digest || needed.digest === imageId));
}

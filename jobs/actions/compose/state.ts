import { join } from 'node:path';
import type { Release } from '../../../src/plan/plan.js';
import type { ActionContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import { type ComposeContainer, listContainers } from '../docker/containers.js';
import { isTag, parseImage } from './image-reference.js';
import { type LocalImage, type LocalRelease, findImage, listReleases, obtainImage } from './local-images.js';
import { type HeldImage, overrideName, readOverride } from './override.js';
import { type ComposeProject, type NamedImage, readProject } from './project.js';

/** A project, its containers and its hold, as they are now. */
export interface ComposeState {
  readonly project: ComposeProject;
  readonly containers: readonly ComposeContainer[];
  readonly held: ReadonlyMap<string, HeldImage>;
}

/** Reads a project. Throws ActionError `no-such-service` for a service that neither a file nor a container knows. */
export async function readState(context: ActionContext, folder: string, services: readonly string[]): Promise<ComposeState> {
  const containers = await listContainers(context, folder, services);
  const project = await readProject(context.files, folder, containers);
  const missing = services.find((service) => !project.images.has(service) && !containers.some((container) => container.service === service));
  if (missing !== undefined) {
    throw new ActionError('no-such-service', `${folder} has no service "${missing}" with an image; its services are ${[...project.images.keys()].join(', ') || 'none'}`);
  }
  return { project, containers, held: await readOverride(context.files, folder) };
}

/** The repository whose tags are a service's releases: as the user's files name it, else as its container or its image does. */
export async function repositoryOf(context: ActionContext, state: ComposeState, service: string): Promise<string> {
  const named = state.project.images.get(service)?.image;
  if (named !== undefined && parseImage(named).repository !== '') return parseImage(named).repository;
  const container = state.containers.find((one) => one.service === service);
  const fromName = container === undefined ? '' : parseImage(container.imageName).repository;
  if (fromName !== '') return fromName;
  const image = container === undefined ? undefined : await findImage(context, container.imageId);
  const tag = image?.tags[0];
  if (tag !== undefined) return parseImage(tag).repository;
  throw new ActionError('no-repository', `nothing says which repository the images of "${service}" come from; give image: as a full reference`);
}

/** The image that a service is to run. */
export interface WantedImage {
  readonly service: string;
  readonly repository: string;
  /** As a person would ask docker for it. */
  readonly reference: string;
  readonly image: LocalImage;
}

/** What `image` means for a service (a tag of its repository, or a whole reference), pulled where it is absent. */
export async function wantedImage(context: ActionContext, state: ComposeState, service: string, image: string): Promise<WantedImage> {
  if (!isTag(image)) return { service, repository: parseImage(image).repository, reference: image, image: await obtainImage(context, image) };
  const repository = await repositoryOf(context, state, service);
  const reference = `${repository}:${image}`;
  return { service, repository, reference, image: await obtainImage(context, reference) };
}

/** The images that a service's containers run, each once; a single one as it is, so that it can be foretold. */
export function runningImages(containers: readonly ComposeContainer[], service: string): string | readonly string[] | null {
  const ids = [...new Set(containers.filter((container) => container.service === service).map((container) => container.imageId))].sort();
  return ids.length > 1 ? ids : (ids[0] ?? null);
}

/** The release that a service runs, by its image; undefined where it has no container. */
export async function runningRelease(context: ActionContext, state: ComposeState, service: string): Promise<Release | undefined> {
  const container = state.containers.find((one) => one.service === service);
  if (container === undefined) return undefined;
  const repository = await repositoryOf(context, state, service);
  const releases = (await listReleases(context, repository)).filter((release) => release.imageId === container.imageId);
  const spoken = [parseImage(container.imageName).tag, state.held.get(service)?.release, parseImage(state.project.images.get(service)?.image ?? '').tag];
  // Several tags may name one image: the one that somebody asked for, else one that stays.
  const release = releases.find(({ name }) => spoken.includes(name)) ?? releases.find(({ moving }) => moving !== true) ?? releases[0];
  if (release !== undefined) return releaseOf(release);
  const tag = parseImage(container.imageName).tag;
  return { name: tag ?? container.imageId.slice(0, 19), digest: container.imageId };
}

export function releaseOf({ name, digest, moving }: LocalRelease): Release {
  return { name, digest, ...(moving === undefined ? {} : { moving }) };
}

/** What a person has to change so that the project's own files name `good`, with file and line; undefined where they do already. */
export function fileToChange(project: ComposeProject, named: NamedImage | undefined, good: { readonly repository: string; readonly release: string }): string | undefined {
  if (named === undefined) return undefined;
  const wanted = isTag(good.release) ? `${good.repository}:${good.release}` : good.release;
  if (named.image === wanted) return undefined;
  const [only] = named.variables;
  const tag = parseImage(named.image).tag;
  if (only !== undefined && named.variables.length === 1 && only.value === tag && isTag(good.release)) {
    return `${join(project.folder, '.env')}:${only.line} still says ${only.name}=${only.value}; change it to ${good.release}`;
  }
  const by = only === undefined ? '' : ` (${named.variables.map(({ name, line }) => `${name} of .env:${line}`).join(', ')})`;
  return `${join(project.folder, named.file)}:${named.line} still names ${named.image}${by}; change it to ${wanted}`;
}

/** Where the hold lies, for sentences. */
export function overridePath(folder: string): string {
  return join(folder, overrideName);
}

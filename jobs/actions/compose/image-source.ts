import { z } from 'zod';
import type { ActionContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import type { NamedImage } from '../docker/with-container.js';
import { findImage, obtainImage } from './local-images.js';
import { readState, runningImages, wantedImage } from './state.js';

/** An image by name, or by the Compose service that runs it; with `release` the one that the service would run then. */
export const imageSource = z.union([
  z.strictObject({ image: z.string().min(1) }),
  z.strictObject({ compose: z.strictObject({ project: z.string().startsWith('/'), service: z.string().min(1), release: z.string().min(1).optional() }) }),
]);
export type ImageSource = { readonly image: string } | { readonly compose: ServiceImage };

/** The image of a Compose service. */
export interface ServiceImage {
  /** The project's folder, absolute. */
  readonly project: string;
  readonly service: string;
  /** A tag of the service's repository or a whole reference, as `compose.release` takes it. Absent: what its container runs now. */
  readonly release?: string | undefined;
}

/** Finds the image, pulling a named one that is absent. Throws ActionError. */
export async function findSource(context: ActionContext, source: ImageSource): Promise<NamedImage> {
  if ('image' in source) return { id: (await obtainImage(context, source.image)).id, reference: source.image };
  const { service, release } = source.compose;
  const project = source.compose.project.length > 1 ? source.compose.project.replace(/\/+$/, '') : source.compose.project;
  const state = await readState(context, project, [service]);
  if (release !== undefined) {
    const { image, reference } = await wantedImage(context, state, service, release);
    return { id: image.id, reference };
  }
  const running = runningImages(state.containers, service);
  if (running === null) throw new ActionError('not-running', `${service} of ${project} has no container, so nothing says which image it runs`);
  if (typeof running !== 'string') throw new ActionError('several-images', `the containers of ${service} run ${running.length} different images`);
  // A container keeps its image alive, though not against --force.
  const image = await findImage(context, running);
  if (image === undefined) throw new ActionError('image-unavailable', `the image that ${service} runs (${running.slice(0, 19)}) was removed from this machine`);
  return { id: image.id, reference: image.tags[0] ?? `the image of ${service}` };
}

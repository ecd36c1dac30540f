import type { ActionContext } from '../../src/ports/action.js';
import { parseImage } from './compose/image-reference.js';
import { findImage } from './compose/local-images.js';
import { endHold, readOverride } from './compose/override.js';
import { fileToChange, overridePath, readState, repositoryOf, runningImages } from './compose/state.js';

/** A service that planb's override holds on a release. */
export interface HeldService {
  readonly service: string;
  readonly release: string;
  /** The run that did it. */
  readonly run: string;
  /** Which line of the user's files to change, in words; absent: they name the good release already. */
  readonly change?: string;
  /** Whether its containers still run what it is held on: false when somebody brought another release up. */
  readonly runsIt: boolean;
}

/** Whether and how a project is held. */
export interface Hold {
  readonly folder: string;
  /** planb's override file. */
  readonly file: string;
  readonly services: readonly HeldService[];
}

/** Reads the hold of a project's services; undefined where none is held. Other services may be another target's. Throws ActionError. */
export async function readHold(context: ActionContext, folder: string, of: readonly string[]): Promise<Hold | undefined> {
  const held = new Map([...(await readOverride(folder))].filter(([service]) => of.includes(service)));
  if (held.size === 0) return undefined;
  const services: HeldService[] = [];
  const state = await readState(context, folder, [...held.keys()]);
  for (const [service, { image, release, run }] of held) {
    const wanted = await findImage(context, image);
    const named = state.project.images.get(service);
    // Another tag of the same image is as good.
    const good = named !== undefined && wanted !== undefined && (await findImage(context, named.image))?.id === wanted.id;
    const repository = parseImage(image).repository || (await repositoryOf(context, state, service));
    const change = good ? undefined : fileToChange(state.project, named, { repository, release });
    services.push({ service, release, run, runsIt: wanted !== undefined && runningImages(state.containers, service) === wanted.id, ...(change === undefined ? {} : { change }) });
  }
  return { folder, file: overridePath(folder), services };
}

export type Unheld = { readonly ok: true; readonly services: readonly string[] } | { readonly ok: false; readonly code: 'not-held' | 'file-names-another'; readonly message: string };

/**
 * Ends the hold of services, once the user's own files name what runs: from then on a plain `docker compose up -d` keeps the good release. Refuses with a sentence
 * otherwise, and changes nothing. Throws ActionError where the project cannot be read.
 */
export async function removeHold(context: ActionContext, folder: string, of: readonly string[]): Promise<Unheld> {
  const hold = await readHold(context, folder, of);
  if (hold === undefined) return { ok: false, code: 'not-held', message: `${folder} is not held` };
  const changes = hold.services.flatMap(({ change }) => change ?? []);
  if (changes.length > 0) return { ok: false, code: 'file-names-another', message: `${changes.join('; ')}, then unhold again` };
  await endHold(folder, of);
  return { ok: true, services: hold.services.map(({ service }) => service) };
}

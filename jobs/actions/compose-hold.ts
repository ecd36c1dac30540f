import { join } from 'node:path';
import type { ActionContext } from '../../src/ports/action.js';
import { parseImage } from './compose/image-reference.js';
import { findImage } from './compose/local-images.js';
import { endHold, overrideName, readOverride } from './compose/override.js';
import { readSettings } from './compose/service-settings.js';
import { type ComposeState, fileToChange, overridePath, readState, repositoryOf, runningImages } from './compose/state.js';

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

/** The variables that the user's own files do not give a service as the hold does, in words: without them the release would start in another way after `unhold`. */
async function environmentToChange(context: ActionContext, { project }: ComposeState, service: string, held: { readonly environment: Readonly<Record<string, string>>; readonly release: string }): Promise<string | undefined> {
  const own = (await readSettings(context, project, service)).environment;
  const missing = Object.entries(held.environment).filter(([name, value]) => own.get(name) !== context.mask(value));
  if (missing.length === 0) return undefined;
  // Only what is no secret by its form is shown.
  const lines = missing.map(([name, value]) => (/^(true|false|\d{1,6})$/i.test(value) ? `${name}: "${value}"` : `${name} as ${overrideName} has it`));
  return `${join(project.folder, project.images.get(service)?.file ?? project.files[0] ?? '')} needs under environment of ${service}: ${lines.join(', ')}, as long as it runs ${held.release}`;
}

/** Reads the hold of a project's services; undefined where none is held. Other services may be another target's. Throws ActionError. */
export async function readHold(context: ActionContext, folder: string, of: readonly string[]): Promise<Hold | undefined> {
  const held = new Map([...(await readOverride(context.files, folder))].filter(([service]) => of.includes(service)));
  if (held.size === 0) return undefined;
  const services: HeldService[] = [];
  const state = await readState(context, folder, [...held.keys()]);
  for (const [service, { image, release, run, environment }] of held) {
    const wanted = await findImage(context, image);
    const named = state.project.images.get(service);
    // Another tag of the same image is as good.
    const good = named !== undefined && wanted !== undefined && (await findImage(context, named.image))?.id === wanted.id;
    const repository = parseImage(image).repository || (await repositoryOf(context, state, service));
    const changes = [
      ...(good ? [] : [fileToChange(state.project, named, { repository, release })]),
      environment === undefined ? undefined : await environmentToChange(context, state, service, { environment, release }),
    ].filter((change) => change !== undefined);
    services.push({ service, release, run, runsIt: wanted !== undefined && runningImages(state.containers, service) === wanted.id, ...(changes.length === 0 ? {} : { change: changes.join('; ') }) });
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
  await endHold(context.files, folder, of);
  return { ok: true, services: hold.services.map(({ service }) => service) };
}

import { z } from 'zod';
import type { Release } from '../../../src/plan/plan.js';
import type { ActionContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import { docker, lastOf, readDocker } from '../docker/docker-cli.js';
import { compareTags, isMoving, parseImage } from './image-reference.js';

/** An image on the engine. */
export interface LocalImage {
  /** `sha256:…` */
  readonly id: string;
  /** `repository:tag` */
  readonly tags: readonly string[];
  /** `repository@sha256:…`; empty for images that were built here. */
  readonly digests: readonly string[];
}

const inspected = z.object({ id: z.string(), tags: z.array(z.string()).nullable(), digests: z.array(z.string()).nullable() });
const inspectFormat = '{"id":{{json .Id}},"tags":{{json .RepoTags}},"digests":{{json .RepoDigests}}}';

/** The image that a reference names on the engine; undefined where it is not there. */
export async function findImage(context: ActionContext, reference: string): Promise<LocalImage | undefined> {
  // docker would read "--format=…" as an option: what is typed may have become part of a name.
  if (!/^[A-Za-z0-9][\w.:/@+-]*$/.test(reference)) throw new ActionError('image-unavailable', `"${reference}" is no image's name`);
  const outcome = await docker(context, ['image', 'inspect', '--format', inspectFormat, reference]);
  if (!outcome.ok) {
    if (/no such image/i.test(outcome.output)) return undefined;
    throw new ActionError('docker-failed', `docker image inspect ${reference}: ${outcome.summary}`);
  }
  const image = inspected.parse(JSON.parse(outcome.stdout));
  return { id: image.id, tags: image.tags ?? [], digests: image.digests ?? [] };
}

const pullMs = 30 * 60_000;

/** The image, pulled where it is absent. Throws ActionError `image-unavailable` with the registry's words. */
export async function obtainImage(context: ActionContext, reference: string): Promise<LocalImage> {
  const local = await findImage(context, reference);
  if (local !== undefined) return local;
  context.progress(`pulling ${reference}`);
  const onLine = countLayers((there, all) => { context.progress(`pulling ${reference}: ${there} of ${all} layers`); });
  const outcome = await docker(context, ['pull', reference], { quiet: false, timeoutMs: pullMs, onLine: ({ text }) => { onLine(text); } });
  const pulled = outcome.ok ? await findImage(context, reference) : undefined;
  if (pulled !== undefined) return pulled;
  throw new ActionError('image-unavailable', `${reference} is not on this machine and cannot be pulled: ${lastOf(outcome.output) || outcome.summary}`, { retryable: true });
}

/** Without a terminal docker says of each layer when it begins and when it is there, and no bytes. */
function countLayers(show: (there: number, all: number) => void): (line: string) => void {
  const all = new Set<string>();
  const there = new Set<string>();
  return (line) => {
    const [, layer, state = ''] = /^([0-9a-f]+): (.*)$/.exec(line) ?? [];
    if (layer === undefined) return;
    all.add(layer);
    if (/^(pull complete|already exists)/i.test(state)) there.add(layer);
    show(there.size, all.size);
  };
}

/** How compose may name exactly this image: by repository digest where the registry gave one, else by id, which works for images built here. */
export function pinned(image: LocalImage, repository: string): string {
  return image.digests.find((digest) => parseImage(digest).repository === repository) ?? image.id;
}

/** The digest that identifies a release: the repository's, else the image id. */
export function digestOf(image: LocalImage, repository: string): string {
  return parseImage(pinned(image, repository)).digest ?? image.id;
}

const listed = z.object({ tag: z.string(), digest: z.string(), id: z.string(), created: z.string() });
const listFormat = '{"tag":{{json .Tag}},"digest":{{json .Digest}},"id":{{json .ID}},"created":{{json .CreatedAt}}}';

/** A tag of a repository on the engine. */
export interface LocalRelease extends Release {
  readonly digest: string;
  readonly imageId: string;
}

/** The releases of a repository that this machine holds, newest first. */
export async function listReleases(context: ActionContext, repository: string): Promise<readonly LocalRelease[]> {
  const lines = await readDocker(context, ['image', 'ls', '--no-trunc', '--digests', '--format', listFormat, repository]);
  const rows = lines.map((line) => listed.parse(JSON.parse(line))).filter((row) => row.tag !== '<none>');
  return rows
    .map((row) => ({ ...row, createdAt: Date.parse(row.created.replace(/^(\S+) (\S+) ([+-]\d{4}).*$/, '$1T$2$3')) }))
    .sort(compareTags)
    .map((row) => ({ name: row.tag, digest: row.digest === '<none>' ? row.id : row.digest, imageId: row.id, ...(isMoving(row.tag) ? { moving: true } : {}) }));
}

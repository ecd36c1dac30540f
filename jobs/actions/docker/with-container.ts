import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { ActionContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import { docker, lastOf, readDocker } from './docker-cli.js';
import { isDead, nameReader } from './reader.js';

/** An image on the engine, and how people name it. */
export interface NamedImage {
  /** `sha256:…` */
  readonly id: string;
  readonly reference: string;
}

const readerLabel = 'planb.reader';
const untilLabel = 'planb.until';
/** No read takes longer; what is older was left behind by whomever. */
const leftOverMs = 60 * 60_000;

/**
 * Lends a container of an image that is created and never started: the image's files can be read out of it without running any of its code. It is removed whatever
 * happens; one that a killed worker left is removed before the next is made.
 */
export async function withContainer<T>(context: ActionContext, image: NamedImage, work: (container: string) => Promise<T>): Promise<T> {
  const reader = await nameReader();
  await removeLeftOvers(context, reader);
  // Known before there is one: an aborted `create` may still have made it.
  const name = `planb-read-${randomUUID()}`;
  const labels = ['--label', `${readerLabel}=${reader}`, '--label', `${untilLabel}=${context.now() + leftOverMs}`];
  try {
    // Images without a command of their own want one here; what it names does not matter.
    const created = await docker(context, ['create', '--name', name, ...labels, '--network', 'none', image.id, 'never-started'], { timeoutMs: 2 * 60_000 });
    if (!created.ok) throw refusedToCreate(image, created.output, created.summary);
    return await work(name);
  } finally {
    await remove(context, name);
  }
}

function refusedToCreate(image: NamedImage, output: string, summary: string): ActionError {
  if (/no such image|unable to find image|image not known/i.test(output)) return new ActionError('image-unavailable', `the image ${image.reference} is not on this machine any more`, { retryable: true });
  return new ActionError('docker-failed', `${image.reference} cannot be read: ${lastOf(output) || summary}`);
}

const listed = z.object({ id: z.string(), reader: z.string(), until: z.string() });
const listFormat = `{"id":{{json .ID}},"reader":{{json (.Label "${readerLabel}")}},"until":{{json (.Label "${untilLabel}")}}}`;

async function removeLeftOvers(context: ActionContext, self: string): Promise<void> {
  const lines = await readDocker(context, ['ps', '--all', '--no-trunc', '--filter', `label=${readerLabel}`, '--format', listFormat]);
  for (const line of lines) {
    const { id, reader, until } = listed.parse(JSON.parse(line));
    if (isDead(reader, self) || Number(until) < context.now()) await remove(context, id);
  }
}

/** With the volumes that the image's VOLUME lines made for it. */
async function remove(context: ActionContext, container: string): Promise<void> {
  try {
    const outcome = await docker(context, ['rm', '--force', '--volumes', container], { afterAbort: true });
    if (!outcome.ok && !/no such container|no container with/i.test(outcome.output)) context.log(`the container ${container}, which only read files, stays until the next read: ${lastOf(outcome.output) || outcome.summary}`);
  } catch (error) {
    // Whatever hinders this must not hide why the read ended.
    if (!(error instanceof ActionError)) throw error;
    context.log(`the container ${container}, which only read files, stays until the next read: ${error.message}`);
  }
}

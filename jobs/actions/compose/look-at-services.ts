import { z } from 'zod';
import type { ActionContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import { type ComposeContainer, listContainers } from '../docker/containers.js';
import { dockerVariables, lastOf, readDocker } from '../docker/docker-cli.js';
import { type ComposeProgram, configArguments, findCompose } from './compose-command.js';
import { findImage } from './local-images.js';
import { readOverride } from './override.js';
import { type ComposeProject, readProject } from './project.js';

/** Services of a project as they are now. */
export interface SeenServices {
  readonly program: ComposeProgram;
  readonly project: Pick<ComposeProject, 'folder' | 'name' | 'files'>;
  /** The named ones; for `all` every one that the files or a container know. */
  readonly services: readonly string[];
  readonly containers: readonly ComposeContainer[];
  readonly held: boolean;
  /** What the next `up` starts, where the files name an image. */
  readonly starts: Readonly<Record<string, NextImage>>;
}

export interface NextImage {
  readonly image: string;
  /** Null: not on this machine. */
  readonly id: string | null;
}

/** Which files a project without containers was started from, as it was seen before. */
export interface KnownFiles {
  readonly name: string | null;
  readonly files: readonly string[];
}

/**
 * Looks at services. A project whose containers are gone has nobody left to tell its files and its name: then `known` does. Throws ActionError, `no-such-service` for a name that neither the
 * files nor a container know: a misspelt service would count as stopped.
 */
export async function lookAtServices(context: ActionContext, folder: string, wanted: readonly string[] | 'all', known?: KnownFiles): Promise<SeenServices> {
  const all = await listContainers(context, folder, 'all');
  const read = await readProject(context.files, folder, all.length > 0 || known === undefined ? all : []);
  const project = all.length > 0 || known === undefined ? read : { ...read, files: known.files, ...(known.name === null ? {} : { name: known.name }) };
  const program = await findCompose(context);
  const names = [...new Set([...(await listServices(context, program, project)), ...all.map(({ service }) => service)])].sort();
  const missing = wanted === 'all' ? undefined : wanted.find((service) => !names.includes(service));
  if (missing !== undefined) throw new ActionError('no-such-service', `${folder} has no service "${missing}"; its services are ${names.join(', ') || 'none'}`);
  const services = wanted === 'all' ? names : wanted;
  const override = await readOverride(context.files, folder);
  const starts: Record<string, NextImage> = {};
  for (const service of services) {
    const image = override.get(service)?.image ?? read.images.get(service)?.image;
    if (image !== undefined) starts[service] = { image, id: (await findImage(context, image))?.id ?? null };
  }
  return { program, project, services, containers: all.filter(({ service }) => services.includes(service)), held: override.size > 0, starts };
}

async function listServices(context: ActionContext, program: ComposeProgram, project: Pick<ComposeProject, 'folder' | 'name' | 'files'>): Promise<readonly string[]> {
  const argv = [...configArguments(program, project), '--services'] as const;
  const outcome = await context.run({ argv, cwd: project.folder, passEnv: dockerVariables, timeoutMs: 60_000 }, { quiet: true });
  context.signal.throwIfAborted();
  if (!outcome.ok) throw new ActionError('compose-failed', `${argv[0]} config: ${lastOf(outcome.output) || outcome.summary}`);
  return outcome.stdout.split('\n').map((line) => line.trim()).filter((line) => line !== '');
}

const mountsFormat = '{"mounts":{{json .Mounts}}}';
const mounted = z.object({ mounts: z.array(z.object({ Type: z.string(), Name: z.string().default(''), Destination: z.string() })).nullable() });

/**
 * What a container keeps in volumes that have no name of their own: `down` leaves such a volume behind, and the next container gets an empty one. Sentences.
 */
export async function unnamedVolumes(context: ActionContext, containers: readonly ComposeContainer[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { id, service } of containers) {
    for (const line of await readDocker(context, ['container', 'inspect', '--format', mountsFormat, id])) {
      for (const { Type, Name, Destination } of mounted.parse(JSON.parse(line)).mounts ?? []) {
        if (Type === 'volume' && /^[0-9a-f]{64}$/.test(Name)) found.push(`${service} begins with an empty ${Destination}: what is in it now lies in the unnamed volume ${Name.slice(0, 12)}, which stays behind`);
      }
    }
  }
  return found;
}

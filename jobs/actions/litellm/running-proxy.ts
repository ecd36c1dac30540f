import { z } from 'zod';
import type { ActionContext } from '../../../src/ports/action.js';
import { parsePairs } from '../compose/running-environment.js';
import { readDocker } from '../docker/docker-cli.js';

/** What a container of the proxy was started with. Its variables hold secrets: none goes into a fact, a receipt or a log. */
export interface RunningProxy {
  readonly name: string;
  readonly imageId: string;
  readonly environment: ReadonlyMap<string, string>;
  readonly command: readonly string[];
  readonly mounts: readonly { readonly source: string; readonly destination: string }[];
  readonly startedAt: number;
}

const format = '{"name":{{json .Name}},"image":{{json .Image}},"env":{{json .Config.Env}},"args":{{json .Args}},"mounts":{{json .Mounts}},"started":{{json .State.StartedAt}}}';
const inspected = z.object({
  name: z.string(),
  image: z.string(),
  env: z.array(z.string()).nullable(),
  args: z.array(z.string()).nullable(),
  mounts: z.array(z.object({ Type: z.string(), Source: z.string().default(''), Destination: z.string() })).nullable(),
  started: z.string(),
});

/** Secrets that planb knows come masked. */
export async function readRunningProxies(context: ActionContext, ids: readonly string[]): Promise<readonly RunningProxy[]> {
  if (ids.length === 0) return [];
  return (await readDocker(context, ['container', 'inspect', '--format', format, ...ids])).map((line) => {
    const { name, image, env, args, mounts, started } = inspected.parse(JSON.parse(line));
    return {
      name: name.replace(/^\//, ''),
      imageId: image,
      environment: parsePairs((env ?? []).map((pair) => context.mask(pair))),
      command: args ?? [],
      mounts: (mounts ?? []).flatMap(({ Type, Source, Destination }) => (Type === 'bind' ? [{ source: Source, destination: Destination }] : [])),
      startedAt: Date.parse(started),
    };
  });
}

const imageEnvironment = z.object({ env: z.array(z.string()).nullable() });

/** The variables that an image brings itself. */
export async function readImageEnvironment(context: ActionContext, id: string): Promise<ReadonlyMap<string, string>> {
  const [line = '{"env":null}'] = await readDocker(context, ['image', 'inspect', '--format', '{"env":{{json .Config.Env}}}', id]);
  return parsePairs(imageEnvironment.parse(JSON.parse(line)).env ?? []);
}

/** Containers of an image, stopped ones included, for a proxy that no compose file describes. */
export async function findContainers(context: ActionContext, image: string): Promise<readonly string[]> {
  return readDocker(context, ['ps', '--all', '--no-trunc', '--quiet', '--filter', `ancestor=${image}`]);
}

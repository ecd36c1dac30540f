import { z } from 'zod';
import type { ActionContext } from '../../../src/ports/action.js';
import type { ProgramOutcome } from '../../../src/ports/program.js';
import { ActionError } from '../action-error.js';
import { listContainers } from '../docker/containers.js';
import { docker, dockerVariables, lastOf } from '../docker/docker-cli.js';
import { onWorker } from './client-way.js';
import { findClient } from './find-client.js';

/** Another `pg_dump` than this machine's: that of an image, or of the image that a compose service runs. */
const network = z.string().min(1).optional();
export const clientInput = z.union([
  z.strictObject({ image: z.string().regex(/^[^-\s]\S*$/, 'expected an image such as postgres:17'), network }),
  z.strictObject({ compose: z.strictObject({ project: z.string().min(1), service: z.string().min(1) }), network }),
]);
export type ClientWish = z.output<typeof clientInput>;

/** A `pg_dump`, wherever it is. */
export interface DumpClient {
  readonly major: number;
  /** `15.14 (Debian 15.14-0+deb12u1)` */
  readonly version: string;
  /** What the plan shows in front of its options. */
  readonly command: readonly string[];
  /** Runs it with its options; `folder` gets the dump, `env` the password. Throws ActionError without an engine. */
  dump(options: readonly string[], how: { readonly folder: string; readonly env: Readonly<Record<string, string>>; readonly signal: AbortSignal; /** Of the way to the database, where it is a socket. */ readonly socketFolder?: string | undefined }): Promise<ProgramOutcome>;
  /** Takes away what a killed worker left running. */
  clear(): Promise<void>;
}

/** Where an image sees the dump's folder. */
const inside = '/dump';
/** It may have to be pulled first. */
const pullMs = 30 * 60_000;

/** `name`: of the container, one for all attempts of a step, so that the next one finds what the last one left. Throws ActionError `no-client`. */
export async function findDumpClient(context: ActionContext, wish: ClientWish | undefined, serverMajor: number, name: string): Promise<DumpClient> {
  if (wish !== undefined) return imageClient(context, wish, serverMajor, name);
  const { path, major, version } = await findClient(context, 'pg_dump', serverMajor);
  const here = onWorker(context);
  return {
    major, version, command: [path], clear: () => Promise.resolve(),
    dump: (options, { folder, env, signal }) => here.run({ argv: [path, ...options, `--file=${folder}`], env, signal }),
  };
}

async function imageClient(there: ActionContext, wish: ClientWish, serverMajor: number, name: string): Promise<DumpClient> {
  if (there.on !== undefined && 'compose' in wish) throw new ActionError('client-elsewhere', `the dump is taken on planb's machine, and ${wish.compose.service} of ${wish.compose.project} runs on ${there.on}; name its image: client: { image: … }`);
  const context = onWorker(there);
  const image = 'image' in wish ? wish.image : await imageOfService(context, wish.compose);
  const asked = await docker(context, ['run', '--rm', '--network', 'none', '--entrypoint', 'pg_dump', image, '--version'], { timeoutMs: pullMs });
  const version = /\(PostgreSQL\) ((\d+)\S*.*)/.exec(asked.stdout);
  if (!asked.ok || version === null) throw new ActionError('no-client', `${image} has no pg_dump that runs: ${lastOf(asked.output) || asked.summary}`);
  const major = Number(version[2]);
  if (major < serverMajor) throw new ActionError('no-client', `the server is PostgreSQL ${String(serverMajor)} and ${image} has pg_dump ${String(major)}; name an image of ${String(serverMajor)} or newer under client:`);
  const front = ['run', '--rm', '--init', '--name', name, '--network', wish.network ?? 'host', '--user', `${String(process.getuid?.() ?? 0)}:${String(process.getgid?.() ?? 0)}`];
  const clear = async (): Promise<void> => {
    // It fails where there is none, which is what is wanted.
    await docker(context, ['rm', '--force', name], { afterAbort: true });
  };
  return {
    major, version: (version[1] ?? '').trim(), clear,
    command: ['docker', ...front, '--env=PGPASSWORD', '--volume=./dump:/dump', '--entrypoint=pg_dump', image],
    dump: async (options, { folder, env, signal, socketFolder }) => {
      await clear();
      const variables = Object.keys(env).flatMap((variable) => ['--env', variable]);
      // Variables by name only: docker takes their values from its own environment, arguments are for everyone to read.
      const args = [...front, '--env', 'HOME=/tmp', ...variables, '--mount', bind(folder, inside), ...(socketFolder === undefined ? [] : ['--mount', bind(socketFolder, socketFolder)]), '--entrypoint', 'pg_dump', image, ...options, `--file=${inside}`];
      const outcome = await context.run({ argv: ['docker', ...args], env, signal, passEnv: dockerVariables });
      // Docker's client may end without its container: nothing may write into a folder that is being taken away.
      if (!outcome.ok) await clear();
      return outcome;
    },
  };
}

async function imageOfService(context: ActionContext, { project, service }: { readonly project: string; readonly service: string }): Promise<string> {
  const containers = await listContainers(context, project, [service]);
  const image = containers.find(({ status }) => status === 'running')?.imageId ?? containers[0]?.imageId;
  if (image === undefined) throw new ActionError('no-client', `the service ${service} of ${project} has no container whose image could be used`);
  return image;
}

/** The option is one line of CSV: what holds a comma or a quote is quoted. */
function bind(folder: string, target: string): string {
  const field = (text: string): string => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return `type=bind,${field(`source=${folder}`)},${field(`target=${target}`)}`;
}

import { posix } from 'node:path';
import { z } from 'zod';
import type { ActionContext } from '../../../src/ports/action.js';
import { HostError } from '../../../src/ports/host.js';
import type { RunningProxy } from './running-proxy.js';

/** The proxy's config.yaml on its machine, or why nobody can say where it is. */
export type FoundConfig = { readonly path: string; readonly text: string; readonly changedAt: number } | { readonly missing: string };

/** `given`, or the file that the running proxy was started with, where it lies on that machine. */
export async function findConfig({ files }: Pick<ActionContext, 'files'>, given: string | undefined, running: RunningProxy | undefined): Promise<FoundConfig> {
  const inside = running === undefined ? undefined : configArgument(running);
  if (given === undefined && running === undefined) return { missing: 'no container tells which config.yaml is used' };
  if (given === undefined && inside === undefined) return { missing: 'the proxy was started without a config.yaml' };
  const path = given ?? outside(inside ?? '', running?.mounts ?? []);
  if (path === undefined) return { missing: `${inside ?? ''} lies in the container only; name its source by config:` };
  try {
    const [text, found] = await Promise.all([files.readText(path), files.stat(path)]);
    if (text === undefined || found === undefined) return { missing: `${path} cannot be read (there is no such file)` };
    return { path, text, changedAt: found.modifiedAt };
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== 'file-refused') throw error;
    return { missing: `${path} cannot be read (${error.message})` };
  }
}

function configArgument({ command, environment }: RunningProxy): string | undefined {
  const words = command.flatMap((word) => (word.startsWith('--config=') ? ['--config', word.slice('--config='.length)] : [word]));
  const flag = words.findIndex((word) => word === '--config' || word === '-c');
  return (flag === -1 ? undefined : words[flag + 1]) ?? environment.get('CONFIG_FILE_PATH');
}

/** The nearest mount that the path lies in. Relative paths start in the image's own /app. */
function outside(inside: string, mounts: RunningProxy['mounts']): string | undefined {
  const path = posix.resolve('/app', inside);
  const [mount] = mounts.filter(({ destination }) => path === destination || path.startsWith(`${destination.replace(/\/$/, '')}/`)).sort((a, b) => b.destination.length - a.destination.length);
  return mount === undefined ? undefined : posix.join(mount.source, posix.relative(mount.destination, path));
}

const generalSettings = z.object({ general_settings: z.looseObject({ master_key: z.unknown(), disable_prisma_schema_update: z.unknown() }).nullish() });

/** What a config.yaml says that decides about a start. */
export interface StartSettings {
  /** `disable_prisma_schema_update`; whatever is not true forces the update, as LiteLLM reads it (litellm/proxy/db/prisma_client.py). */
  readonly disables?: boolean;
  /** The variable that the master key comes from. */
  readonly masterKey: string;
  /** The master key stands in the file itself. */
  readonly masterKeyInside: boolean;
}

export function startSettings(config: unknown): StartSettings {
  const general = generalSettings.safeParse(config).data?.general_settings;
  const key = general?.master_key;
  const disable = general?.disable_prisma_schema_update;
  const variable = typeof key === 'string' ? /^os\.environ\/(\w+)$/.exec(key)?.[1] : undefined;
  return {
    ...(disable === undefined || disable === null ? {} : { disables: disable === true || (typeof disable === 'string' && disable.trim().toLowerCase() === 'true') }),
    masterKey: variable ?? 'LITELLM_MASTER_KEY',
    masterKeyInside: typeof key === 'string' && variable === undefined,
  };
}

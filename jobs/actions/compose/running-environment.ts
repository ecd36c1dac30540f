import { z } from 'zod';
import type { ActionContext } from '../../../src/ports/action.js';
import { readDocker } from '../docker/docker-cli.js';

const format = '{"id":{{json .Id}},"env":{{json .Config.Env}}}';
const inspected = z.object({ id: z.string(), env: z.array(z.string()).nullable() });

/**
 * The variables that containers were started with, by container id. They hold the service's secrets: nothing of them goes into a fact, a receipt or a log. Secrets that planb
 * knows come masked, so compare with `context.mask(value)`.
 */
export async function readRunningEnvironments(context: ActionContext, ids: readonly string[]): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  if (ids.length === 0) return new Map();
  const lines = await readDocker(context, ['container', 'inspect', '--format', format, ...ids]);
  return new Map(lines.map((line) => {
    const { id, env } = inspected.parse(JSON.parse(line));
    // Once more: docker's JSON escapes characters that the masker looks for as they are.
    return [id, parsePairs((env ?? []).map((pair) => context.mask(pair)))];
  }));
}

/** `NAME=value`, as containers and images list them. */
export function parsePairs(pairs: readonly string[]): ReadonlyMap<string, string> {
  return new Map(pairs.map((pair) => {
    const equals = pair.indexOf('=');
    return equals === -1 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
  }));
}

/** The names of the wanted variables that some container does not have, or has with another value. */
export async function wrongVariables(context: ActionContext, ids: readonly string[], wanted: Readonly<Record<string, string>>): Promise<readonly string[]> {
  if (Object.keys(wanted).length === 0) return [];
  const running = await readRunningEnvironments(context, ids);
  return Object.entries(wanted).flatMap(([name, value]) => ([...running.values()].every((variables) => variables.get(name) === context.mask(value)) ? [] : [name]));
}

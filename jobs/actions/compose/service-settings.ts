import { parseDocument } from 'yaml';
import { z } from 'zod';
import type { ActionContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import { dockerVariables, lastOf } from '../docker/docker-cli.js';
import { configArguments, findCompose } from './compose-command.js';
import type { ComposeProject } from './project.js';

/** What a service's next start takes from the user's own files. */
export interface ServiceSettings {
  readonly environment: ReadonlyMap<string, string>;
  /** The words of `command:`; empty: the image's own. */
  readonly command: readonly string[];
}

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const word = scalar.transform((value) => plain(String(value)));
const shown = z.object({
  services: z.record(z.string(), z.object({
    environment: z.union([z.record(z.string(), scalar.nullable()), z.array(z.string()).transform(pairs)]).nullish(),
    command: z.union([z.array(word), word.transform((text) => text.split(/\s+/))]).nullish(),
  })),
});

/**
 * Asks compose itself (`config`), so that `env_file`, anchors, several files and `.env` mean what they will mean at the next start. Secrets that planb knows come masked.
 * Throws ActionError `compose-failed`, `no-such-service`.
 */
export async function readSettings(context: ActionContext, project: ComposeProject, service: string): Promise<ServiceSettings> {
  const argv = configArguments(await findCompose(context), project);
  const outcome = await context.run({ argv, cwd: project.folder, passEnv: dockerVariables, timeoutMs: 60_000, maxOutputBytes: 8 * 1024 * 1024 }, { quiet: true });
  context.signal.throwIfAborted();
  if (!outcome.ok || outcome.droppedBytes > 0) throw new ActionError('compose-failed', `${argv[0]} config: ${lastOf(outcome.output) || outcome.summary}`);
  const document = parseDocument(outcome.stdout.replaceAll('***', mark));
  const parsed = shown.safeParse(document.errors.length > 0 ? undefined : document.toJS());
  if (!parsed.success) throw new ActionError('compose-failed', `${argv[0]} config of ${project.folder} is not understood`);
  const found = parsed.data.services[service];
  if (found === undefined) throw new ActionError('no-such-service', `the compose files of ${project.folder} have no service "${service}"`);
  // Without a value: taken from the shell, and planb's has none of them.
  const environment = Object.entries(found.environment ?? {}).flatMap(([name, value]) => (value === null ? [] : [[name, plain(String(value))] as const]));
  return { environment: new Map(environment), command: found.command ?? [] };
}

/** Stands for the asterisks of masked secrets, which are an alias to YAML where a value begins with them. */
const mark = '\uE000';

/** `config` doubles dollars, so that its output is a compose file again. */
function plain(text: string): string {
  return text.replaceAll('$$', '$').replaceAll(mark, '***');
}

function pairs(lines: readonly string[]): Record<string, string | null> {
  return Object.fromEntries(lines.map((line) => {
    const [name = '', ...rest] = line.split('=');
    return [name, line.includes('=') ? rest.join('=') : null];
  }));
}

import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { StepContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import type { ComposeContainer } from '../docker/containers.js';
import { docker, readDocker } from '../docker/docker-cli.js';
import { readOverrideText } from './override.js';

/** Everything but the environment, which holds the service's secrets: of it only the names. */
const inspectFormat =
  '{"Id":{{json .Id}},"Name":{{json .Name}},"Created":{{json .Created}},"Image":{{json .Image}},"State":{{json .State}},"RestartCount":{{json .RestartCount}},' +
  '"Path":{{json .Path}},"Args":{{json .Args}},"Config":{"Image":{{json .Config.Image}},"Labels":{{json .Config.Labels}},"EnvNames":[{{range $i, $e := .Config.Env}}{{if $i}},{{end}}{{json (index (split $e "=") 0)}}{{end}}]},' +
  '"Mounts":{{json .Mounts}},"HostConfig":{{json .HostConfig}},"NetworkSettings":{{json .NetworkSettings}}}';
const maxLines = '50000';

/** Keeps planb's override as it is in the run's folder, not in the record: it may hold a service's secrets. Returns where; null: there is none. */
export async function keepOverride(context: StepContext, project: string): Promise<string | null> {
  const text = await readOverrideText(context.files, project);
  if (text === undefined) return null;
  const folder = join(await context.runFolder(), 'replaced', context.step);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `override-${context.attemptId.split('/').at(-1) ?? ''}.yaml`);
  await writeFile(path, text, { mode: 0o600 });
  return path;
}

/** Keeps log and inspection of containers that are about to be replaced (rule 9) in the run's folder; returns where. */
export async function saveReplaced(context: StepContext, containers: readonly ComposeContainer[]): Promise<string | undefined> {
  if (containers.length === 0) return undefined;
  const folder = join(await context.runFolder(), 'replaced', context.step);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const container of containers) {
    const base = join(folder, `${container.name}-${container.id.slice(0, 12)}`);
    const [inspection = ''] = await readDocker(context, ['container', 'inspect', '--format', inspectFormat, container.id]);
    await writeFile(`${base}.json`, `${inspection}\n`);
    const log = createWriteStream(`${base}.log`);
    // Listening from the beginning: a full disk must end the step, not the worker.
    const written = finished(log).then(() => undefined, (error: unknown) => (error instanceof Error ? error : new Error('the stream broke', { cause: error })));
    const outcome = await docker(context, ['logs', '--timestamps', '--tail', maxLines, container.id], { onLine: ({ text }) => { log.write(`${text}\n`); }, timeoutMs: 120_000 });
    log.end();
    const failure = await written;
    if (failure !== undefined) throw new ActionError('log-not-saved', `the log of ${container.name} cannot be saved before it is replaced: ${failure.message}`, { cause: failure });
    if (!outcome.ok) throw new ActionError('log-not-saved', `the log of ${container.name} cannot be saved before it is replaced: ${outcome.summary}`, { retryable: true });
  }
  return folder;
}

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StepContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import type { Cluster } from './cluster-input.js';
import { kubectl, readHelm } from './cluster-programs.js';
import { explainFailure } from './explain-failure.js';
import { hideSecrets } from './hide-secrets.js';
import { type ManifestWorkload } from './manifest.js';
import { readPods } from './pods.js';

const maxLines = 50_000;

/** Keeps manifest, values, history and the pods' logs of a release in the run's folder before it is replaced (rule 9), secrets hidden; returns where. Throws ActionError. */
export async function saveRelease(context: StepContext, cluster: Cluster, release: string, workloads: readonly ManifestWorkload[]): Promise<string> {
  const folder = await replacedFolder(context);
  const read = (args: readonly string[]): Promise<string> => readHelm(context, cluster, args);
  const [manifest, values, history] = await Promise.all([read(['get', 'manifest', release]), read(['get', 'values', release, '--all', '--output', 'yaml']), read(['history', release, '--max', '256', '--output', 'yaml'])]);
  const files: readonly (readonly [string, string])[] = [['manifest.yaml', hideSecrets(manifest)], ['values.yaml', hideSecrets(values)], ['history.yaml', history]];
  for (const [name, text] of files) await writeFile(join(folder, name), context.mask(text), { mode: 0o600 });
  for (const { labels } of workloads) await savePodLogs(context, cluster, labels, folder);
  return folder;
}

export async function replacedFolder(context: StepContext): Promise<string> {
  const folder = join(await context.runFolder(), 'replaced', context.step);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** Keeps the logs of pods, of every container, of the crashed ones before them too. Throws ActionError `log-not-saved`. */
export async function savePodLogs(context: StepContext, cluster: Cluster, labels: Readonly<Record<string, string>>, folder: string): Promise<void> {
  for (const { metadata, status } of await readPods(context, cluster, labels)) {
    for (const { name, restartCount, state } of status.containerStatuses) {
      const args = ['logs', metadata.name, '--container', name, '--timestamps', `--tail=${maxLines}`];
      const base = join(folder, `${metadata.name}-${name}`);
      if (restartCount > 0) {
        const crashed = await kubectl(context, cluster, [...args, '--previous'], { timeoutMs: 120_000 });
        if (crashed.ok) await writeFile(`${base}.previous.log`, crashed.stdout, { mode: 0o600 });
      }
      // A container that never started has no log.
      if (state.waiting !== undefined && restartCount === 0) continue;
      const outcome = await kubectl(context, cluster, args, { timeoutMs: 120_000 });
      if (outcome.ok) await writeFile(`${base}.log`, outcome.stdout, { mode: 0o600 });
      else if (state.waiting === undefined && !/NotFound|not found/.test(outcome.output)) {
        const { message, retryable } = explainFailure('kubectl', outcome);
        throw new ActionError('log-not-saved', `the log of ${metadata.name} cannot be saved before it is replaced: ${message}`, { retryable });
      }
    }
  }
}

import { chmod, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { tempFolder } from './temp-folder.js';

/** A container of the stand-in engine. */
export interface StandInContainer {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly env: readonly string[];
  readonly log: string;
}

const script = `#!/bin/sh
for last; do :; done
case "$1 $2" in
  "ps --all") cat "$STATE/ps" ;;
  "container inspect")
    case "$4" in
      '{"env":'*) cat "$STATE/env-$last" ;;
      *) shift 4; for id; do cat "$STATE/inspect-$id"; done ;;
    esac ;;
  "logs --timestamps") cat "$STATE/log-$last" ;;
  *) echo "unexpected: $*" >&2; exit 9 ;;
esac
`;

/** A program that answers as docker does for these containers; without a log file it fails for that container. */
export async function collectDocker(containers: readonly StandInContainer[]): Promise<string> {
  const state = await tempFolder('planb-docker');
  const line = (value: object): string => `${JSON.stringify(value)}\n`;
  await writeFile(join(state, 'ps'), containers.map(({ id, project }) => line({ id, folder: project, service: 'app', oneOff: 'False' })).join(''));
  for (const { id, name, env, log } of containers) {
    const status = { Status: 'running', ExitCode: 0, StartedAt: '2026-01-01T00:00:00Z' };
    await writeFile(join(state, `inspect-${id}`), line({ id, name: `/${name}`, image: 'sha256:1', imageName: 'app:1', created: '2026-01-01T00:00:00Z', restarts: 0, state: status, labels: { 'com.docker.compose.service': 'app' } }));
    await writeFile(join(state, `env-${id}`), line({ env }));
    await writeFile(join(state, `log-${id}`), log);
  }
  await writeFile(join(state, 'docker'), script.replaceAll('$STATE', state));
  await chmod(join(state, 'docker'), 0o755);
  const path = process.env['PATH'] ?? '';
  process.env['PATH'] = `${state}${delimiter}${path}`;
  onTestFinished(() => { process.env['PATH'] = path; });
  return state;
}

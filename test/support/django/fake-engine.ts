import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { onTestFinished } from 'vitest';

import { tempFolder } from '../temp-folder.js';
import { type DjangoRelease, python } from './project.js';

/**
 * A program that answers as docker does for one project with the services `api` and `worker`, whose images are folders with a release: what docker would run in a container runs there for real, with
 * the variables that a container would have.
 */
const script = `#!/bin/sh
printf '%s\\n' "$*" >> "$STATE/calls"
id_of() { case "$1" in sha256:*) echo "$1" ;; *) cat "$STATE/tags/$(printf %s "$1" | tr '/:' '__')" 2>/dev/null ;; esac; }
enter() { cd "$STATE/images/$1" || exit 8; }
case "$1 $2" in
  "compose version") echo 2.40.0 ;;
  "compose --"*)
    while [ "$1" != manage.py ]; do service=$1; shift; done
    [ "$service" = api ] || exit 7
    enter "$(id_of "$(sed -n 's/^ *image: *//p' "$PROJECT/compose.yaml" | head -1)")"
    . "$STATE/environment"
    exec ${python} "$@" ;;
  "run --rm"|"run --label")
    case "$*" in *" manage.py "*)
      while [ "$2" != manage.py ]; do shift; done
      enter "$1"
      shift
      exec ${python} "$@" ;;
    esac
    for last; do image=$before; before=$last; done
    case "$*" in *"--network none"*) ;; *) exit 6 ;; esac
    enter "$image"
    exec ${python} - ;;
  "ps --all") cat "$STATE/containers" ;;
  "ps --quiet") cat "$STATE/leftovers" 2>/dev/null; exit 0 ;;
  "wait "*) rm "$STATE/leftovers"; echo 0 ;;
  "container inspect")
    shift 4
    for id; do printf '{"id":"%s","name":"/%s","image":"%s","imageName":"flags:1.1.0","created":"2026-01-01T00:00:00Z","restarts":0,"state":{"Status":"%s","ExitCode":0,"StartedAt":"2026-01-01T00:00:00Z"},"labels":{"com.docker.compose.service":"%s","com.docker.compose.project":"flags"}}\\n' "$id" "$id" "$(cat "$STATE/running")" "$(cat "$STATE/status-$id")" "$id"; done ;;
  "image inspect") for last; do :; done; id=$(id_of "$last"); [ -n "$id" ] || { echo "Error: No such image: $last" >&2; exit 1; }; printf '{"id":"%s","tags":[],"digests":[]}\\n' "$id" ;;
  *) echo "unexpected: $*" >&2; exit 9 ;;
esac
`;

export interface FakeEngine {
  readonly project: string;
  readonly state: string;
  /** `exited`, `running`, …: of a service's container. */
  status(service: 'api' | 'worker', status: string): Promise<void>;
  set(file: string, text: string): Promise<void>;
  calls(): Promise<readonly string[]>;
}

/** `flags:1.0.0` and `flags:1.1.0` are on the engine; the project names 1.1.0, which runs in both services. */
export async function fakeEngine(older: DjangoRelease, newer: DjangoRelease): Promise<FakeEngine> {
  const [project, state] = [await tempFolder('planb-flags'), await tempFolder('planb-engine')];
  await mkdir(join(state, 'images'));
  await mkdir(join(state, 'tags'));
  for (const [version, release] of [['1.0.0', older], ['1.1.0', newer]] as const) {
    const id = `sha256:${version.replaceAll('.', '').padEnd(64, '0')}`;
    await writeFile(join(state, 'tags', `flags_${version}`), id);
    await symlink(release.folder, join(state, 'images', id));
    if (version === '1.1.0') await writeFile(join(state, 'running'), id);
  }
  await writeFile(join(state, 'environment'), Object.entries(newer.env).map(([name, value]) => `export ${name}='${value}'\n`).join(''));
  await writeFile(join(project, 'compose.yaml'), 'services:\n  api:\n    image: flags:1.1.0\n  worker:\n    image: flags:1.1.0\n');
  await writeFile(join(state, 'containers'), ['api', 'worker'].map((service) => `${JSON.stringify({ id: service, folder: project, service, oneOff: 'False' })}\n`).join(''));
  await writeFile(join(state, 'docker'), script.replaceAll('$STATE', state).replaceAll('$PROJECT', project), { mode: 0o755 });
  const path = process.env['PATH'] ?? '';
  process.env['PATH'] = `${state}${delimiter}${path}`;
  onTestFinished(() => { process.env['PATH'] = path; });
  const status = (service: string, text: string): Promise<void> => writeFile(join(state, `status-${service}`), text);
  await status('api', 'running');
  await status('worker', 'running');
  return {
    project, state, status,
    set: (file, text) => writeFile(join(state, file), text),
    calls: async () => (await readFile(join(state, 'calls'), 'utf8').catch(() => '')).split('\n').filter((line) => line !== ''),
  };
}

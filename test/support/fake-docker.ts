import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

import { tempFolder } from './temp-folder.js';

/**
 * A program that answers as docker does for one project with one service `app` of the repository `repo/app`. It keeps its state in files, so a test can set
 * what runs and look at what was asked. `up` runs what planb's override says, in another container where image or variables change. `own-environment` holds JSON texts
 * `"NAME=value"`, a line each, that the user's own files give; `config` answers with the state file of that name, else with the compose file.
 */
const script = `#!/bin/sh
printf '%s\\n' "$*" >> "$STATE/calls"
for last; do :; done
image_of() { cat "$STATE/images/$(printf %s "$1" | tr '/:@' '___')" 2>/dev/null; }
case "$1 $2" in
  "compose version") [ -e "$STATE/no-plugin" ] && exit 1; echo 2.40.0 ;;
  "compose --"*)
    if [ "$last" = config ]; then cat "$STATE/config" 2>/dev/null || cat "$PROJECT/compose.yaml"; exit 0; fi
    if [ -e "$STATE/up-fails" ]; then cat "$STATE/up-fails" >&2; exit 1; fi
    before="$(cat "$STATE/running" "$STATE/environment" 2>/dev/null)"
    image_of "$(sed -n 's/^ *image: *//p' "$PROJECT/.planb.override.yaml")" > "$STATE/running"
    sed -n 's/^      \\([A-Za-z_]*\\): "\\{0,1\\}\\([^"]*\\)"\\{0,1\\}$/"\\1=\\2"/p' "$PROJECT/.planb.override.yaml" | sed 's/\\$\\$/$/g' | paste -sd, - > "$STATE/environment"
    [ "$before" = "$(cat "$STATE/running" "$STATE/environment")" ] || echo "c$(( $(cut -c2- "$STATE/container") + 1 ))" > "$STATE/container"
    echo "Container proj-app-1 Started" >&2 ;;
  "ps --all")
    case "$*" in *ancestor=*) cat "$STATE/container"; exit 0 ;; esac
    case "$*" in *label=planb.reader*)
      for file in "$STATE"/containers/*; do [ -e "$file" ] && sed -n 's/^ps //p' "$file"; done
      exit 0 ;; esac
    [ -s "$STATE/running" ] && printf '{"id":"%s","folder":"%s","service":"app","oneOff":"False"}\\n' "$(cat "$STATE/container")" "$JSON_PROJECT"; exit 0 ;;
  "container inspect")
    if [ -e "$STATE/vanished" ]; then echo "Error: No such container: c1" >&2; exit 1; fi
    env=$(cat "$STATE/own-environment" "$STATE/environment" 2>/dev/null | grep . | paste -sd, -)
    printf '{"id":"%s","name":"/proj-app-1","env":[%s],"args":%s,"mounts":%s,"started":"2026-01-01T00:00:00Z","image":"%s","imageName":"repo/app","created":"2026-01-01T00:00:00Z","restarts":0,"state":{"Status":"running","ExitCode":0,"StartedAt":"2026-01-01T00:00:00Z"},"labels":{"com.docker.compose.service":"app","com.docker.compose.project":"proj","com.docker.compose.project.config_files":"%s"}}\\n' "$(cat "$STATE/container")" "$env" "$(cat "$STATE/arguments")" "$(cat "$STATE/mounts")" "$(cat "$STATE/running")" "$JSON_PROJECT/compose.yaml" ;;
  "image inspect") id=$(image_of "$last"); if [ -z "$id" ]; then echo "Error: No such image: $last" >&2; exit 1; fi; printf '{"id":"%s","tags":[],"digests":[],"env":[]}\\n' "$id" ;;
  "image ls") cat "$STATE/tags" ;;
  "pull "*)
    trap 'echo "pull ended" >> "$STATE/calls"; exit 1' TERM
    name=$(printf %s "$2" | tr '/:@' '___')
    if [ ! -e "$STATE/registry/$name" ]; then echo "Error response from daemon: manifest for $2 not found" >&2; exit 1; fi
    for layer in a1 b2 c3; do echo "$layer: Pulling fs layer"; done
    for layer in a1 b2 c3; do echo "$layer: Pull complete"; done
    while [ -e "$STATE/slow-pull" ]; do sleep 0.05; done
    cp "$STATE/registry/$name" "$STATE/images/$name" ;;
  "create "*)
    while [ $# -gt 2 ]; do
      case "$1" in --name) name=$2 ;; esac
      case "$2" in planb.reader=*) reader=\${2#*=} ;; planb.until=*) until=\${2#*=} ;; esac
      shift
    done
    id=$(image_of "$1")
    if [ -z "$id" ]; then echo "Error: No such image: $1" >&2; exit 1; fi
    printf 'root %s\nps {"id":"%s","reader":"%s","until":"%s"}\n' "$STATE/rootfs/$(printf %s "$id" | tr '/:@' '___')" "$name" "$reader" "$until" > "$STATE/containers/$name"
    echo "$name" ;;
  "cp "*|"export "*)
    if [ -e "$STATE/reading-fails" ]; then cat "$STATE/reading-fails" >&2; exit 1; fi
    while [ -e "$STATE/slow-reading" ]; do sleep 0.05; done
    container=\${2%%:*}
    if [ ! -e "$STATE/containers/$container" ]; then echo "Error: No such container: $container" >&2; exit 1; fi
    root=$(sed -n 's/^root //p' "$STATE/containers/$container")
    if [ "$1" = export ]; then tar --format=pax -C "$root" -cf - . ; exit; fi
    path=$root\${2#*:}
    if [ ! -e "$path" ] && [ ! -L "$path" ]; then echo "Error: No such container:path: $2" >&2; exit 1; fi
    tar --format=pax -C "$(dirname "$path")" -cf - "$(basename "$path")" | if [ -e "$STATE/cut" ]; then head -c 1500; else cat; fi ;;
  "rm --force")
    if [ -e "$STATE/rm-fails" ]; then echo "Error: it is busy" >&2; exit 1; fi
    rm -f "$STATE/containers/$last" ;;
  "logs "*) echo "a line of the log" ;;
  *) echo "unexpected: $*" >&2; exit 9 ;;
esac
`;

export interface FakeDocker {
  /** The compose project's folder. */
  readonly project: string;
  /** Where the state is. */
  readonly state: string;
  /** What the container runs now. */
  run(image: string): Promise<void>;
  running(): Promise<string>;
  /** Writes or, without a text, removes a state file. */
  set(file: string, text?: string): Promise<void>;
  calls(): Promise<readonly string[]>;
  /** The folder that is the file system of a version's image. */
  rootfs(version: string): string;
  /** Puts files into a version's image, by absolute path. */
  fill(version: string, files: Readonly<Record<string, string>>): Promise<void>;
  /** Containers that were created to read files and are still there. */
  containers(): Promise<readonly string[]>;
}

/** Images of the versions 1.0.0 and 1.1.0 are on the engine, 0.9.0 in the registry only; 1.1.0 runs, and the project's file names it. */
export async function fakeDocker(projectName = 'planb-project'): Promise<FakeDocker> {
  const project = await tempFolder(projectName);
  const state = await tempFolder('planb-docker');
  const name = (reference: string): string => reference.replaceAll(/[/:@]/g, '_');
  await mkdir(join(state, 'images'));
  await mkdir(join(state, 'registry'));
  await mkdir(join(state, 'containers'));
  const rootfs = (version: string): string => join(state, 'rootfs', name(imageId(version)));
  for (const version of ['1.0.0', '1.1.0', '0.9.0']) await mkdir(rootfs(version), { recursive: true });
  for (const [folder, version] of [['images', '1.0.0'], ['images', '1.1.0'], ['registry', '0.9.0']] as const) {
    const id = imageId(version);
    await writeFile(join(state, folder, name(`repo/app:${version}`)), id);
    await writeFile(join(state, 'images', name(id)), id);
  }
  await writeFile(join(state, 'tags'), ['1.1.0', '1.0.0'].map((tag) => `${JSON.stringify({ tag, digest: '<none>', id: imageId(tag), created: '2026-01-01 00:00:00 +0000 UTC' })}\n`).join(''));
  await writeFile(join(state, 'running'), imageId('1.1.0'));
  await writeFile(join(state, 'container'), 'c1');
  await writeFile(join(state, 'arguments'), '[]');
  await writeFile(join(state, 'mounts'), '[]');
  await writeFile(join(project, 'compose.yaml'), 'services:\n  app:\n    image: repo/app:1.1.0\n');
  const quoted = (path: string): string => path.replaceAll(/["$`\\]/g, '\\$&');
  const text = script.replaceAll('$STATE', state).replaceAll('$PROJECT', () => quoted(project)).replaceAll('$JSON_PROJECT', () => quoted(JSON.stringify(project).slice(1, -1)));
  await writeFile(join(state, 'docker'), text, { mode: 0o755 });
  await writeFile(join(state, 'docker-compose'), `#!/bin/sh\nexec "${state}/docker" compose "$@"\n`, { mode: 0o755 });
  const path = process.env['PATH'] ?? '';
  process.env['PATH'] = `${state}${delimiter}${path}`;
  onTestFinished(() => { process.env['PATH'] = path; });
  return {
    project, state,
    run: (image) => writeFile(join(state, 'running'), image),
    running: () => readFile(join(state, 'running'), 'utf8'),
    set: (file, content) => (content === undefined ? rm(join(state, file), { force: true }) : writeFile(join(state, file), content)),
    calls: async () => (await readFile(join(state, 'calls'), 'utf8').catch(() => '')).split('\n').filter((line) => line !== ''),
    rootfs,
    fill: async (version, files) => {
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(rootfs(version), path)), { recursive: true });
        await writeFile(join(rootfs(version), path), content);
      }
    },
    containers: () => readdir(join(state, 'containers')),
  };
}

/** The id of a version's image. */
export function imageId(version: string): string {
  return `sha256:${version.replaceAll('.', '').padEnd(64, '0')}`;
}

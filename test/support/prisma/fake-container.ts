import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { onTestFinished } from 'vitest';

import { tempFolder } from '../temp-folder.js';
import { type PrismaRelease, prismaProgram } from './release.js';

/** A program that answers as docker does for one-off containers: `run` is the real Prisma in the release's folder, with the variables that were handed over by name and no others. */
const script = `#!/bin/sh
printf '%s\\n' "$*" >> "$STATE/calls"
case "$1" in
  ps) cat "$STATE/left" 2>/dev/null; exit 0 ;;
  rm) rm -f "$STATE/left"; exit 0 ;;
  compose) if [ "$2" = version ]; then echo 2.40.0; exit 0; fi; while [ "$1" != run ]; do shift; done ;;
esac
[ "$1" = run ] || { echo "unexpected: $*" >&2; exit 9; }
shift
unset URL
while [ $# -gt 0 ]; do
  case "$1" in
    --rm|--no-deps|-T) shift ;;
    --env|-e) [ "$2" = DATABASE_URL ] && URL=$DATABASE_URL; shift 2 ;;
    --*) shift 2 ;;
    *) break ;;
  esac
done
shift
if [ -e "$STATE/hangs" ]; then echo c1 > "$STATE/left"; touch "$STATE/begun"; exec sleep 600; fi
cd "$RELEASE" && DATABASE_URL=\${URL:-$OWN_URL} exec "$@"
`;

export interface FakeContainers {
  /** Before what the step names: it takes the place of the image's prisma. */
  readonly entrypoint: readonly string[];
  readonly project: string;
  calls(): Promise<readonly string[]>;
  /** Whether the next container never ends. */
  hang(yes: boolean): Promise<void>;
  begun(): Promise<boolean>;
  left(): Promise<boolean>;
}

/** `ownUrl`: the DATABASE_URL that the Compose service has of its own. */
export async function fakeContainers(release: PrismaRelease, ownUrl: string): Promise<FakeContainers> {
  const state = await tempFolder('planb-containers');
  const project = join(state, 'project');
  await mkdir(project);
  await writeFile(join(project, 'compose.yaml'), 'services:\n  app:\n    image: repo/app:1\n');
  const text = script.replaceAll('$STATE', state).replaceAll('$RELEASE', release.folder).replaceAll('$OWN_URL', ownUrl);
  // The entrypoint's first word stands among the options; the rest follows the image.
  await writeFile(join(state, 'docker'), text.replace('exec "$@"\n', `exec ${JSON.stringify(prismaProgram[0])} "$@"\n`), { mode: 0o755 });
  const path = process.env['PATH'] ?? '';
  process.env['PATH'] = `${state}${delimiter}${path}`;
  onTestFinished(() => { process.env['PATH'] = path; });
  const there = (file: string): Promise<boolean> => readFile(join(state, file)).then(() => true, () => false);
  return {
    entrypoint: prismaProgram,
    project,
    calls: async () => (await readFile(join(state, 'calls'), 'utf8').catch(() => '')).split('\n').filter((line) => line !== ''),
    hang: (yes) => (yes ? writeFile(join(state, 'hangs'), '') : rm(join(state, 'hangs'), { force: true })),
    begun: () => there('begun'),
    left: () => there('left'),
  };
}

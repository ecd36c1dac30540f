import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { composeReleaseAction } from '../../../jobs/actions/compose-release.js';
import { tempFolder } from '../../support/temp-folder.js';
import { stepContext } from './step-context.js';

/**
 * `docker compose` (v2) by its arguments only: Debian 12 has no v2, so a program that answers as docker does stands in for it. test/e2e has the real engine with v1.
 * It tells what runs by a file that `up` rewrites.
 */
const fakeDocker = `#!/bin/sh
printf '%s\\n' "$*" >> "$STATE/calls"
case "$1 $2" in
  "compose version") echo 2.40.0 ;;
  "compose --project-name") cp "$STATE/wanted" "$STATE/running"; echo "Container proj-app-1 Started" >&2 ;;
  "ps --all") echo '{"id":"c1","folder":"'"$PROJECT"'","service":"app","oneOff":"False"}' ;;
  "container inspect") printf '{"id":"c1","name":"/proj-app-1","image":"%s","imageName":"repo/app:1.1.0","created":"2026-01-01T00:00:00Z","restarts":0,"state":{"Status":"running","ExitCode":0,"StartedAt":"2026-01-01T00:00:00Z"},"labels":{"com.docker.compose.service":"app","com.docker.compose.project":"proj","com.docker.compose.project.config_files":"%s"}}\\n' "$(cat "$STATE/running")" "$PROJECT/compose.yaml" ;;
  "image inspect") printf '{"id":"%s","tags":["repo/app:1.0.0"],"digests":["repo/app@sha256:dddd"]}\\n' "$(cat "$STATE/wanted")" ;;
  *) echo "unexpected: $*" >&2; exit 9 ;;
esac
`;

const path = process.env['PATH'];
let project: string;
let bin: string;

beforeEach(async () => {
  project = await tempFolder('planb-v2');
  bin = await tempFolder('planb-bin');
  await writeFile(join(project, 'compose.yaml'), 'services:\n  app:\n    image: repo/app:1.1.0\n');
  await writeFile(join(bin, 'docker'), fakeDocker.replaceAll('$STATE', bin).replaceAll('$PROJECT', project), { mode: 0o755 });
  await writeFile(join(bin, 'running'), 'sha256:bad');
  await writeFile(join(bin, 'wanted'), 'sha256:good');
  process.env['PATH'] = `${bin}:${path ?? ''}`;
});
afterEach(() => {
  process.env['PATH'] = path;
});

describe('compose.release with docker compose v2', () => {
  it('gives it the same project and files, its own file last, and pins the digest that the registry gave', async () => {
    const { context } = await stepContext();
    const input = composeReleaseAction.input.parse({ project, services: ['app'], image: '1.0.0' });
    const facts = (await composeReleaseAction.inspect?.(context, input)) ?? [];
    const { commands, todo } = composeReleaseAction.describe(input, { facts });
    const up = `docker compose --project-name proj --project-directory ${project} -f ${project}/compose.yaml -f ${project}/.planb.override.yaml up -d --no-deps --no-build app`;
    expect(commands.at(-1)).toBe(up);
    expect(todo).toEqual([`${project}/compose.yaml:3 still names repo/app:1.1.0; change it to repo/app:1.0.0`]);

    const result = await composeReleaseAction.execute({ ...context, facts }, input);
    expect(result).toMatchObject({ ok: true, receipt: { services: { app: { id: 'sha256:good', before: 'sha256:bad', digest: 'sha256:dddd' } } } });
    expect((await readFile(join(bin, 'calls'), 'utf8')).split('\n')).toContain(up.replace('docker ', ''));
    expect(await readFile(join(project, '.planb.override.yaml'), 'utf8')).toContain('image: repo/app@sha256:dddd');
  });

  it('says what compose said when it fails', async () => {
    const { context } = await stepContext();
    await writeFile(join(bin, 'docker'), fakeDocker.replaceAll('$STATE', bin).replaceAll('$PROJECT', project).replace(/"compose --project-name"\).*/, '"compose --project-name") echo "Error: no space left on device" >&2; exit 1 ;;'), { mode: 0o755 });
    const input = composeReleaseAction.input.parse({ project, services: ['app'], image: '1.0.0' });
    expect(await composeReleaseAction.execute(context, input)).toMatchObject({ ok: false, error: { code: 'compose-failed', message: 'Error: no space left on device' } });
  });
});

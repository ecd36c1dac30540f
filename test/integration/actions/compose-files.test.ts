import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { localFiles } from '../../../adapters/files/local-files.js';
import { readOverride, renderOverride, writeOverride } from '../../../jobs/actions/compose/override.js';
import { readProject } from '../../../jobs/actions/compose/project.js';
import { fileToChange } from '../../../jobs/actions/compose/state.js';
import type { ComposeContainer } from '../../../jobs/actions/docker/containers.js';
import { tempFolder } from '../../support/temp-folder.js';

async function project(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await tempFolder('planb-compose');
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

const container = (configFiles: readonly string[]): ComposeContainer => ({
  id: '1', name: 'p_app_1', service: 'app', project: 'p', configFiles, imageId: 'sha256:1', imageName: 'app:1', createdAt: 1, startedAt: 1, status: 'running', exitCode: 0, restarts: 0,
});

describe('a compose project\'s own files', () => {
  it('are those that the containers were started from, without planb\'s', async () => {
    const folder = await project({ 'a.yml': 'services: {app: {image: "x:1"}}', 'sub/b.yml': 'services: {app: {image: "x:2"}}', 'docker-compose.yml': 'services: {}' });
    const read = await readProject(localFiles, folder, [container(['a.yml', join(folder, 'sub/b.yml'), join(folder, '.planb.override.yaml')])]);
    expect(read).toMatchObject({ files: ['a.yml', 'sub/b.yml'], name: 'p' });
    expect(read.images.get('app')).toMatchObject({ image: 'x:2', file: 'sub/b.yml', line: 1 });
  });

  it('are else those of COMPOSE_FILE, else the default names with their override', async () => {
    const listed = await project({ '.env': 'COMPOSE_FILE=one.yml:two.yml\nCOMPOSE_PROJECT_NAME=mine\n', 'one.yml': 'services: {}', 'two.yml': 'services: {}', 'docker-compose.yml': 'services: {}' });
    expect(await readProject(localFiles, listed, [])).toMatchObject({ files: ['one.yml', 'two.yml'], name: 'mine' });
    const plain = await project({ 'docker-compose.yml': 'version: "3.8"\nservices: {}', 'docker-compose.override.yml': 'services: {}' });
    expect(await readProject(localFiles, plain, [])).toMatchObject({ files: ['docker-compose.yml', 'docker-compose.override.yml'], version: '3.8' });
    await expect(readProject(localFiles, await tempFolder(), [])).rejects.toMatchObject({ code: 'no-compose-file' });
  });

  it('name the line of a service\'s image, anchors and merges included', async () => {
    const folder = await project({
      'compose.yaml': 'x-base: &base\n  restart: always\n  image: repo/app:1.1.0\nservices:\n  api:\n    <<: *base\n  worker:\n    image: "repo/worker:1.1.0"\n  built:\n    build: .\n',
    });
    const { images } = await readProject(localFiles, folder, []);
    expect([...images].map(([service, { image, line }]) => `${service} ${image} ${line}`)).toEqual(['api repo/app:1.1.0 3', 'worker repo/worker:1.1.0 8']);
  });

  it('say which line to change, in the file or in .env', async () => {
    const folder = await project({ '.env': '\nTAG=1.1.0\n', 'compose.yaml': 'services:\n  a: { image: "repo/a:1.1.0" }\n  b: { image: "repo/b:${TAG}" }\n  c: { image: "repo/c:v${TAG}" }\n' });
    const read = await readProject(localFiles, folder, []);
    const say = (service: string, release = '1.0.0') => fileToChange(read, read.images.get(service), { repository: `repo/${service}`, release });
    expect(say('a')).toBe(`${folder}/compose.yaml:2 still names repo/a:1.1.0; change it to repo/a:1.0.0`);
    expect(say('b')).toBe(`${folder}/.env:2 still says TAG=1.1.0; change it to 1.0.0`);
    expect(say('c', 'v1.0.0')).toBe(`${folder}/compose.yaml:4 still names repo/c:v1.1.0 (TAG of .env:2); change it to repo/c:v1.0.0`);
    expect(say('a', '1.1.0')).toBeUndefined();
  });

  it('that are malformed are named with the line', async () => {
    const folder = await project({ 'compose.yaml': 'services:\n  a: {image: x\n  b: }\n' });
    await expect(readProject(localFiles, folder, [])).rejects.toMatchObject({ code: 'malformed-compose-file', message: expect.stringMatching(/compose\.yaml:\d+: /) as string });
  });
});

describe('planb\'s override', () => {
  it('is read as it was written', async () => {
    const folder = await tempFolder();
    const held = new Map([['app', { image: `sha256:${'a'.repeat(64)}`, release: '1.0.0', run: '7KQ' }], ['odd name', { image: 'r@sha256:1', release: 'x: "y"', run: '' }]]);
    await writeOverride(localFiles, folder, renderOverride(held, '3.8'));
    expect(await readOverride(localFiles, folder)).toEqual(held);
  });

  it('that somebody damaged is not guessed at', async () => {
    const folder = await project({ '.planb.override.yaml': 'services: [' });
    await expect(readOverride(localFiles, folder)).rejects.toMatchObject({ code: 'malformed-override' });
  });
});

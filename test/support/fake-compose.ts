import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { onTestFinished } from 'vitest';

import { tempFolder } from './temp-folder.js';

/** A container of the fake engine. */
export interface FakeContainer {
  readonly id: string;
  readonly service: string;
  readonly image: string;
  readonly status: string;
  readonly exitCode?: number;
  readonly startedAt: string;
  readonly log?: string;
  readonly mounts?: readonly { readonly Type: string; readonly Name?: string; readonly Destination: string }[];
}

interface State {
  /** In the compose file, with their image. */
  readonly services: Readonly<Record<string, string>>;
  readonly containers: readonly FakeContainer[];
  /** Services whose process does not end when it is stopped. */
  readonly stubborn?: readonly string[];
  /** Services that end with this code as soon as they are started. */
  readonly ends?: Readonly<Record<string, number>>;
  /** What compose says instead of doing anything. */
  readonly fails?: string;
}

/** Answers as docker and `docker compose` (v2) do for one project of several services; what is asked is in `calls`, what there is in `state.json`. */
const script = `#!${process.execPath}
const { readFileSync, writeFileSync, appendFileSync, existsSync } = require('node:fs');
const state = JSON.parse(readFileSync('STATE/state.json', 'utf8'));
const args = process.argv.slice(2);
appendFileSync('STATE/calls', args.join(' ') + '\\n');
const save = () => writeFileSync('STATE/state.json', JSON.stringify(state));
const fail = (text) => { console.error(text); process.exit(1); };
const idOf = (image) => 'sha256:' + Buffer.from(image).toString('hex').padEnd(64, '0').slice(0, 64);
const start = (one) => { const code = state.ends?.[one.service]; one.status = code === undefined ? 'running' : 'exited'; one.exitCode = code ?? 0; one.startedAt = new Date(Date.now() - 10000 + (state.tick = (state.tick ?? 0) + 1)).toISOString(); };
const line = (value) => console.log(JSON.stringify(value));
const find = () => state.containers.filter((one) => args.includes(one.id));
if (args[0] === 'compose' && args[1] === 'version') console.log('2.40.0');
else if (args[0] === 'compose') {
  const words = []; const files = [];
  for (let i = 1; i < args.length; i += 1) { if (args[i].startsWith('--project')) i += 1; else if (args[i] === '-f') files.push(args[i += 1]); else words.push(args[i]); }
  const [deed, ...rest] = words;
  const named = rest.filter((word) => !word.startsWith('-'));
  const services = named.length > 0 ? named : Object.keys(state.services);
  if (deed === 'config') { Object.keys(state.services).forEach((name) => console.log(name)); process.exit(0); }
  if (state.fails) fail(state.fails);
  if (deed === 'stop') state.containers.forEach((one) => { if (services.includes(one.service) && !state.stubborn?.includes(one.service)) { one.status = 'exited'; one.exitCode = 137; } });
  else if (deed === 'restart') state.containers.forEach((one) => { if (services.includes(one.service)) start(one); });
  else if (deed === 'down') state.containers = [];
  else if (deed === 'up') for (const service of services) {
    let image = state.services[service];
    for (const file of files) image = new RegExp('^  ' + service + ':\\\\n    image: (.*)$', 'm').exec(readFileSync(file, 'utf8'))?.[1] ?? image;
    let one = state.containers.find((one) => one.service === service);
    if (one === undefined || one.image !== image) { state.containers = state.containers.filter((old) => old !== one); state.next = (state.next ?? 100) + 1; one = { id: 'c' + state.next, service, image }; state.containers.push(one); start(one); }
    else if (one.status !== 'running') start(one);
  } else fail('unknown command ' + deed);
  save();
}
else if (args[0] === 'ps') state.containers.forEach((one) => line({ id: one.id, folder: 'PROJECT', service: one.service, oneOff: 'False' }));
else if (args[0] === 'container') {
  for (const one of find()) args[3].startsWith('{"mounts"') ? line({ mounts: one.mounts ?? [] }) : line({ id: one.id, name: '/proj-' + one.service + '-1', image: idOf(one.image), imageName: one.image, created: one.startedAt, restarts: 0, state: { Status: one.status, ExitCode: one.exitCode ?? 0, StartedAt: one.startedAt }, labels: { 'com.docker.compose.service': one.service, 'com.docker.compose.project': 'proj', 'com.docker.compose.project.config_files': 'PROJECT/compose.yaml' } });
}
else if (args[0] === 'image') line({ id: idOf(args.at(-1)), tags: [], digests: [] });
else if (args[0] === 'logs') console.log(find().map((one) => one.log ?? 'a line').join('\\n'));
else fail('unexpected: ' + args.join(' '));
`;

export interface FakeCompose {
  readonly project: string;
  read(): Promise<State>;
  change(state: Partial<State>): Promise<void>;
  /** What compose was asked to do, without its files. */
  deeds(): Promise<readonly string[]>;
}

/** A project whose services run `repo/<service>:1.1.0`, first on PATH until the test ends. */
export async function fakeCompose(services: readonly string[]): Promise<FakeCompose> {
  const project = await tempFolder('planb-project');
  const folder = await tempFolder('planb-compose');
  const images = Object.fromEntries(services.map((service) => [service, `repo/${service}:1.1.0`]));
  await writeFile(join(project, 'compose.yaml'), `services:\n${services.map((service) => `  ${service}:\n    image: ${images[service] ?? ''}\n`).join('')}`);
  const state: State = { services: images, containers: services.map((service, index) => ({ id: `c${index + 1}`, service, image: images[service] ?? '', status: 'running', startedAt: '2026-01-01T00:00:00.000Z' })) };
  const file = join(folder, 'state.json');
  await writeFile(file, JSON.stringify(state));
  await writeFile(join(folder, 'docker'), script.replaceAll('STATE', folder).replaceAll('PROJECT', project), { mode: 0o755 });
  const path = process.env['PATH'] ?? '';
  process.env['PATH'] = `${folder}${delimiter}${path}`;
  onTestFinished(() => { process.env['PATH'] = path; });
  const read = async (): Promise<State> => JSON.parse(await readFile(file, 'utf8')) as State;
  return {
    project, read,
    change: async (more) => writeFile(file, JSON.stringify({ ...(await read()), ...more })),
    deeds: async () => (await readFile(join(folder, 'calls'), 'utf8')).split('\n').filter((line) => /^compose --/.test(line) && !line.includes(' config ')),
  };
}

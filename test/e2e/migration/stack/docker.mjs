// docker.mjs SOCKET PROJECTS SERVICE: a daemon that answers as docker and `docker compose` (v2) do, for the projects in a folder, and runs their services as processes of this machine: a real start, a real SIGTERM, a real log.
// What there is, is in each project's `.containers.json`. The `docker` of a server only hands its words to the socket: planb asks hundreds of times, and a Node for each would be most of the test's work.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

const [socket, root, program] = process.argv.slice(2);
const stateOf = (folder) => join(folder, '.containers.json');
const read = (folder) => (existsSync(stateOf(folder)) ? JSON.parse(readFileSync(stateOf(folder), 'utf8')) : []);
const save = (folder, containers) => { writeFileSync(stateOf(folder), JSON.stringify(containers)); };
const all = () => readdirSync(root).flatMap((name) => read(join(root, name)));
const find = (args) => all().filter(({ id }) => args.includes(id));
const idOf = (text) => Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64);

/** A zombie has ended; its parent here is nobody who would ask. */
function runs(pid) {
  try {
    return !/^(?:Z|X)/.test(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, ''));
  } catch {
    return false;
  }
}

function start(folder, service, { image, environment }) {
  const log = openSync(join(folder, `${service}.log`), 'a');
  // An environment of its own: a container does not get that of whoever starts it.
  const child = spawn(process.execPath, [program], { cwd: folder, detached: true, stdio: ['ignore', log, log], env: { PATH: process.env.PATH, SERVICE: service, ...environment } });
  child.unref();
  closeSync(log);
  return { id: idOf(`${service}:${folder.split('').reverse().join('')}`), folder, service, image, pid: child.pid, startedAt: new Date().toISOString() };
}

async function end(pid) {
  if (!runs(pid)) return;
  process.kill(pid, 'SIGTERM');
  for (let tries = 0; runs(pid); tries += 1) {
    if (tries === 200) process.kill(pid, 'SIGKILL');
    await delay(50);
  }
}

async function compose(words, cwd, { print, write, fail }) {
  const given = [];
  let folder = cwd;
  for (let at = 0; at < words.length; at += 1) {
    if (words[at] === '--project-directory') folder = words[at += 1];
    else if (words[at] === '-f' || words[at] === '--project-name') at += 1;
    else if (words[at] === '--tail') at += 1;
    else given.push(words[at]);
  }
  const [deed, ...rest] = given;
  const { services } = JSON.parse(readFileSync(join(folder, 'compose.yaml'), 'utf8'));
  const named = rest.filter((word) => !word.startsWith('-'));
  const wanted = named.length > 0 ? named : Object.keys(services);
  let containers = read(folder);
  if (deed === 'config') Object.keys(services).forEach(print);
  else if (deed === 'ps') containers.forEach(({ service, pid }) => { print(`${service} ${runs(pid) ? 'running' : 'exited'}`); });
  else if (deed === 'logs') for (const service of wanted) write(readFileSync(join(folder, `${service}.log`), 'utf8').replaceAll(/^(?=.)/gm, `${service}-1  | `));
  else if (deed === 'stop') await Promise.all(containers.filter(({ service }) => wanted.includes(service)).map(({ pid }) => end(pid)));
  else if (deed === 'up') {
    for (const service of wanted) {
      if (containers.some((one) => one.service === service && runs(one.pid))) continue;
      containers = [...containers.filter((one) => one.service !== service), start(folder, service, services[service])];
    }
    save(folder, containers);
  } else fail(`unknown command ${deed}`);
}

async function answer(args, cwd, out) {
  const { print, write, fail } = out;
  if (args[0] === 'compose' && args[1] === 'version') print('2.40.0');
  else if (args[0] === 'compose') await compose(args.slice(1), cwd, out);
  else if (args[0] === 'ps') all().forEach(({ id, folder, service }) => { print({ id, folder, service, oneOff: 'False' }); });
  else if (args[0] === 'container') {
    for (const { id, folder, service, image, pid, startedAt } of find(args)) {
      print(args[3].startsWith('{"mounts"') ? { mounts: [] } : { id, name: `/${folder.split('/').at(-1)}-${service}-1`, image: `sha256:${idOf(image)}`, imageName: image, created: startedAt, restarts: 0, state: { Status: runs(pid) ? 'running' : 'exited', ExitCode: 0, StartedAt: startedAt }, labels: { 'com.docker.compose.service': service, 'com.docker.compose.project': folder.split('/').at(-1), 'com.docker.compose.project.config_files': join(folder, 'compose.yaml') } });
    }
  }
  else if (args[0] === 'image') print({ id: `sha256:${idOf(args.at(-1))}`, tags: [], digests: [] });
  else if (args[0] === 'logs') for (const { folder, service } of find(args)) write(readFileSync(join(folder, `${service}.log`), 'utf8'));
  else fail(`unexpected: ${args.join(' ')}`);
}

const server = createServer(async (request, response) => {
  const given = new URLSearchParams(await text(request));
  let said = '';
  const write = (words) => { said += words; };
  const print = (value) => { write(`${typeof value === 'string' ? value : JSON.stringify(value)}\n`); };
  const fail = (words) => { throw new Error(words); };
  try {
    await answer(given.getAll('word'), given.get('cwd'), { write, print, fail });
    response.end(said);
  } catch (error) {
    response.writeHead(500).end(`${error.message}\n`);
  }
});
server.listen(socket, () => { process.stderr.write('docker is ready\n'); });

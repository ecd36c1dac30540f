import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { unpackTar } from 'modern-tar';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type Collection, collect } from '../../../jobs/collect/collect.js';
import type { Hosts } from '../../../src/ports/host.js';
import { collectDocker } from '../../support/collect-docker.js';
import { createDatabase } from '../../support/postgres.js';
import { sshHosts, startSshd } from '../../support/ssh/sshd.js';
import { tempFolder } from '../../support/temp-folder.js';
import { planningParts } from '../planning/planning-parts.js';

vi.setConfig({ testTimeout: 120_000 });

const runbook = 'name: look\nkind: rollback\nsteps:\n  - { id: look, uses: http.check, with: { url: "http://127.0.0.1:1/" } }\n';
const secret = (word: string): string => `${word}-${randomBytes(9).toString('hex')}`;
const pem = `-----BEGIN KEY-----\n${randomBytes(40).toString('base64')}\n-----END KEY-----`;

/** Two servers on this machine: folders, containers, databases and Prometheus, with a secret in everything that could hold one. */
async function twoServers(given: { readonly metrics?: number; readonly hosts?: Hosts; readonly more?: Readonly<Record<string, string>>; /** The old server has seen the new one's key. */ readonly crossed?: boolean } = {}) {
  const secrets = { old: secret('sk-old'), now: secret('sk-new'), container: secret('only-the-container'), token: secret('planb'), password: secret('pw'), salt: 'ab12', line: pem.split('\n')[1] ?? '' };
  const [oldProject, newProject] = [await tempFolder('old'), await tempFolder('new')];
  await writeFile(join(oldProject, '.env'), `# the old one\nMASTER_KEY=${secrets.old}\nSALT=${secrets.salt}\nMODE=production\nSAME="x y"\nGONE=1\nTLS="${pem}"\n`);
  await writeFile(join(newProject, '.env'), `MASTER_KEY='${secrets.now}'\nSALT=${secrets.salt}\nMODE=staging\nSAME=x y\nTLS="${pem}"\nADDED=2\n`);
  const log = [`2026-01-01T00:00:00Z started in production with ${secrets.old} and ${given.crossed === true ? secrets.now : 'no other'}`, `basic ${Buffer.from(`admin:${secrets.old}`).toString('base64')}`, `salt ${secrets.salt}, ${secrets.container}`, secrets.line, `planb sent ${secrets.token}`, `password=${encodeURIComponent(secrets.password)}`].join('\n');
  const state = await collectDocker([
    { id: 'c1', project: oldProject, name: 'old-app-1', env: [`INNER_TOKEN=${secrets.container}`, 'PATH=/usr/bin'], log: `${log}\nthe old log\n` },
    { id: 'c2', project: newProject, name: 'new-app-1', env: [], log: `${log}\nthe new log\n` },
  ]);
  const metrics = createServer((request, response) => {
    response.statusCode = given.metrics ?? 200;
    response.end(JSON.stringify({ status: 'success', asked: request.url, data: { label: secrets.old } }));
  }).listen(0, '127.0.0.1');
  await once(metrics, 'listening');
  onTestFinished(() => { metrics.close(); metrics.closeAllConnections(); });
  const databases = [await createDatabase(), await createDatabase()] as const;
  onTestFinished(async () => { for (const database of databases) await database.drop(); });
  const [old, now] = databases.map(({ url }) => withPassword(url, secrets.password)) as [string, string];
  await databases[0].pool.query(`CREATE TABLE spend (id int PRIMARY KEY, note text DEFAULT '${secrets.old}'); CREATE TABLE gone (id int)`);
  await databases[1].pool.query(`CREATE TABLE spend (id int PRIMARY KEY, note text DEFAULT '${secrets.old}', more text)`);
  const prometheus = `http://127.0.0.1:${String((metrics.address() as AddressInfo).port)}`;
  const settings = { oldProject, newProject, oldDatabase: '${env:OLD_DB}', newDatabase: '${env:NEW_DB}', oldPrometheus: prometheus, newPrometheus: `${prometheus}/`, bot: '${env:BOT_TOKEN}', ...given.more };
  const { parts } = await planningParts({ runbook, target: `with: ${JSON.stringify(settings)}`, env: { OLD_DB: old, NEW_DB: now, BOT_TOKEN: secrets.token } });
  const world = given.hosts === undefined ? parts.world : { ...parts.world, hosts: given.hosts };
  const said: string[] = [];
  return { oldProject, newProject, state, said, secrets: Object.values(secrets), run: (target = 'shop') => collect({ config: parts.config, world }, target, (line) => { said.push(line); }) };
}

/** The test server lets everybody in; what a URL says is a secret all the same. */
function withPassword(url: string, password: string): string {
  const changed = new URL(url);
  if (changed.password === '') changed.password = password;
  return changed.href;
}

interface Opened {
  readonly names: readonly string[];
  readonly missing: readonly string[];
  readonly text: (path: string) => string;
}

/** Opens the archive, after a search for every secret through all of its bytes and all that was said. */
async function open(collection: Collection, { secrets, said }: { readonly secrets: readonly string[]; readonly said: readonly string[] }): Promise<Opened> {
  if (!collection.ok) throw new Error(collection.message);
  const bytes = gunzipSync(collection.archive);
  const everything = [bytes.toString('utf8'), bytes.toString('latin1'), ...collection.missing, ...collection.files, ...said].join('\n');
  for (const secret of secrets) {
    const encoded = Buffer.from(`admin:${secret}`).toString('base64');
    for (const form of [secret, encoded]) expect(everything.includes(form), `${form} is in the archive`).toBe(false);
  }
  const entries = await unpackTar(bytes);
  const texts = new Map(entries.map(({ header, data }) => [header.name.replace(`${collection.name}/`, ''), Buffer.from(data ?? []).toString('utf8')]));
  expect(entries.every(({ header }) => header.mode === 0o600)).toBe(true);
  return { names: [...texts.keys()].sort(), missing: collection.missing, text: (path) => texts.get(path) ?? '' };
}

test('logs, schemas, metrics and configuration of both servers come in one archive, and no secret does', async () => {
  const servers = await twoServers({ crossed: true });
  const { names, missing, text } = await open(await servers.run(), servers);
  expect(missing).toEqual([]);
  expect(names).toEqual(['README.md', 'config/difference.txt', 'logs/new/new-app-1.log', 'logs/old/old-app-1.log', 'metrics/new.json', 'metrics/old.json', 'schema/difference.diff', 'schema/new.sql', 'schema/old.sql']);
  expect(text('logs/old/old-app-1.log')).toMatch(/started in production with \*\*\*MASTER_KEY\*\*\* and \*\*\*MASTER_KEY\*\*\*[^]*salt \*\*\*SALT\*\*\*, \*\*\*INNER_TOKEN\*\*\*\n\*\*\*TLS\*\*\*\nplanb sent \*\*\*BOT_TOKEN\*\*\*[^]*the old log\n$/);
  expect(text('logs/new/new-app-1.log')).toMatch(/the new log\n$/);
  expect(text('config/difference.txt').split('\n')).toEqual(['+ ADDED=***    only on the new server', '- GONE=***    only on the old server', '! MASTER_KEY=***    the values differ', '! MODE=***    the values differ', '']);
  expect(text('schema/old.sql')).toContain('CREATE TABLE public.gone');
  expect(text('schema/difference.diff')).toMatch(/^-CREATE TABLE public\.gone/m);
  expect(text('schema/difference.diff')).toMatch(/^\+\s+more text/m);
  expect(text('schema/difference.diff')).not.toMatch(/^[-+].*(?:Dumped|restrict)/m);
  expect(JSON.parse(text('metrics/new.json'))).toMatchObject({ asked: '/api/v1/query?query=up' });
  expect(text('README.md')).toContain('## Missing\n\nNothing.');
  expect(text('README.md')).toContain('- `schema/difference.diff`: what differs between the schemas');
});

test('what cannot be read is listed, and the rest is there', async () => {
  const servers = await twoServers({ metrics: 503, more: { newDatabase: 'postgresql://nobody@127.0.0.1:1/none' } });
  await rm(join(servers.newProject, '.env'));
  // A link to itself cannot be read, not even by root.
  await symlink('.env', join(servers.newProject, '.env'));
  await rm(join(servers.state, 'log-c1'));
  const { names, missing, text } = await open(await servers.run(), servers);
  expect(names).toEqual(['README.md', 'logs/old/old-app-1.log', 'schema/old.sql']);
  const about = [/^the log of old-app-1 of the old server, or its end: /, /\.env of the new server: /, /^logs of the new server: not collected, for without its \.env/, /^schema of the new database: /, /^the difference of the schemas/, /^metrics of the old server: Prometheus answered 503$/, /^metrics of the new server: /, /^the difference of the configurations/];
  expect(missing).toHaveLength(about.length);
  about.forEach((one, index) => { expect(missing[index]).toMatch(one); });
  for (const line of missing) expect(text('README.md')).toContain(`- ${line}\n`);
});

test('both databases are reached through the machine that reaches them, and a machine that is away ends nothing', async () => {
  const sshd = await startSshd();
  const servers = await twoServers({ hosts: sshHosts(sshd), more: { databasesOn: sshd.address, newHost: 'ssh://nobody@127.0.0.1:1' } });
  const { names, missing } = await open(await servers.run(), servers);
  expect(names).toEqual(['README.md', 'logs/old/old-app-1.log', 'metrics/old.json', 'schema/difference.diff', 'schema/new.sql', 'schema/old.sql']);
  expect(missing.map((line) => line.split(': ')[0]?.replace(servers.newProject, ''))).toEqual(['/.env of the new server (ssh://nobody@127.0.0.1:1)', 'logs of the new server (ssh://nobody@127.0.0.1:1)', 'metrics of the new server', 'the difference of the configurations']);
});

test('a target that is no move, and one that there is not, are refused', async () => {
  const { parts } = await planningParts({ runbook, target: 'with: { oldProject: /srv/old }' });
  const ask = (target: string) => collect({ config: parts.config, world: parts.world }, target, () => undefined);
  expect(await ask('shop')).toEqual({ ok: false, message: '"shop" says too little about its two servers: newProject, oldDatabase, newDatabase under with: are missing or wrong (docs/runbooks/server-migration.md)' });
  expect(await ask('shpo')).toEqual({ ok: false, message: 'There is no target "shpo"; did you mean "shop"?' });
});

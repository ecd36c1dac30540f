import { Resolver } from 'node:dns/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { expect } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { deadline } from './chat.js';
import { key } from './move.js';
import { compose, type Server } from './server.js';
import { served } from './story.js';
import type { Moving, World } from './world.js';

/** Milliseconds from the command on: until people are served by the old server again, and until whoever goes back knows that it is done. Nobody hesitates, reads or looks for a console in either. */
interface Took {
  readonly servedMs: number;
  readonly doneMs: number;
}

const root = join(import.meta.dirname, '..', '..', '..');

/** The way back right after the switch, by planb and then by the guide's script and hand, from the same state to the same state. The figures are said, and kept in the file that EMERGENCY_RESULT names. */
export async function measureEmergency(move: Moving, world: World): Promise<void> {
  const planb = await timed(move, () => byPlanb(move));
  const after = await stateOf(move, world);
  await moveByHand(move, world);
  let scriptMs = 0;
  const guide = await timed(move, async () => { scriptMs = await byScript(move, world); });
  expect(await stateOf(move, world)).toEqual(after);
  const ratio = (by: keyof Took): number => Math.round((planb[by] / guide[by]) * 100) / 100;
  const result = { at: new Date().toISOString(), machine: { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version }, places: world.kind, planb, guide: { ...guide, scriptMs }, ratio: { served: ratio('servedMs'), done: ratio('doneMs') } };
  process.stderr.write(`The emergency way: ${JSON.stringify(result)}\n`);
  const file = process.env['EMERGENCY_RESULT'];
  if (file !== undefined) await writeFile(file, `${JSON.stringify(result, undefined, 2)}\n`);
}

async function timed({ users }: Moving, way: () => Promise<void>): Promise<Took> {
  const byOld = (): number => [...users.answered.values()].filter((server) => server === 'old').length;
  const [began, before] = [performance.now(), byOld()];
  const since = (): number => Math.round(performance.now() - began);
  const [servedMs, doneMs] = await Promise.all([eventually(() => (byOld() > before ? since() : undefined), deadline), way().then(since)]);
  return { servedMs, doneMs };
}

/** One command and two people's taps. */
async function byPlanb({ name, told }: Moving): Promise<void> {
  const board = await told.ask(`/rollback ${name}`, 'Одобрить');
  await told.tap(board, 'Одобрить');
  expect(await told.end(board)).toMatch(/^✅/u);
}

/** The script, then what it leaves to people: DNS at once, everybody asked until they answer the old address, one look by the public name. Returns how long the script took by itself. */
async function byScript({ name, port, grafanaPort, usersChat, servers: { old } }: Moving, world: World): Promise<number> {
  const began = performance.now();
  const { place } = old;
  const [api, grafana] = [`http://${place.local}:${port}/health/liveliness`, `http://${place.local}:${grafanaPort}/api/health`];
  const notify = [join(root, 'scripts', 'telegram-notify.sh'), '⚠️ Система вернулась на старый сервер'];
  const { stdout } = await execa(join(import.meta.dirname, 'stack', 'emergency.sh'), [old.project(name), api, grafana, old.database(name), ...notify, ...place.enter], {
    input: 'yes\n', extendEnv: false, env: { PATH: old.path, TELEGRAM_API_ROOT: world.env['TELEGRAM_API_ROOT'] ?? '', TELEGRAM_BOT_TOKEN: world.env['TELEGRAM_BOT_TOKEN'] ?? '', TELEGRAM_CHAT_ID: String(usersChat) },
  });
  expect(stdout).toMatch(/API: good\nGrafana: good\nPostgreSQL: good\n/);
  const scriptMs = Math.round(performance.now() - began);
  await lead(name, old, world);
  expect((await fetch(`http://${place.address}:${port}/health/liveliness`)).status).toBe(200);
  return scriptMs;
}

/** To the new server once more: as a migration leaves it. */
async function moveByHand({ name, users, servers }: Moving, world: World): Promise<void> {
  await compose(servers.old, name, 'stop', 'litellm');
  await compose(servers.new, name, 'up', '-d');
  await lead(name, servers.new, world);
  await served(users.answered, 'new');
}

/** Its names lead to this server, and every resolver says so. */
async function lead(name: string, { place: { address } }: Server, { zone, resolvers }: World): Promise<void> {
  const names = hosts(name);
  await zone.change(...names.flatMap((host) => [`update delete ${host}. A`, `update add ${host}. 2 A ${address}`]));
  await Promise.all(resolvers.flatMap((server) => names.map(async (host) => {
    const resolver = new Resolver({ timeout: 2_000, tries: 2 });
    resolver.setServers([server]);
    await eventually(async () => (await resolver.resolve4(host)).join() === address);
  })));
}

const hosts = (name: string): readonly string[] => [`${name}.example.org`, `dash-${name}.example.org`];

/** What either way has to come to. */
async function stateOf({ name, port, servers: { old } }: Moving, { zone }: World): Promise<unknown> {
  const models = await fetch(`http://${old.place.address}:${port}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
  return {
    names: await Promise.all(hosts(name).map(async (host) => [await zone.values(host), await zone.ttl(host)])),
    services: (await compose(old, name, 'ps')).split('\n').sort(), models: models.status,
  };
}

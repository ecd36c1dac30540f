import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type pg from 'pg';
import { onTestFinished } from 'vitest';
import { startWorkspace, type Workspace } from '../../../demo/workspace/workspace.js';
import { keys, type NameServer, startNameServer } from '../../support/dns-server.js';
import { createPlanbDatabase } from '../../support/planb-database.js';
import { startPlanb } from '../../support/planb-process.js';
import { createRedis } from '../../support/redis.js';
import { tempFolder } from '../../support/temp-folder.js';
import { Chat, deadline } from './chat.js';
import { key, type Move, prepareMove, targetOf, zoneOf } from './move.js';
import { findPlaces } from './places.js';
import { startCachingResolver } from './resolver.js';
import { compose, type Server, startServer } from './server.js';
import { startUsers, type Users } from './users.js';

export interface World {
  readonly kind: string;
  readonly workspace: Workspace;
  readonly zone: NameServer;
  readonly resolvers: readonly string[];
  /** planb's own. */
  readonly database: pg.Pool;
  /** For programs of the test that are started as planb is. */
  readonly env: Readonly<Record<string, string>>;
  readonly moves: Readonly<Record<string, Moving>>;
}

/** A move with what happens around it. */
export interface Moving extends Move {
  readonly told: Chat;
  readonly users: Users;
}

const lookup = pathToFileURL(join(import.meta.dirname, 'stack', 'lookup.mjs')).href;

/** Two servers, DNS, the chat, planb, and the services that will move, each served by the old server and used. */
export async function startWorld(names: Readonly<Record<string, 'en' | 'ru'>>): Promise<World> {
  const places = await findPlaces();
  process.stderr.write(`The two servers are ${places.kind}.\n`);
  const folder = await tempFolder('planb-move');
  const [old, young] = await Promise.all([startServer('old', places.old), startServer('new', places.new)]);
  const servers = { old, new: young };
  const zone = await startNameServer(Object.keys(names).map((name) => zoneOf(name, old)).join('\n'));
  const resolvers = await Promise.all([startCachingResolver(zone), startCachingResolver(zone)] as const);
  const moves: Move[] = [];
  for (const [index, [name, locale]] of Object.entries(names).entries()) moves.push(await prepareMove({ name, locale, chat: -2_001 - index, servers }));
  await Promise.all([old, young].map((server) => startProjects(server, moves)));
  // Telegram gives up on a press after some seconds; a machine under load would then leave it unanswered.
  const workspace = await startWorkspace({ telegram: { limits: 'off', callbackLifeMs: deadline, chats: moves.flatMap(({ chat, usersChat, name }) => [{ id: chat, type: 'group' as const, title: name }, { id: usersChat, type: 'group' as const, title: `${name} users` }]) } });
  onTestFinished(() => workspace.close());

  const ssh = join(folder, 'ssh_config');
  await writeFile(join(folder, 'known_hosts'), old.client.knownHosts + young.client.knownHosts);
  await writeFile(ssh, `${old.client.config}${young.client.config}Match all\n  IdentitiesOnly yes\n  UserKnownHostsFile ${join(folder, 'known_hosts')}\n  GlobalKnownHostsFile /dev/null\n`);
  const config = join(folder, 'planb.yaml');
  await writeFile(config, JSON.stringify({
    people: { alice: { name: 'Alice', telegram: 1001 }, bob: { name: 'Bob', telegram: 1002 } }, groups: { oncall: ['alice', 'bob'] }, ssh: { config: ssh },
    channels: Object.fromEntries(moves.flatMap(({ name, chat, usersChat, locale }) => [[name, { telegram: { chat }, locale }], [`${name}-users`, { telegram: { chat: usersChat }, locale }]])),
    dns: { main: { provider: 'rfc2136', zone: 'example.org', server: '127.0.0.1', port: zone.port, key: { name: 'planb', secret: '${env:DNS_KEY}' }, servers: [zone.address], resolvers } },
    targets: Object.fromEntries(moves.map((move) => [move.name, targetOf(move)])),
  }, undefined, 2));
  const [database, redis] = await Promise.all([createPlanbDatabase(), createRedis()]);
  onTestFinished(() => database.drop());
  const env = {
    DATABASE_URL: database.url, REDIS_URL: redis.url, PLANB_CONFIG: config, PLANB_DATA: join(folder, 'data'), TELEGRAM_API_ROOT: workspace.env['TELEGRAM_API_ROOT'] ?? '', TELEGRAM_BOT_TOKEN: workspace.env['TELEGRAM_BOT_TOKEN'] ?? '', LITELLM_KEY: key, DNS_KEY: keys.planb,
    NODE_OPTIONS: `--import ${lookup}`, TEST_RESOLVERS: resolvers.join(','),
    ...Object.fromEntries(moves.flatMap(({ name }) => [[`OLD_${name.toUpperCase()}`, old.database(name)], [`NEW_${name.toUpperCase()}`, young.database(name)]])),
  };
  await startPlanb('up', env);
  const [resolver] = resolvers;
  const moving = moves.map((move): Moving => ({ ...move, told: new Chat(workspace, move), users: startUsers({ name: `${move.name}.example.org`, port: move.port, key, resolver }) }));
  onTestFinished(async () => { await Promise.all(moving.map(({ users }) => users.stop())); });
  return { kind: places.kind, workspace, zone, resolvers, database: database.pool, env, moves: Object.fromEntries(moving.map((move) => [move.name, move])) };
}

async function startProjects(server: Server, moves: readonly Move[]): Promise<void> {
  for (const { name } of moves) await compose(server, name, 'up', '-d');
}

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { findFreePort } from '../../../adapters/embedded/free-port.js';
import type { JsonObject } from '../../../src/plan/plan.js';
import { createServiceDatabase, type Server } from './server.js';

export const rowsBefore = 100;
export const key = 'sk-e2e-master-key';

/** One service that moves: on both servers, each with its own database, its names and its two chats. */
export interface Move {
  readonly name: string;
  readonly chat: number;
  readonly usersChat: number;
  readonly locale: 'en' | 'ru';
  readonly port: number;
  readonly grafanaPort: number;
  readonly old: pg.Pool;
  readonly new: pg.Pool;
  readonly servers: { readonly old: Server; readonly new: Server };
}

export async function prepareMove(given: Pick<Move, 'name' | 'chat' | 'locale' | 'servers'>): Promise<Move> {
  const [port, grafanaPort] = [await findFreePort(), await findFreePort()];
  const { name, servers } = given;
  const deploy = async (server: Server, rows: number): Promise<pg.Pool> => {
    await mkdir(server.project(name));
    await writeStack(server, { name, port, grafanaPort });
    await writeFile(join(server.project(name), '.env'), `LITELLM_SALT_KEY=salt-of-both\nMASTER_KEY=${key}\nDATABASE_PASSWORD=${server.place.password}\nWORKERS=${server.side === 'old' ? '2' : '8'}\n`);
    return createServiceDatabase(server, name, rows);
  };
  const [old, young] = await Promise.all([deploy(servers.old, rowsBefore), deploy(servers.new, 0)]);
  return { ...given, usersChat: given.chat - 1_000, port, grafanaPort, old, new: young };
}

/** The compose file of its services there; what runs already stays as it is. `masterKey`: which key the service takes. */
export async function writeStack(server: Server, { name, port, grafanaPort }: Pick<Move, 'name' | 'port' | 'grafanaPort'>, masterKey = key): Promise<void> {
  const listen = server.place.enter.length > 0 ? '0.0.0.0' : server.place.address;
  const service = (image: string, environment: Readonly<Record<string, string>>) => ({ image, environment: { SERVER: server.side, ADDRESS: listen, ...environment } });
  await writeFile(join(server.project(name), 'compose.yaml'), JSON.stringify({
    services: {
      litellm: service('litellm/litellm:1.81.14', { PORT: String(port), DATABASE_URL: server.database(name), MASTER_KEY: masterKey }),
      grafana: service('grafana/grafana:11.2.0', { PORT: String(grafanaPort) }),
    },
  }, undefined, 2));
}

/** Its part of planb.yaml. */
export function targetOf({ name, port, grafanaPort, servers }: Move): JsonObject {
  const [old, young] = [servers.old.place, servers.new.place];
  const record = (host: string): JsonObject => ({ name: `${host}.example.org`, type: 'A', from: old.address, to: young.address });
  const at = (local: string, to: number): string => `http://${local}:${to}`;
  return {
    title: name, runbook: 'verify', runbooks: { migration: 'server-migration', return: 'server-return' }, channel: name, notify: [`${name}-users`], requesters: ['oncall'],
    approval: { people: 2, from: ['oncall'] },
    watch: { for: '24h', keep: '48h', every: '60s', rules: [{ name: 'API answers', on: 'here', lasting: '15m', http: { url: `http://${name}.example.org:${port}/health/liveliness` } }] },
    with: {
      oldHost: servers.old.ssh, newHost: servers.new.ssh, oldProject: servers.old.project(name), newProject: servers.new.project(name), project: servers.old.project(name), writers: ['litellm'],
      oldDatabase: `\${env:OLD_${name.toUpperCase()}}`, newDatabase: `\${env:NEW_${name.toUpperCase()}}`, oldUrl: at(old.local, port), newUrl: at(young.local, port), publicUrl: `http://${name}.example.org:${port}`,
      models: '/v1/models', key: '${env:LITELLM_KEY}', oldGrafana: `${at(old.local, grafanaPort)}/api/health`, newGrafana: `${at(young.local, grafanaPort)}/api/health`,
      publicGrafana: `http://dash-${name}.example.org:${grafanaPort}/api/health`, dns: 'main', names: [record(name)], firstNames: [record(`dash-${name}`)],
      firstUrl: `http://dash-${name}.example.org:${grafanaPort}/api/health`, ttl: 2, dnsWithin: '5m', postgresMajor: 15, tables: ['LiteLLM_SpendLogs', 'LiteLLM_UserTable'],
      tests: ['curl', '-sSf', `${at(young.local, port)}/health/liveliness`],
    },
  };
}

/** The zone's lines of a move: everything leads to the old server. */
export function zoneOf(name: string, { place }: Server): string {
  return [name, `dash-${name}`].map((host) => `${host} 5 IN A ${place.address}`).join('\n');
}

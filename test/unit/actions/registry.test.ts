import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { actions } from '../../../jobs/actions/registry.js';

/** One full input an action; a new action must bring its own. */
const inputs: Readonly<Record<string, unknown>> = {
  run: { program: ['true'], probe: ['test', '-e', '/x'], env: { A: 'b' }, changes: ['k', { key: 'l', to: 1 }] },
  'helm.rollback': { release: 'shop', namespace: 'prod', to: '1.0.0', within: '5m', environment: { DISABLE_SCHEMA_UPDATE: 'true' } },
  'kubectl.rollout': { workload: 'deployment/shop', namespace: 'prod', do: 'scale', replicas: 0 },
  'http.check': { url: 'http://127.0.0.1:1/x', within: '2m', hold: '30s', expect: { db: 'connected' } },
  'http.flow': { baseUrl: 'http://127.0.0.1:1', vars: { email: 'smoke-{unique}@example.org' }, requests: [{ name: 'register', method: 'POST', path: '/users', json: { email: '{email}' }, status: [200, 201], capture: { user: '$.id' } }, { name: 'look', path: '/users/{user}', within: '10s', includes: { '$.roles': 'user' } }, { name: 'delete', method: 'DELETE', path: '/users/{user}', status: 204, always: true }] },
  'redis.clear': { url: '${env:REDIS_URL}', pattern: 'litellm:*', db: 2, tls: { ca: '${file:/etc/ca.pem}' } },
  'browser.check': { url: 'http://127.0.0.1:1/ui', login: { fill: { '#u': 'admin', '#p': '${env:UI_PASSWORD}' }, submit: 'button' }, expect: { text: ['Keys'], selector: 'table' }, counts: [{ name: 'keys', pattern: '(\\d+) keys', database: '${env:DATABASE_URL}', sql: 'SELECT 1' }], within: '1m' },
  'logs.scan': { source: { file: '/var/log/x' }, hold: '10s', allow: ['fine'] },
  'compose.release': { project: '/srv/shop/', services: ['shop'], image: '1.0.0', environment: { A: 'b' } },
  'prisma.history': { database: '${env:DATABASE_URL}', current: { directory: '/a/migrations' }, target: { directory: '/b/migrations' } },
  'prisma.resolve': { database: '${env:DATABASE_URL}', cli: { container: { image: 'repo/shop:1', network: 'shop_default' }, url: '${env:INSIDE_URL}' }, migration: '2 Add Names', as: 'rolled-back' },
  'prisma.deploy': { database: '${env:DATABASE_URL}', cli: { cwd: '/srv/shop' } },
  'prisma.push': { database: '${env:DATABASE_URL}', schema: 'shop', cli: { compose: { project: '/srv/shop', service: 'web', workdir: '/app' } } },
  'django.reverse': { databases: { default: '${env:DATABASE_URL}' }, current: { project: '/srv/flags', service: 'api' }, target: { image: 'repo/flags:1.0.0' }, stopped: ['api', 'processor'] },
  'postgres.backup': { database: '${env:DATABASE_URL}', jobs: 2, prove: true },
  'litellm.check': { project: '/srv/litellm', service: 'litellm', to: 'main-v1.81.14-stable' },
  'postgres.prove': { backup: 'backup' },
  'postgres.loss': { database: '${env:DATABASE_URL}', since: '2026-11-20T02:10:00Z', losing: true },
  'postgres.mark': { databases: ['${env:OLD_URL}', '${env:NEW_URL}'] },
  'postgres.carry': { from: '${env:NEW_URL}', to: '${env:OLD_URL}', base: 'switch', stopped: 'stop', tables: ['LiteLLM_SpendLogs', { table: 'LiteLLM_UserTable', onConflict: { 'newest-by': 'updated_at' }, ignoreColumns: ['notes'] }] },
  'postgres.compare': { from: '${env:OLD_URL}', to: '${env:NEW_URL}', contents: true },
  'postgres.query': { database: '${env:DATABASE_URL}', sql: 'SELECT 1', expect: { value: 1 }, within: '10s' },
  'postgres.restore': { database: '${env:DATABASE_URL}', backup: 'backup', jobs: 2, keep: true },
  'compose.services': { project: '/srv/shop/', services: ['shop'], do: 'stop', within: '1m' },
  'files.copy': { from: '/srv/a', to: 'ssh://deploy@192.0.2.10:2222/srv/b', delete: true, excludes: ['*.log', '/cache'], bandwidth: 1000, 'ssh-config': '/etc/planb/ssh_config' },
  'file.check': { path: '/srv/shop/.env', has: ['A'], equals: { B: '${env:B}', C: 1 }, frozen: true },
  'changelog.note': { file: '/srv/shop/CHANGELOG.md', section: 'Fixed', text: 'Taken back', commit: true },
  'preflight.record': { health: ['http://127.0.0.1:1/health'], image: { compose: { project: '/srv/shop', service: 'shop' } }, commit: ['git', '-C', '/srv/shop', 'rev-parse', 'HEAD'] },
  'preflight.migrations': { prisma: { database: '${env:DATABASE_URL}', next: { directory: '/a/migrations' } }, accept: ['2_drop'] },
  'preflight.drift': { database: '${env:DATABASE_URL}', migrations: { directory: '/a/migrations' }, ignore: ['audit'] },
  'preflight.disk': { paths: ['/srv'], free: '5 GB' },
  'preflight.images': { project: '/srv/shop', services: ['shop'], keep: 5, remove: true },
  'preflight.paper': {},
  'snapshot.create': { rds: { instance: 'shop-db', region: 'eu-central-1' }, within: '1h' },
  notify: { webhook: 'https://example.org/hook', secret: '${env:HOOK_SECRET}', text: 'hello' },
  'dns.ttl': { provider: 'main', records: [{ name: 'www.example.org', from: '192.0.2.1', to: '192.0.2.2' }], ttl: 60 },
  'dns.switch': { provider: 'main', records: [{ name: 'www.example.org', type: 'CNAME', from: 'old.example.org', to: ['new.example.org'] }], ttl: 60, reverse: true },
  'dns.wait': { provider: 'main', records: [{ name: 'www.example.org', from: [], to: '192.0.2.2' }], within: '10m', interval: '1s', resolvers: ['127.0.0.1:5354'] },
  'people.here': { people: 3 },
  'migration.situation': { provider: 'main', records: [{ name: 'www.example.org', from: '192.0.2.1', to: '192.0.2.2' }] },
  'migration.writes': { database: '${env:NEW_URL}', side: 'new', tables: ['orders'], required: true },
  'migration.way-back': { url: 'http://127.0.0.1:1/health' },
  'migration.list': { where: 'new-1, database shop', since: '2026-11-20T02:10:00Z' },
  manual: { instructions: 'Look at the dashboard' },
  wait: { for: '90s' },
};

describe('every action', () => {
  it.each([...actions.values()].map((action) => [action.name, action] as const))('%s takes its input, also when it was parsed already', (name, action) => {
    const once = action.input.parse(inputs[name]);
    expect(action.input.parse(once)).toEqual(once);
  });

  it.each([...actions.values()].map((action) => [action.name, action] as const))('%s describes itself the same from raw and from parsed input', (name, action) => {
    const plan = { facts: [], environment: 'staging' };
    const described = action.describe(inputs[name], plan);
    expect(described.commands.length).toBeGreaterThan(0);
    expect(action.describe(action.input.parse(inputs[name]), plan)).toEqual(described);
  });

  it.each([...actions.values()].map((action) => [action.name, action] as const))('%s refuses an unknown key', (name, action) => {
    expect(action.input.safeParse({ ...(inputs[name] as object), tiemout: 1 }).success).toBe(false);
  });

  it.each([...actions.values()].map((action) => [action.name, action] as const))('%s has an input that editors and help can show as JSON Schema', (_name, action) => {
    expect(z.toJSONSchema(action.input, { io: 'input' })).toHaveProperty('$schema');
  });

  it('refuses a pattern that could only run with backtracking', () => {
    const result = actions.get('logs.scan')?.input.safeParse({ source: { file: '/x' }, patterns: ['(a)\\1'] });
    expect(result?.error?.issues[0]?.message).toContain('(a)\\1');
  });

  it('shows no secret as anything but a variable', () => {
    const commands = actions.get('notify')?.describe({ webhook: '${env:HOOK}', secret: '${env:S}', text: 'x' }, { facts: [] }).commands;
    expect(commands?.[0]).toContain('"${HOOK}"');
  });
});

import type { Scope } from '../../../src/command/command.js';
import type { Fact, JsonObject } from '../../../src/plan/plan.js';
import type { DjangoHistory } from '../../../src/verdict/django-facts.js';
import type { MigrationFacts } from '../../../src/verdict/migration-facts.js';
import type { Findings } from './pretending-actions.js';

/** A situation in which a built-in runbook is used. Together, those of a runbook reach each of its steps. */
export interface Situation {
  readonly name: string;
  readonly with: JsonObject;
  readonly scope?: Scope;
  readonly params?: Readonly<Record<string, string>>;
  readonly findings?: Findings;
}

const fact = (key: string, value: Fact['value']): Fact => ({ key, kind: 'identity', label: key, value, readAt: '2026-11-20T03:00:00.000Z' });

/** A newer migration that older code works with. */
const additive: MigrationFacts = {
  database: 'app', schema: 'public', role: 'app', mayWrite: true, rows: 2, sha256: 'a'.repeat(64),
  migrations: [{ name: '20261101_coupons', state: 'applied', objects: 'all', newer: true, present: true, treatment: 'keep-row', why: 'its table is there', failure: null, breaking: [], cautions: [], holds: ['table "coupons"'] }],
  changed: [], written: [], edited: [], unknown: [], pending: [],
};
const prismaHistory: Findings = { 'prisma.history': [fact('prisma-history:public:0', additive)] };

function djangoHistory(obstacles: readonly string[], current = '/srv/flagsmith:flagsmith', target = 'flagsmith/flagsmith:1.0.0'): Findings {
  const value: DjangoHistory = {
    current, target,
    databases: [{ alias: 'default', kept: 3, keptSha256: '', goes: ['features.0002_color'], steps: [{ app: 'features', to: '0001_initial', unapplies: ['features.0002_color'], rows: ['features.0002_color'] }], obstacles: [...obstacles], unknown: [], pending: [], inconsistent: [] }],
    migrations: [{ database: 'default', id: 'features.0002_color', breaking: ['column "color" is NOT NULL without a default'], cautions: [], irreversible: [], uncounted: [] }],
    filled: [], empty: [], unread: [], command: ['python', 'manage.py', 'migrate'], runsIn: 'sha256:1',
  };
  return { 'django.reverse': [fact(`django-history:${current}:${target}`, value)] };
}

const database = 'postgresql://app@127.0.0.1:5432/app';
const smoke = { baseUrl: 'http://127.0.0.1:8080', vars: {}, requests: [{ name: 'projects', path: '/projects' }] };
const app = {
  project: '/srv/app', services: ['backend', 'frontend'], database, health: 'http://127.0.0.1:8080/health',
  internalHealth: 'http://127.0.0.1:8080/health/internal', operatorToken: 'operator', internalExpect: { db: 'up' }, smoke,
};
const litellm = { project: '/srv/litellm', database, url: 'http://127.0.0.1:4000' };
const litellmWhole = { ...litellm, redis: 'redis://127.0.0.1:6379', ui: 'http://127.0.0.1:4000/ui', key: 'sk-test', model: 'small', lago: true };
const unknownKeys = { 'litellm.check': [fact('litellm-config:/srv/litellm:litellm', { count: 1 })] };
const knownKeys = { 'litellm.check': [fact('litellm-config:/srv/litellm:litellm', { count: 0 })] };
const browser = (available: boolean): Findings => ({ 'browser.check': [{ ...fact('browser', { available }), kind: 'measured' }] });
const helm = { release: 'litellm', namespace: 'prod', database, url: 'http://127.0.0.1:4000' };
const flagsmithHelm = { release: 'flagsmith', namespace: 'prod', databases: { default: database }, env: { DATABASE_URL: database }, url: 'http://127.0.0.1:8000' };
const flagsmithImages = ['flagsmith/flagsmith-api:1.1.0', 'flagsmith/flagsmith-api:1.0.0'] as const;
const flagsmith = { project: '/srv/flagsmith', databases: { default: database }, url: 'http://127.0.0.1:8000' };

const minute = 60_000;
const move = {
  oldProject: '/srv/old', newProject: '/srv/new', writers: ['litellm'], oldDatabase: 'postgresql://app@127.0.0.1:5432/old', newDatabase: 'postgresql://app@127.0.0.1:5433/new',
  oldUrl: 'http://127.0.0.1:4000', newUrl: 'http://127.0.0.1:4001', publicUrl: 'http://litellm.example.org', models: '/v1/models', key: 'sk-test',
  oldGrafana: 'http://127.0.0.1:3098/api/health', newGrafana: 'http://127.0.0.1:3099/api/health', publicGrafana: 'http://dash.example.org/api/health', dns: 'main', tables: ['LiteLLM_SpendLogs'],
  names: [{ name: 'litellm.example.org', from: ['192.0.2.1'], to: ['192.0.2.2'] }], firstNames: [{ name: 'dash.example.org', from: ['192.0.2.1'], to: ['192.0.2.2'] }],
};
const moveWhole = { ...move, firstUrl: 'http://dash.example.org/', tests: ['/usr/local/bin/test-server'], smoke, copyFrom: '/srv/files', copyTo: 'ssh://deploy@192.0.2.2/srv/files' };

/** What is read of a migration whose DNS was switched so long ago; undefined: it was not. */
function moved(agoMs: number | undefined): Findings {
  const seen = (key: string, value: Fact['value']): Fact => ({ ...fact(key, value), kind: 'measured' });
  const writes = (side: string, rows: number): Fact => seen(`migration-writes:${side}`, { side, writes: { counted: true, rows, about: false, tables: rows === 0 ? [] : [{ table: 'LiteLLM_SpendLogs', rows }], untold: [] } });
  const leads = agoMs === undefined ? 'old' : 'new';
  return {
    'migration.situation': [seen('migration-situation', { names: [{ name: 'litellm.example.org', leads }], switched: agoMs === undefined ? null : { at: Date.now() - agoMs, run: '7KQ', certain: true }, took: {}, open: [] })],
    'migration.writes': [writes('new', 7), writes('old', 0)],
  };
}

/** By the runbook's name. */
export const situations: Readonly<Record<string, readonly Situation[]>> = {
  'app-compose': [
    { name: 'a bug', with: { ...app, prisma: true, changelog: '/srv/app/CHANGELOG.md' }, scope: 'app', findings: prismaHistory },
    { name: 'slowness', with: app, scope: 'performance' },
    { name: 'a faulty fix', with: app, scope: 'security' },
    { name: 'a failed migration', with: { ...app, prisma: true }, scope: 'migration', findings: prismaHistory },
    { name: 'a failed migration of no known history', with: app, scope: 'migration' },
  ],
  'app-upgrade': [{ name: 'an upgrade with migrations', with: { ...app, image: 'app/backend', network: 'app_default' } }],
  'app-compose-verify': [{ name: 'a look', with: app }],
  'flagsmith-compose': [
    { name: 'images only', with: flagsmith },
    { name: 'migrations unapplied', with: flagsmith, findings: djangoHistory([]) },
    { name: 'a backup restored', with: flagsmith, scope: 'migration', findings: djangoHistory(['features.0002_color cannot be reversed']) },
  ],
  'flagsmith-helm': [
    { name: 'images only, no task processor', with: { ...flagsmithHelm, processor: 'none' } },
    { name: 'migrations unapplied', with: flagsmithHelm, findings: djangoHistory([], ...flagsmithImages) },
    { name: 'a backup restored', with: flagsmithHelm, scope: 'migration', findings: djangoHistory(['features.0002_color cannot be reversed'], ...flagsmithImages) },
  ],
  'litellm-compose': [
    { name: 'a bug', with: litellmWhole, scope: 'app', findings: { ...prismaHistory, ...unknownKeys, ...browser(true) } },
    { name: 'no browser', with: litellmWhole, findings: { ...prismaHistory, ...knownKeys, ...browser(false) } },
    { name: 'the least', with: litellm, findings: { ...prismaHistory, ...knownKeys } },
    { name: 'a backup restored', with: litellm, scope: 'migration', findings: { ...prismaHistory, ...knownKeys } },
  ],
  'litellm-helm': [
    { name: 'a bug', with: { ...litellmWhole, ...helm }, scope: 'app', findings: { ...prismaHistory, ...browser(true) } },
    { name: 'no browser', with: { ...litellmWhole, ...helm }, findings: { ...prismaHistory, ...browser(false) } },
    { name: 'a backup restored', with: helm, scope: 'migration', findings: prismaHistory },
  ],
  'server-migration': [{ name: 'a move', with: moveWhole, findings: moved(undefined) }],
  'server-return': [
    { name: 'before the switch', with: move, findings: moved(undefined) },
    { name: 'right after it', with: move, findings: moved(5 * minute) },
    { name: 'hours later', with: move, findings: moved(180 * minute) },
    { name: 'a day later, everything back', with: move, params: { data: 'sync' }, findings: moved(25 * 60 * minute) },
    { name: 'a day later, the loss accepted', with: move, params: { data: 'accept' }, findings: moved(25 * 60 * minute) },
  ],
  'preflight': [{ name: 'before an upgrade', with: { ...app, prisma: true, django: true } }],
  'verify': [{ name: 'a look', with: app }],
  'stack': [
    { name: 'a look', with: { project: '/srv/app', health: app.health } },
    { name: 'start', with: { project: '/srv/app', health: app.health }, params: { do: 'start' } },
    { name: 'restart one', with: { project: '/srv/app', health: app.health }, params: { do: 'restart', service: 'backend' } },
    { name: 'full restart', with: { project: '/srv/app', health: app.health }, params: { do: 'full-restart' } },
  ],
};

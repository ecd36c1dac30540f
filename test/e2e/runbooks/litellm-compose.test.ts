import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { findPostgres } from '../../../adapters/embedded/find-binaries.js';
import { findFreePort } from '../../../adapters/embedded/free-port.js';
import { buildPostgresImage } from '../../../demo/images/build.js';
import { runCompose } from '../../../demo/images/engine.js';
import type { JsonObject } from '../../../src/plan/plan.js';
import type { RunState } from '../../../src/run/state.js';
import { eventually } from '../../support/eventually.js';
import { createRedis } from '../../support/redis.js';
import { tempFolder } from '../../support/temp-folder.js';
import { builtIn } from './built-in-run.js';
import { buildLitellmImages, litellmImage, newer, older } from './litellm/images.js';

const key = 'sk-e2e-master-key';
let postgresImage: string;
let project: string;
let url: string;
let database: string;
let pool: pg.Pool;

beforeAll(async () => {
  const [binaries] = await findPostgres();
  if (binaries === undefined) throw new Error('no PostgreSQL on this machine');
  [postgresImage] = await Promise.all([buildPostgresImage(binaries.directory), buildLitellmImages()]);
});

/** As a team has it: the tag in the file, a config beside it. */
async function deploy(tag: string): Promise<void> {
  const [port, databasePort] = [new URL(url).port, new URL(database).port];
  await writeFile(join(project, 'docker-compose.yml'), `version: "3.8"
services:
  litellm:
    image: ${litellmImage(tag)}
    command: ["--config", "/app/config.yaml"]
    depends_on: [db]
    restart: on-failure
    environment: { DATABASE_URL: "postgres://llmproxy:secret-e2e@db:5432/litellm", LITELLM_MASTER_KEY: ${key}, LITELLM_SALT_KEY: salt-of-e2e }
    volumes: ["./config.yaml:/app/config.yaml:ro"]
    ports: ["127.0.0.1:${port}:4000"]
  db:
    image: ${postgresImage}
    environment: { POSTGRES_USER: llmproxy, POSTGRES_PASSWORD: secret-e2e, POSTGRES_DB: litellm }
    ports: ["127.0.0.1:${databasePort}:5432"]
`);
  await runCompose(project, ['up', '-d']);
  await eventually(async () => { const answer = await fetch(`${url}/health/liveliness`); return answer.ok; });
  await eventually(async () => (await (await fetch(`${url}/health/readiness`)).text()).includes(/v([\d.]+)/.exec(tag)?.[1] ?? '?'));
}

beforeEach(async () => {
  project = await tempFolder('planb-litellm');
  [url, database] = [`http://127.0.0.1:${String(await findFreePort())}`, `postgres://llmproxy:secret-e2e@127.0.0.1:${String(await findFreePort())}/litellm`];
  await writeFile(join(project, 'config.yaml'), 'model_list:\n  - model_name: small\n    litellm_params: { model: openai/small }\ngeneral_settings:\n  master_key: os.environ/LITELLM_MASTER_KEY\n');
  pool = new pg.Pool({ connectionString: database });
  pool.on('error', () => undefined);
  await deploy(older);
  await pool.query(`INSERT INTO "LiteLLM_TeamTable" (team_id) SELECT 'team-' || n FROM generate_series(1, 3) n`);
  await pool.query(`INSERT INTO "LiteLLM_SpendLogs" (request_id, call_type, "startTime", "endTime") SELECT 'r' || n, 'acompletion', now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC' FROM generate_series(1, 100) n`);
});
afterEach(async () => {
  await pool.end();
  await runCompose(project, ['down', '--volumes', '--timeout', '2']);
});

const environment = { LITELLM_DATABASE_URL: () => database, LITELLM_KEY: () => key };
const start = (more: JsonObject = {}) => builtIn('litellm-compose', {
  project, database: '${env:LITELLM_DATABASE_URL}', url, key: '${env:LITELLM_KEY}', model: 'small', lago: true, logMinutes: '2s', hold: '2s', ...more,
}, Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, value()])));
const statuses = ({ steps }: RunState): Readonly<Record<string, string>> => Object.fromEntries(steps.map(({ id, status, error }) => [id, error === undefined ? status : `${status}: ${error.message}`]));
const budget = async (): Promise<number> => (await pool.query(`SELECT 1 FROM information_schema.columns WHERE table_name = 'LiteLLM_TeamTable' AND column_name = 'budget'`)).rows.length;

test('what the guide does by hand loses data: an older image that is simply started drops the newer columns', async () => {
  await deploy(newer);
  await pool.query(`UPDATE "LiteLLM_TeamTable" SET budget = 100`);
  await deploy(older);
  expect(await budget()).toBe(0);
});

test('the older release is put back, the newer columns and their values stay, and the whole list is verified', async () => {
  await deploy(newer);
  await pool.query(`UPDATE "LiteLLM_TeamTable" SET budget = 100`);
  const redis = await createRedis();
  const counted = (name: string, table: string) => ({ name, selector: `#${name}`, pattern: String.raw`(\d+) ${name}`, database: '${env:LITELLM_DATABASE_URL}', sql: `SELECT count(*) FROM "${table}"` });
  const runs = await start({
    redis: redis.url, cacheKeys: 'litellm-e2e:*',
    ui: `${url}/ui/?page=api-keys`, uiText: 'LiteLLM Dashboard', uiCounts: [counted('keys', 'LiteLLM_VerificationToken'), counted('teams', 'LiteLLM_TeamTable')],
  });
  const planned = await runs.plan({ kind: 'rollback', to: older, scope: 'app' });
  expect(planned.plan?.verdict).toMatchObject({ kind: 'revert-only', lost: [] });
  const ended = await runs.carryOut(planned.id);
  expect(statuses(ended)).toEqual(Object.fromEntries(['backup', 'prove', 'check', 'history', 'revert', 'cache', 'alive', 'ready', 'models', 'completion', 'spend', 'lago', 'ui', 'log'].map((id) => [id, 'succeeded'])));
  expect(ended.outcome).toBe('verified');
  expect(ended.steps.find(({ id }) => id === 'ui')?.receipt).toMatchObject({ counts: { keys: 0, teams: 3 } });
  expect(await budget()).toBe(1);
  expect((await pool.query('SELECT sum(budget) AS sum FROM "LiteLLM_TeamTable"')).rows).toEqual([{ sum: 300 }]);
  expect((await pool.query(`SELECT count(*)::int AS n FROM "LiteLLM_SpendLogs" WHERE end_user = $1`, [`planb-${planned.id}`])).rows).toEqual([{ n: 1 }]);
  expect((await pool.query(`SELECT count(*)::int AS n FROM "_prisma_migrations"`)).rows).toEqual([{ n: 2 }]);
  expect((await (await fetch(`${url}/health/readiness`)).json())).toMatchObject({ litellm_version: '1.81.14' });
});

test('config keys that the older release does not know ask a person, with an edited copy beside the run', async () => {
  await deploy(newer);
  await writeFile(join(project, 'config.yaml'), 'model_list:\n  - model_name: small\n    litellm_params: { model: openai/small }\ngeneral_settings:\n  master_key: os.environ/LITELLM_MASTER_KEY\n  router_fallback_budget: 5\n');
  const runs = await start();
  const planned = await runs.plan({ kind: 'rollback', to: older });
  expect(planned.plan?.steps.map(({ id }) => id)).toContain('config');
  const ended = await runs.carryOut(planned.id);
  expect(ended.outcome).toBe('verified');
  const { copy } = z.object({ copy: z.string() }).parse(ended.steps.find(({ id }) => id === 'check')?.receipt);
  expect(await readFile(copy, 'utf8')).toContain('# router_fallback_budget: 5');
});

test('"for migration" restores the backup of the older release, exports what came since, and keeps the database as it was', async () => {
  const runs = await start({ service: 'litellm', diskFree: '1 MB' });
  const before = await runs.plan({ kind: 'preflight' });
  expect(statuses(await runs.carryOut(before.id))).toMatchObject({ record: 'succeeded', backup: 'succeeded' });
  await deploy(newer);
  await pool.query(`INSERT INTO "LiteLLM_DeletedTeamTable" VALUES ('d1', 'team-9')`);
  await pool.query(`INSERT INTO "LiteLLM_SpendLogs" (request_id, call_type, "startTime", "endTime") VALUES ('later', 'acompletion', now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')`);

  const planned = await runs.plan({ kind: 'rollback', to: older, scope: 'migration' });
  expect(planned.plan?.verdict.kind).toBe('restore-backup');
  expect(planned.plan?.steps.map(({ id }) => id)).toEqual(['check', 'stop', 'safe', 'loss', 'restore', 'revert', 'alive', 'ready', 'models', 'completion', 'spend', 'lago', 'log']);
  const ended = await runs.carryOut(planned.id);
  expect(statuses(ended)).toEqual(Object.fromEntries(planned.plan?.steps.map(({ id }) => [id, 'succeeded']) ?? []));
  expect(ended.outcome).toBe('verified');
  expect((await pool.query(`SELECT count(*)::int AS n FROM "LiteLLM_SpendLogs" WHERE request_id = 'later'`)).rows).toEqual([{ n: 0 }]);
  const { exportedTo: folder } = z.object({ exportedTo: z.string() }).parse(ended.steps.find(({ id }) => id === 'loss')?.receipt);
  expect((await Promise.all((await readdir(folder)).filter((name) => name.endsWith('.csv')).map((name) => readFile(join(folder, name), 'utf8')))).join('')).toContain('later');
  expect((await pool.query(`SELECT to_regclass('"LiteLLM_DeletedTeamTable"') AS there`)).rows).toEqual([{ there: null }]);
  const { rows: kept } = await pool.query<{ datname: string }>(`SELECT datname FROM pg_database WHERE datname LIKE 'litellm_before_%'`);
  expect(kept).toHaveLength(1);
  expect(await (await fetch(`${url}/health/readiness`)).json()).toMatchObject({ litellm_version: '1.81.14' });
});

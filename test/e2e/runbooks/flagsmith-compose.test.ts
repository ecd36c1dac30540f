import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { findPostgres } from '../../../adapters/embedded/find-binaries.js';
import { findFreePort } from '../../../adapters/embedded/free-port.js';
import { buildPostgresImage } from '../../../demo/images/build.js';
import { runCompose } from '../../../demo/images/engine.js';
import { eventually } from '../../support/eventually.js';
import { tempFolder } from '../../support/temp-folder.js';
import { builtIn } from './built-in-run.js';
import { buildFlagsmithImages, newer, older, repository } from './flagsmith/images.js';

test('API and task processor are stopped, the newer migration is unapplied in the running image, and the older release serves', async () => {
  const [binaries] = await findPostgres();
  if (binaries === undefined) throw new Error('no PostgreSQL on this machine');
  const postgres = await buildPostgresImage(binaries.directory);
  await buildFlagsmithImages();
  const project = await tempFolder('planb-flagsmith');
  const [port, databasePort] = [await findFreePort(), await findFreePort()];
  const [url, database] = [`http://127.0.0.1:${port}`, `postgres://flagsmith:secret-e2e@127.0.0.1:${databasePort}/flagsmith`];
  const environment = 'environment: { DATABASE_URL: "postgres://flagsmith:secret-e2e@db:5432/flagsmith" }';
  await writeFile(join(project, 'docker-compose.yml'), `version: "3.8"
services:
  flagsmith:
    image: ${repository}:${newer}
    depends_on: [db]
    ${environment}
    ports: ["127.0.0.1:${port}:8000"]
  flagsmith-task-processor:
    image: ${repository}:${newer}
    command: [task-processor]
    depends_on: [flagsmith]
    ${environment}
  db:
    image: ${postgres}
    environment: { POSTGRES_USER: flagsmith, POSTGRES_PASSWORD: secret-e2e, POSTGRES_DB: flagsmith }
    ports: ["127.0.0.1:${databasePort}:5432"]
`);
  await runCompose(project, ['up', '-d']);
  onTestFinished(async () => { await runCompose(project, ['down', '--volumes', '--timeout', '1']); });
  await eventually(async () => (await fetch(`${url}/health/readiness/`)).ok).catch(async (error: unknown) => {
    throw new Error(await runCompose(project, ['logs', '--tail', '20']), { cause: error });
  });
  const pool = new pg.Pool({ connectionString: database });
  pool.on('error', () => undefined);
  onTestFinished(() => pool.end());
  await pool.query(`INSERT INTO features_feature (name, rank) SELECT 'feature ' || n, n FROM generate_series(1, 5) n`);

  const runs = await builtIn('flagsmith-compose', { project, image: repository, databases: { default: '${env:FLAGSMITH_DATABASE_URL}' }, url, logMinutes: '2s', hold: '2s' }, { FLAGSMITH_DATABASE_URL: database });
  await expect(runs.plan({ kind: 'rollback', to: older })).rejects.toThrow(/Do not go back/);
  const planned = await runs.plan({ kind: 'rollback', to: older, scope: 'migration' });
  expect(planned.plan?.verdict).toMatchObject({ kind: 'reverse-migrations', lost: [expect.stringContaining('rank') as string] });
  const ended = await runs.carryOut(planned.id);
  expect(Object.fromEntries(ended.steps.map(({ id, status, error }) => [id, error === undefined ? status : `${status}: ${error.message}`]))).toEqual(Object.fromEntries(['stop', 'safe', 'reverse', 'revert', 'alive', 'ready', 'version', 'log'].map((id) => [id, 'succeeded'])));
  expect(ended.outcome).toBe('verified');
  expect(await (await fetch(`${url}/version/`)).json()).toEqual({ image_tag: older });
  expect((await pool.query('SELECT app, name FROM django_migrations')).rows).toEqual([{ app: 'features', name: '0001_initial' }]);
  expect((await pool.query<{ column_name: string }>(`SELECT column_name FROM information_schema.columns WHERE table_name = 'features_feature' ORDER BY 1`)).rows.map((row) => row.column_name)).toEqual(['id', 'name']);
  expect((await pool.query('SELECT count(*)::int AS n FROM features_feature')).rows).toEqual([{ n: 5 }]);
});

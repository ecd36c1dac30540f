import { readFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { findFreePort } from '../../../adapters/embedded/free-port.js';
import { actions } from '../../../jobs/actions/registry.js';
import { click, openPlan, press, untilBothShow } from '../../integration/chat/conversation.js';
import { ALICE, BOB, startPlanb } from '../../integration/chat/planb.js';
import { planningParts } from '../../integration/planning/planning-parts.js';
import { eventually } from '../../support/eventually.js';
import { kubernetesWorld } from '../../support/kubernetes/kubernetes-world.js';
import { createDatabase } from '../../support/postgres.js';
import { buildLitellmImages, litellmImage, newer, older } from './litellm/images.js';
import { playNode } from './litellm/node.js';

const key = 'sk-e2e-master-key';

test('from the command in chat to BACK ON: real Helm puts the older revision back, its proxy runs on the newer schema and is verified', async () => {
  await buildLitellmImages();
  const [database, port, kubernetes] = [await createDatabase(), await findFreePort(), await kubernetesWorld()];
  onTestFinished(() => database.drop());
  const url = `http://127.0.0.1:${String(port)}`;
  // The tests' PostgreSQL listens on a socket.
  const socket = new URL(database.url).searchParams.get('host');
  playNode(kubernetes.api, { env: { DATABASE_URL: database.url, LITELLM_MASTER_KEY: key, LITELLM_SALT_KEY: 'salt-of-e2e', PORT: String(port) }, volumes: socket === null ? [] : [`${socket}:${socket}`] });
  const [image] = litellmImage('').split(':');
  const deploy = async (tag: string, version: string): Promise<void> => {
    await kubernetes.deploy({ tag, values: { image: image ?? '', schemaUpdate: 'True', replicas: '1' } });
    await eventually(async () => (await (await fetch(`${url}/health/readiness`)).text()).includes(version)).catch((error: unknown) => {
      throw new Error(`${tag} does not answer: ${kubernetes.api.logs.get('') ?? ''}`, { cause: error });
    });
  };
  await deploy(older, '1.81.14');
  await database.pool.query(`INSERT INTO "LiteLLM_TeamTable" (team_id) SELECT 'team-' || n FROM generate_series(1, 3) n`);
  await deploy(newer, '1.82.1');
  await database.pool.query(`UPDATE "LiteLLM_TeamTable" SET budget = 100`);

  const given = `with: ${JSON.stringify({
    release: 'shop', namespace: 'prod', workload: 'deployment/shop', image: image ?? '', database: '${env:LITELLM_DATABASE_URL}', url, key: '${env:LITELLM_KEY}', model: 'small', lago: true, logMinutes: '2s', hold: '2s',
  })}`;
  const runbook = await readFile(new URL('../../../runbooks/litellm-helm.yaml', import.meta.url), 'utf8');
  const { parts: { world } } = await planningParts({ runbook, target: given, env: { LITELLM_DATABASE_URL: database.url, LITELLM_KEY: key } });
  const planb = await startPlanb({
    given, actions: [...actions.values()],
    world: { ...world, loadRunbook: () => world.loadRunbook('litellm-helm'), runProgram: (request) => world.runProgram({ ...request, env: { ...kubernetes.env, ...request.env } }) },
  });
  const boards = await openPlan(planb, `/rollback shop to ${older} because 503 since deploy`);
  await untilBothShow(planb, boards, 'revert only');
  await click(planb, ALICE.slack, boards.slack, 'Approve');
  await press(planb, BOB.telegram, boards.telegram, 'Approve');
  await untilBothShow(planb, boards, `BACK ON ${older}, verified`);

  expect(JSON.parse(await kubernetes.helm('history', 'shop', '--output', 'json'))).toMatchObject([{ app_version: older }, { app_version: newer }, { app_version: older, status: 'deployed', description: 'Rollback to 1' }]);
  expect(await (await fetch(`${url}/health/readiness`)).json()).toMatchObject({ litellm_version: '1.81.14', db: 'connected' });
  expect((await database.pool.query('SELECT sum(budget)::int AS sum FROM "LiteLLM_TeamTable"')).rows).toEqual([{ sum: 300 }]);
  expect((await database.pool.query(`SELECT count(*)::int AS n FROM "LiteLLM_SpendLogs" WHERE end_user = $1`, [`planb-${boards.run}`])).rows).toEqual([{ n: 1 }]);
});

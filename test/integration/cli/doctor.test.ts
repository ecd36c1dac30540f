import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { findPostgres, findRedis } from '../../../adapters/embedded/find-binaries.js';
import { loadConfig, referenceReader } from '../../../adapters/files/load-config.js';
import { migrate } from '../../../adapters/postgres/migrate.js';
import { createStore } from '../../../adapters/postgres/store.js';
import { connectTargetDatabase } from '../../../adapters/postgres/target-database.js';
import { isAlive, ownIdentity } from '../../../adapters/process/process-identity.js';
import { createRunProgram } from '../../../adapters/process/run-program.js';
import { createSshHosts } from '../../../adapters/ssh/ssh-hosts.js';
import { redisInfo } from '../../../adapters/redis/info.js';
import type { CliServices } from '../../../adapters/cli/services.js';
import { findChromium } from '../../../jobs/actions/browser/find-chromium.js';
import { createMasker } from '../../../src/secret/mask.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';
import { redisUrl } from '../../support/redis.js';
import { tempFolder } from '../../support/temp-folder.js';
import { planb } from '../../unit/cli/run-planb.js';
import { realFiles } from '../../unit/cli/real-files.js';

const runbook = `name: Back
kind: rollback
steps:
  - id: backup
    name: Back up
    uses: postgres.backup
    with: { database: "\${{ target.database }}" }
`;

let database: TestDatabase;

beforeAll(async () => { database = await createDatabase(); });
afterAll(() => database.drop());

/** A doctor with everything real around it. */
async function doctorFor(env: Readonly<Record<string, string>>): Promise<Pick<CliServices, 'env' | 'doctor' | 'loadConfig' | 'withStore' | 'ownerState' | 'readRunbook'>> {
  const folder = await tempFolder();
  await mkdir(join(folder, 'runbooks'));
  await writeFile(join(folder, 'runbooks/back.yaml'), runbook);
  await writeFile(join(folder, 'planb.yaml'), `people: { alice: { slack: U01ALICE }, bob: { slack: U02BOB }, carol: { slack: U03CAROL } }
channels: { ops: { slack: C0123456 } }
targets: { shop: { runbook: ./runbooks/back.yaml, channel: ops, requesters: [alice, bob, carol], with: { database: "\${env:SHOP_DATABASE_URL}" } } }
`);
  const all = { PLANB_CONFIG: join(folder, 'planb.yaml'), PLANB_DATA: folder, ...env };
  const runProgram = createRunProgram(createMasker([]));
  return {
    env: all, ownerState: isAlive, readRunbook: realFiles.readRunbook, loadConfig: async () => (await loadConfig(all.PLANB_CONFIG)).config,
    withStore: async (work) => {
      await migrate(database.url);
      const store = createStore({ url: database.url });
      try { return await work(store); } finally { await store.close(); }
    },
    doctor: () => ({ runProgram, dns: () => Promise.reject(new Error('no DNS here')), fetch: globalThis.fetch, connectDatabase: (url) => connectTargetDatabase(url), redisInfo, references: referenceReader(folder, all), hosts: () => Promise.resolve(createSshHosts({ runProgram, connectDatabase: connectTargetDatabase, settings: () => ({}) })), findPostgres, findRedis, findChromium: (named) => findChromium(named) }),
  };
}

/** Slack's auth.test over real HTTP. */
async function slackAt(scopes: string): Promise<string> {
  const server = createServer((request, response) => {
    const known = request.url === '/api/auth.test' && request.headers.authorization === 'Bearer xoxb-right';
    response.setHeader('x-oauth-scopes', scopes).end(JSON.stringify(known ? { ok: true, team: 'Acme', user: 'planb' } : { ok: false, error: 'invalid_auth' }));
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  onTestFinished(() => new Promise<void>((resolve) => { server.close(() => { resolve(); }); }));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
}

describe('planb doctor, with real servers', () => {
  it('finds a whole installation in order', async () => {
    const slack = { SLACK_BOT_TOKEN: 'xoxb-right', SLACK_APP_TOKEN: 'xapp-1', SLACK_API_URL: await slackAt('commands,chat:write,files:write,app_mentions:read,users:read') };
    const services = await doctorFor({ ...slack, DATABASE_URL: database.url, REDIS_URL: redisUrl(), SHOP_DATABASE_URL: inject('postgresUrl') });
    const store = createStore({ url: database.url });
    await migrate(database.url);
    await store.registerWorker('w1', await ownIdentity());
    await store.close();
    const said = await planb(['doctor'], services);
    expect(said.out).not.toContain('✘');
    expect(said.code).toBe(0);
    expect(said.out).toMatch(/^✔ PostgreSQL: 1\d\S* .*answers$/m);
    expect(said.out).toMatch(/^✔ Redis: \S+ answers$/m);
    expect(said.out).toMatch(/^! workers: one \(on this machine\)/m);
    expect(said.out).toMatch(/^✔ Slack: answers as planb in Acme$/m);
    expect(said.out).toMatch(/^✔ approvals of shop: 2 of 3$/m);
    expect(said.out).toMatch(/^✔ database of shop: PostgreSQL .* answers, and pg_dump \d+ fits$/m);
    expect(said.out).toMatch(/^✔ setpriv: /m);
  });

  it('finds what is away, all at once, and never prints a password', async () => {
    const nobody = 'postgres://planb:hunter22@127.0.0.1:1/planb';
    const services = await doctorFor({ DATABASE_URL: nobody, REDIS_URL: 'redis://:hunter22@127.0.0.1:1', SLACK_BOT_TOKEN: 'xoxb-wrong', SLACK_APP_TOKEN: 'xapp-1', SLACK_API_URL: await slackAt('') });
    const said = await planb(['doctor', '--json'], { ...services, withStore: () => Promise.reject(new Error('planb\'s PostgreSQL: connect ECONNREFUSED')) });
    expect(said.code).toBe(1);
    const { ok, findings } = JSON.parse(said.out) as { readonly ok: boolean; readonly findings: readonly { readonly status: string; readonly about: string; readonly message: string }[] };
    expect(ok).toBe(false);
    const broken = findings.filter(({ status }) => status === 'broken').map(({ about }) => about);
    expect(broken).toEqual(expect.arrayContaining(['PostgreSQL', 'Redis', 'workers', 'Slack', 'target shop']));
    expect(findings).toContainEqual(expect.objectContaining({ about: 'Slack', message: 'refuses the bot token: invalid_auth' }));
    expect(said.out + said.err).not.toContain('hunter22');
  });

  it('looks at the rest where planb.yaml is wrong', async () => {
    const services = await doctorFor({ DATABASE_URL: database.url, REDIS_URL: redisUrl() });
    await writeFile(services.env['PLANB_CONFIG'] ?? '', 'people: 1\n');
    const said = await planb(['doctor'], services);
    expect(said.code).toBe(1);
    expect(said.out).toMatch(/^✘ planb\.yaml: .*planb\.yaml:1:9/m);
    expect(said.out).toMatch(/^✔ PostgreSQL: /m);
  });
});

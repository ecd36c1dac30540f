import { chmod, writeFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { docker, groupOf } from '../../../adapters/cli/doctor/docker.js';
import { chromium } from '../../../adapters/cli/doctor/chromium.js';
import { helm, kubectl } from '../../../adapters/cli/doctor/kubernetes.js';
import { readNeeds } from '../../../adapters/cli/doctor/needs.js';
import { hosts } from '../../../adapters/cli/doctor/hosts.js';
import { disk, setpriv, ssh } from '../../../adapters/cli/doctor/machine.js';
import { people, policies } from '../../../adapters/cli/doctor/people.js';
import { secrets, targetDatabases } from '../../../adapters/cli/doctor/targets.js';
import { readRunbookText } from '../../../adapters/files/load-runbook.js';
import { localFiles } from '../../../adapters/files/local-files.js';
import { HostError, type Host, type Hosts } from '../../../src/ports/host.js';
import { tempFolder } from '../../support/temp-folder.js';
import { configOf, database, ended, examined, notFound, programs } from './doctor-reach.js';

const signal = new AbortController().signal;
const away = (): never => { throw new Error('was not to be reached'); };

describe('Docker', () => {
  const engine = ended({ stdout: '{"Client":{"Version":"20.10.24"},"Server":{"Version":"20.10.24"}}' });
  const look = (outcomes: Parameters<typeof programs>[0], env: Readonly<Record<string, string>> = {}) => docker.run(examined({ env, needs: { docker: true }, reach: { runProgram: programs(outcomes) } }), signal);

  it('is fine with the compose plugin, and weak with docker-compose alone', async () => {
    expect(await look({ 'docker': engine, 'docker compose version --short': ended({ stdout: '2.29.1\n' }) })).toMatchObject([{ status: 'ok', message: 'engine 20.10.24 answers, client 20.10.24' }, { status: 'ok', message: 'compose 2.29.1' }]);
    const help = ended({ ok: false, exitCode: 1, stdout: 'unknown command' });
    expect(await look({ 'docker': engine, 'docker compose version --short': help, 'docker-compose': ended({ stdout: '1.29.2' }) })).toMatchObject([{ status: 'ok' }, { status: 'weak', message: expect.stringContaining('1.29.2') as string }]);
    expect(await look({ 'docker': engine, 'docker compose version --short': help })).toMatchObject([{ status: 'ok' }, { status: 'broken' }]);
  });

  it('says what is missing', async () => {
    expect(await look({})).toMatchObject([{ status: 'broken', message: 'there is no docker command on this machine' }, { status: 'broken' }]);
    const down = ended({ ok: false, exitCode: 1, output: 'Cannot connect to the Docker daemon', stdout: '{"Client":{"Version":"20.10.24"},"Server":null}' });
    expect(await look({ docker: down })).toMatchObject([{ status: 'broken', message: 'the engine does not answer', fix: expect.stringContaining('systemctl start docker') as string }, { status: 'broken' }]);
    expect(await docker.run(examined({}), signal)).toMatchObject([{ status: 'ok', message: 'no target needs it' }]);
  });

  it('names the group that a container needs for the socket', async () => {
    const folder = await tempFolder();
    const socket = join(folder, 'docker.sock');
    await writeFile(socket, '');
    const { gid } = await stat(socket);
    const groups = join(folder, 'group');
    await writeFile(groups, `root:x:${gid + 1}:\nkeepers:x:${gid}:\n`);
    expect(await groupOf(socket, groups)).toEqual({ gid, name: 'keepers' });
    const denied = ended({ ok: false, exitCode: 1, output: 'permission denied while trying to connect to the Docker daemon socket' });
    expect(await look({ docker: denied }, { DOCKER_HOST: `unix://${socket}` })).toMatchObject([{ status: 'broken', message: `this user may not use ${socket}`, fix: expect.stringContaining(`group_add: ['${gid}']`) as string }, { status: 'broken' }]);
  });
});

describe('the machine', () => {
  it('has setpriv and, where a target is elsewhere, ssh', async () => {
    expect(await setpriv.run(examined({ reach: { runProgram: programs({ setpriv: ended({}) }) } }), signal)).toMatchObject([{ status: 'ok' }]);
    expect(await setpriv.run(examined({ reach: { runProgram: programs({}) } }), signal)).toMatchObject([{ status: 'weak' }]);
    expect(await ssh.run(examined({ needs: { ssh: true }, reach: { runProgram: async () => notFound } }), signal)).toMatchObject([{ status: 'broken' }]);
    expect(await ssh.run(examined({}), signal)).toMatchObject([{ status: 'ok' }]);
  });

  it('has helm and kubectl where a target is in a cluster, and says nothing of them elsewhere', async () => {
    const look = async (outcomes: Parameters<typeof programs>[0], needs = { helm: true, kubectl: true }) => [...(await helm.run(examined({ needs, reach: { runProgram: programs(outcomes) } }), signal)), ...(await kubectl.run(examined({ needs, reach: { runProgram: programs(outcomes) } }), signal))];
    expect(await look({ helm: ended({ stdout: 'v3.20.0+gb2e4314\n' }), kubectl: ended({ stdout: '{\n  "clientVersion": {\n    "gitVersion": "v1.34.4",\n' }) })).toEqual([{ status: 'ok', about: 'helm', message: 'v3.20.0' }, { status: 'ok', about: 'kubectl', message: 'v1.34.4' }]);
    expect(await look({ helm: ended({ stdout: 'Client: v2.17.0+ga690bad\n' }) })).toMatchObject([{ status: 'broken', message: expect.stringContaining('v2.17.0') as string }, { status: 'broken', fix: expect.stringContaining('kubernetes-client') as string }]);
    expect(await look({})).toMatchObject([{ status: 'broken', message: 'a target is a Helm release, but there is no helm here' }, { status: 'broken' }]);
    expect(await look({}, { helm: false, kubectl: false })).toEqual([]);
  });

  it('has a browser where a runbook looks at pages', async () => {
    const look = (browsers: readonly (string | null)[], path?: string, version = ended({ stdout: 'a warning\nChromium 130.0.1\n' })) => chromium.run(examined({ needs: { browsers }, reach: { findChromium: async () => path, runProgram: async () => version } }), signal);
    expect(await look([])).toEqual([]);
    expect(await look([null], '/usr/bin/chromium')).toEqual([{ status: 'ok', about: 'Chromium', message: 'Chromium 130.0.1 (/usr/bin/chromium)' }]);
    expect(await look([null])).toMatchObject([{ status: 'weak', message: 'there is none here: nobody looks at pages but people' }]);
    expect(await look(['/opt/chrome'])).toMatchObject([{ status: 'weak', message: expect.stringContaining('/opt/chrome is not there') as string, fix: expect.any(String) as string }]);
    expect(await look([null], '/usr/bin/chromium', ended({ ok: false, exitCode: 127 }))).toMatchObject([{ status: 'weak', message: expect.stringContaining('does not start') as string }]);
  });

  it('needs what the targets\' runbooks call, and nothing else', async () => {
    const needsOf = async (runbook: string) => readNeeds(configOf(`people: { alice: { slack: U01ALICE } }
channels: { ops: { slack: C0123456 } }
targets: { shop: { runbook: ${runbook}, channel: ops, requesters: [alice], approval: { people: 1 } } }
`), '/', { readRunbook: readRunbookText });
    expect(await needsOf('litellm-helm')).toMatchObject({ docker: true, helm: true, kubectl: true, postgresClients: true, browsers: [null] });
    expect(await needsOf('stack')).toMatchObject({ docker: true, helm: false, kubectl: false, postgresClients: false, browsers: [] });
  });

  it('looks at the disk of the data folder before that exists', async () => {
    const folder = await tempFolder();
    await chmod(folder, 0o700);
    const [found] = await disk.run(examined({ env: { PLANB_DATA: join(folder, 'not', 'yet') } }), signal);
    expect(found?.message).toMatch(/^[\d.,]+ [kMGT]?B free for /);
  });
});

describe('other machines', () => {
  const machine = (given: Partial<Host>): Hosts => ({
    at: (address) => ({ address, runProgram: async () => ended({ stdout: '24.0.7\n' }), connectDatabase: away, fetch: away, endOrphans: away, forward: { toSocket: away, toPort: away }, files: { ...localFiles }, ...given }),
    close: async () => undefined,
  });
  const look = (given: Partial<Host>, withDocker = true) => hosts.run(examined({ needs: { hosts: [{ address: 'ssh://deploy@web1', docker: withDocker }] }, reach: { hosts: async () => machine(given) } }), signal);

  it('says whether planb gets in, and what is missing there', async () => {
    expect(await look({})).toEqual([{ status: 'ok', about: 'ssh://deploy@web1', message: 'planb gets in, engine 24.0.7 answers' }]);
    expect(await look({}, false)).toMatchObject([{ status: 'ok', message: 'planb gets in, and finds what it needs' }]);
    expect(await look({ runProgram: async () => notFound })).toMatchObject([{ status: 'broken', message: 'planb gets in, but there is no docker command' }]);
    const refused = new HostError('unreachable', 'ssh://deploy@web1 cannot be reached: Connection refused');
    expect(await look({ files: { ...localFiles, stat: () => Promise.reject(refused) } })).toMatchObject([{ status: 'broken', message: refused.message, fix: expect.any(String) as string }]);
    expect(await hosts.run(examined({}), signal)).toEqual([]);
  });
});

describe('people and policies', () => {
  const config = (approval: string, bob = '{ telegram: 1002 }') => configOf(`people:
  alice: { slack: U01ALICE }
  bob: ${bob}
  carol: { slack: U03CAROL }
channels: { ops: { slack: C0123456 } }
targets: { shop: { runbook: ./x.yaml, channel: ops, requesters: [alice, bob, carol], approval: ${approval} } }
`);
  const policy = (approval: string, bob?: string) => policies.run(examined({ config: config(approval, bob) }), signal);

  it('names people who are nobody on a platform that is used', async () => {
    expect(await people.run(examined({ config: config('{ people: 2 }') }), signal)).toMatchObject([{ status: 'weak', message: 'bob has no Slack id and is nobody there' }]);
    expect(await people.run(examined({ config: config('{ people: 2 }', '{ slack: U02BOB }') }), signal)).toMatchObject([{ status: 'ok' }]);
  });

  it('finds policies that nobody can fulfil where the boards are, and those that nobody may sleep through', async () => {
    expect(await policy('{ people: 3 }')).toMatchObject([{ status: 'broken', message: '3 must approve, but only alice, carol can, in Slack or by code' }]);
    expect(await policy('{ people: 2 }')).toMatchObject([{ status: 'weak', message: expect.stringContaining('one asleep') as string }]);
    expect(await policy('{ people: 2 }', '{ slack: U02BOB }')).toMatchObject([{ status: 'ok', message: '2 of 3' }]);
    expect(await policy('{ people: 2 }', '{ totp: "${env:X}" }')).toMatchObject([{ status: 'ok', message: '2 of 3' }]);
    expect(await policy('{ people: 1 }')).toMatchObject([{ status: 'weak', message: 'one person decides alone' }]);
  });

  it('counts the one who asks out where the policy does', async () => {
    expect(await policy('{ people: 2, requesterCounts: false }')).toMatchObject([{ status: 'broken', message: expect.stringContaining('beside the one who asks') as string }]);
  });
});

describe('targets', () => {
  const config = configOf(`people: { alice: { slack: U01ALICE } }
channels: { ops: { slack: C0123456 } }
targets: { shop: { runbook: ./x.yaml, channel: ops, requesters: [alice], approval: { people: 1 }, with: { database: "\${env:SHOP_DATABASE_URL}" } } }
`);
  const references = { env: () => 'postgres://shop:s3cret@db/shop', file: () => undefined };
  const server = (number: number) => database({ version: String(number / 10_000), number });
  const clients = (major: number) => programs({ 'pg_dump --version': ended({ stdout: `pg_dump (PostgreSQL) ${major}.4\n` }) });

  it('need their secrets here', async () => {
    expect(await secrets.run(examined({ config }), signal)).toMatchObject([{ status: 'broken', about: 'target shop', message: expect.stringContaining('SHOP_DATABASE_URL is missing') as string }]);
    expect(await secrets.run(examined({ config, reach: { references } }), signal)).toMatchObject([{ status: 'ok', message: 'all 1 that planb.yaml refers to are here' }]);
  });

  it('need a pg_dump that is not older than their server', async () => {
    const look = (major: number) => targetDatabases.run(examined({ config, needs: { postgresClients: true }, reach: { references, connectDatabase: server(150_000), runProgram: clients(major) } }), signal);
    expect(await look(16)).toMatchObject([{ status: 'ok', about: 'database of shop', message: expect.stringContaining('pg_dump') as string }]);
    const runProgram = clients(14);
    // The folder of versioned clients of this machine must not count.
    const only14 = await targetDatabases.run(examined({ config, needs: { postgresClients: true }, reach: { references, connectDatabase: server(990_000), runProgram } }), signal);
    expect(only14).toMatchObject([{ status: 'broken', message: expect.stringContaining('has pg_dump 14 only') as string, fix: 'install postgresql-client-99' }]);
  });

  it('are told of when they do not answer, without their address', async () => {
    const found = await targetDatabases.run(examined({ config, reach: { references, connectDatabase: () => Promise.reject(new Error('no connection')) } }), signal);
    expect(found).toMatchObject([{ status: 'broken', message: 'no connection' }]);
    expect(JSON.stringify(found)).not.toContain('s3cret');
  });
});

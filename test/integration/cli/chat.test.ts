import { TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditChains } from '../../../adapters/postgres/audit.js';
import { migrate } from '../../../adapters/postgres/migrate.js';
import { createStore } from '../../../adapters/postgres/store.js';
import { isAlive, ownIdentity } from '../../../adapters/process/process-identity.js';
import type { CliServices } from '../../../adapters/cli/services.js';
import { boardView } from '../../../jobs/board-view.js';
import { deliver } from '../../../jobs/deliveries/deliver.js';
import type { Parts } from '../../../jobs/parts.js';
import { appendEvents, loadRun } from '../../../jobs/record.js';
import { parseConfig } from '../../../src/config/parse-config.js';
import type { Store } from '../../../src/ports/store.js';
import { decide } from '../../../src/run/decide.js';
import { eventually } from '../../support/eventually.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';
import { plan } from '../../unit/board/sample-run.js';
import { planb, type Said } from '../../unit/cli/run-planb.js';
import { localFiles } from '../../../adapters/files/local-files.js';
import { noDns } from '../../support/no-dns.js';
import { noHosts } from '../../support/no-hosts.js';

const secrets = { alice: 'JBSWY3DPEHPK3PXP', bob: 'GEZDGNBVGY3TQOJQ' } as const;

function config() {
  const parsed = parseConfig(`people:
  alice: { totp: "\${env:TOTP_ALICE}" }
  bob: { totp: "\${env:TOTP_BOB}" }
  eve: { slack: U09EVE }
groups: { oncall: [alice, bob] }
channels: { ops: { slack: C0123456 } }
targets: { litellm: { title: LiteLLM proxy, runbook: litellm-compose, channel: ops, requesters: [oncall] } }
`, 'planb.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

let database: TestDatabase;
let store: Store;
let parts: Parts;
let services: Partial<CliServices>;

/** A store whose deliveries are carried out by the real handlers as soon as they are stored; the queue in between is tested elsewhere. */
beforeAll(async () => {
  database = await createDatabase({ name: 'planb', migrate: async (url) => { await migrate(url); } });
  store = createStore({ url: database.url });
  const away = (): never => { throw new Error('was not to be reached'); };
  const identity = await ownIdentity();
  parts = {
    worker: 'w1', store, config: config(), actions: new Map(), nudgeRelay: () => undefined,
    queue: { publish: away, consume: away, ping: away, close: away }, log: { info: away, warn: away, error: away },
    world: {
      runProgram: away, connectDatabase: away, files: localFiles, hosts: noHosts, dns: noDns, throwawayPostgres: { find: away, start: away }, fetch: away, mask: (text) => text, identity, ownerState: isAlive, endOrphans: away, runFolder: away, cacheFolder: away, dataFolder: '/nonexistent', machine: () => Promise.resolve('m1'), loadRunbook: away,
      references: { env: (name) => (name === 'TOTP_ALICE' ? secrets.alice : name === 'TOTP_BOB' ? secrets.bob : undefined), file: () => undefined },
    },
  };
  const handling: Store = { ...store, acceptDelivery: async (delivery) => { const stored = await store.acceptDelivery(delivery); await deliver(parts, delivery.id); return stored; } };
  services = {
    withStore: (work) => work(handling), ownerState: isAlive, verifyAudit: (run) => auditChains(database.url, run),
    boardView: (of, state, now) => boardView({ store: of, config: parts.config }, state, 'en', now),
  };
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

function say(...words: readonly string[]): Promise<Said> {
  return planb(words, services);
}

const uses = new Map<string, number>();
async function code(person: keyof typeof secrets): Promise<string> {
  // A code is good for one word, and the next one in time is accepted too: so two words can be said at once. Never the one before, which is too old
  // when the half minute ends just then, or is the first one by now.
  const steps = [0, 30_000];
  const used = uses.get(person) ?? 0;
  const step = steps[used];
  if (step === undefined) throw new Error(`no code of ${person} is left`);
  uses.set(person, used + 1);
  return new TOTP({ secret: secrets[person] }).generate({ timestamp: (await store.now()) + step });
}

/** What the worker that takes the run up would record. */
async function postPlan(run: string): Promise<void> {
  const loaded = await loadRun(parts, run);
  const decision = decide({ type: 'PostPlan', now: loaded.now, plan }, loaded.state);
  if (!decision.ok) throw new Error(decision.refusal.code);
  await appendEvents(parts, loaded, decision.value, { wakeOwner: false });
}

describe('chat\'s commands on the command line, on a real store', () => {
  it('finds no worker before one is there', async () => {
    expect(await say('rollback', 'litellm', '--as', 'alice')).toMatchObject({ code: 1, err: expect.stringContaining('No worker is alive') as string });
    expect(await store.runs({ limit: 10 })).toEqual([]);
    await store.registerWorker('w1', parts.world.identity);
  });

  it('takes a rollback from request to quorum, each vote with that person\'s own code', async () => {
    const asked = await say('rollback', 'litellm', '--because', '500s since deploy', '--as', 'alice', '--json');
    expect(asked.code).toBe(0);
    const { run } = JSON.parse(asked.out) as { readonly run: string };
    expect(run).toMatch(/^[0-9A-Z]{5}$/);
    await postPlan(run);

    expect(await say('status', run, '--as', 'bob')).toMatchObject({ code: 0, out: expect.stringContaining('"500s since deploy"') as string });
    expect((await say('approve', run, '--as', 'alice')).code).toBe(3);
    expect(JSON.parse((await say('approve', run, '--as', 'alice', '--code', '000000', '--json')).out)).toMatchObject({ refused: 'code-wrong' });
    expect(await say('approve', run, '--as', 'alice', '--code', await code('alice'))).toMatchObject({ code: 0, out: expect.stringContaining('1/2') as string });
    // Alice's shell with Bob's name is still not Bob.
    expect(await say('approve', run, '--as', 'bob', '--code', await code('alice'))).toMatchObject({ code: 3 });
    expect((await say('approve', run, '--as', 'eve', '--code', '1')).code).toBe(3);
    const bobs = await code('bob');
    expect(await say('approve', run, '--as', 'bob', '--code', bobs)).toMatchObject({ code: 0, out: expect.stringContaining('2/2') as string });
    // Whoever overheard a code cannot use it again, and it is not kept.
    expect(JSON.parse((await say('stop', run, '--as', 'bob', '--code', bobs, '--json')).out)).toMatchObject({ refused: 'code-wrong' });
    expect((await database.pool.query(`SELECT FROM deliveries WHERE payload::text LIKE '%' || $1 || '%'`, [bobs])).rowCount).toBe(0);
    expect(await say('rollback', 'litellm', '--as', 'bob')).toMatchObject({ code: 3, out: expect.stringContaining(run) as string });

    const { state } = await loadRun(parts, run);
    expect(state.votes.map(({ person, via }) => `${person} ${via}`)).toEqual(['alice cli', 'bob cli']);
    expect((await say('stop', run, '--as', 'bob', '--code', await code('bob'))).code).toBe(0);
  });

  it('answers people who are not known, and names the nearest target', async () => {
    expect(await say('whoami', '--as', 'mallory')).toMatchObject({ code: 0, out: expect.stringContaining('mallory') as string });
    expect(await say('targets', '--as', 'mallory')).toMatchObject({ code: 3 });
    expect(await say('rollback', 'litelm', '--as', 'alice')).toMatchObject({ code: 3, out: expect.stringContaining('litellm') as string });
  });

  it('follows a run to an end that is no success', async () => {
    // As if minutes had passed.
    await database.pool.query('DELETE FROM used_codes');
    uses.clear();
    const watching = say('rollback', 'litellm', '--as', 'alice', '--wait');
    const { id: run } = await eventually(async () => (await store.runs({ live: true, limit: 1 }))[0]);
    await postPlan(run);
    await say('reject', run, 'we', 'roll', 'forward', '--as', 'bob', '--code', await code('bob'));
    const said = await watching;
    expect(said.code).toBe(3);
    expect(said.out).toContain('we roll forward');
  });

  it('finds a record that was changed behind its back', async () => {
    expect(await say('audit', 'verify')).toMatchObject({ code: 0, out: expect.stringContaining('2 runs') as string });
    const [run] = await store.runs({ limit: 1 });
    await database.pool.query('ALTER TABLE events DISABLE TRIGGER USER');
    await database.pool.query(`UPDATE events SET payload = replace(payload, 'roll forward', 'roll back') WHERE run_id = $1 AND payload LIKE '%roll forward%'`, [run?.id]);
    await database.pool.query('ALTER TABLE events ENABLE TRIGGER USER');
    expect(await say('audit', 'verify')).toMatchObject({ code: 1, out: expect.stringContaining(`run ${run?.id ?? ''}, event `) as string });
  });
});

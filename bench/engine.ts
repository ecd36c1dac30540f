import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { localFiles } from '../adapters/files/local-files.js';
import { migrate } from '../adapters/postgres/migrate.js';
import { createStore } from '../adapters/postgres/store.js';
import { ownIdentity } from '../adapters/process/process-identity.js';
import { createQueue } from '../adapters/redis/queue.js';
import { defineAction, type RegisteredAction } from '../jobs/actions/define-action.js';
import type { Parts } from '../jobs/parts.js';
import { loadRun } from '../jobs/record.js';
import { Relay } from '../jobs/relay.js';
import { startWorker } from '../jobs/worker.js';
import type { ChatCommand } from '../src/command/command.js';
import type { Config } from '../src/config.js';
import type { Store } from '../src/ports/store.js';
import type { RunState } from '../src/run/state.js';
import { parseRunbook } from '../src/runbook/parse-runbook.js';
import type { BenchServices } from './services.js';

const accounts = { alice: 'U1', bob: 'U2' } as const;
export type Person = keyof typeof accounts;

/** planb with its real store, queue, relay and worker in this process, on targets `t0`, `t1`, … whose steps do nothing. No chat platform: nothing is posted. */
export interface Engine {
  readonly store: Store;
  readonly url: string;
  /** Called when a step's action begins: its intent is durable then. */
  onStep: (run: string) => void;
  /** Stores what a person says, as an adapter does before it acknowledges. */
  say(person: Person, command: ChatCommand): Promise<string>;
  outcome(delivery: string): Promise<string>;
  /** Asks for a rollback of the target and returns the run, with its plan on the table. */
  request(target: string): Promise<string>;
  until(run: string, holds: (state: RunState) => boolean): Promise<RunState>;
  close(): Promise<void>;
}

function noOp(began: (run: string) => void): RegisteredAction {
  const input = z.strictObject({});
  return defineAction<z.output<typeof input>>({
    name: 'bench.nothing', summary: 'nothing', input, defaultTimeoutMs: 60_000,
    describe: () => ({ commands: ['nothing'], effect: 'idempotent', destructive: false, changes: [] }),
    execute: ({ runId }) => { began(runId); return Promise.resolve({ ok: true, receipt: {} }); },
  });
}

function configOf(targets: number): Config {
  const person = (id: Person) => ({ id, name: id, slack: accounts[id] });
  const approval = { people: 2, from: ['oncall'], expiresMs: 24 * 3_600_000, requesterCounts: true, escalate: [] };
  const target = (id: string) => ({ id, title: id, environment: 'production', runbook: 'bench', runbooks: {}, channel: 'ops', notify: [], requesters: ['oncall'], approval, with: {}, secrets: [], releases: ['1.1.0', '1.0.0'] });
  return {
    command: 'rollback', people: { alice: person('alice'), bob: person('bob') }, groups: { oncall: ['alice', 'bob'] }, channels: { ops: { id: 'ops', locale: 'en' } },
    targets: Object.fromEntries(Array.from({ length: targets }, (_, index) => [`t${index}`, target(`t${index}`)])),
  };
}

/** Waits for what another part of this process does; the steps of 5 ms are no part of any figure. */
async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (const until = performance.now() + 120_000; ;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > until) throw new Error('waited two minutes in vain');
    await delay(5);
  }
}

export async function startEngine(services: BenchServices, given: { readonly database: string; readonly targets: number; readonly steps: number }): Promise<Engine> {
  const url = await services.createDatabase(given.database);
  await migrate(url);
  return engineOn(services, url, given);
}

/** The same on a database that is migrated already. */
export async function engineOn(services: BenchServices, url: string, given: { readonly targets: number; readonly steps: number }): Promise<Engine> {
  const log: Parts['log'] = { info: () => undefined, warn: ({ error }, message) => { console.error(message, error); }, error: ({ error }, message) => { console.error(message, error); } };
  const store = createStore({ url });
  const queue = createQueue({ url: services.redisUrl, prefix: randomUUID(), onError: (error) => { console.error(error); } });
  const relay = new Relay(store, queue, log);
  const text = `name: bench\nkind: rollback\nparams: { to: { type: release, required: true } }\nsteps:\n${Array.from({ length: given.steps }, (_, index) => `  - { id: s${index}, uses: bench.nothing }\n`).join('')}`;
  const parsed = parseRunbook(text, 'bench.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const away = (): never => { throw new Error('the bench reaches nothing'); };
  const engine: Engine = {
    store, url, onStep: () => undefined,
    say: async (person, command) => {
      const id = `slack:${randomUUID()}`;
      await store.acceptDelivery({ id, actor: { platform: 'slack', userId: accounts[person], displayName: person }, place: { platform: 'slack', channel: 'C1' }, command });
      relay.nudge();
      return id;
    },
    outcome: (delivery) => eventually(async () => (await store.deliveryOutcome(delivery))?.outcome),
    request: async (target) => {
      const outcome = await engine.outcome(await engine.say('alice', { kind: 'request', run: 'rollback', target, to: '1.0.0' }));
      const run = outcome.replace('run ', '');
      await engine.until(run, ({ phase }) => phase === 'voting');
      return run;
    },
    until: (run, holds) => eventually(async () => {
      const { state } = await loadRun({ store }, run);
      return holds(state) ? state : undefined;
    }),
    close: async () => {
      await worker.stop(0);
      await relay.stop();
      await queue.close();
      await store.close();
    },
  };
  const worker = await startWorker({
    worker: randomUUID(), store, queue, config: configOf(given.targets), log, nudgeRelay: () => { relay.nudge(); },
    actions: new Map([['bench.nothing', noOp((run) => { engine.onStep(run); })]]),
    world: {
      runProgram: away, connectDatabase: away, files: localFiles, hosts: { at: away, close: () => Promise.resolve() }, throwawayPostgres: { find: () => Promise.resolve(undefined), start: away }, dns: () => ({ open: away, authoritative: away, resolvers: away, ask: away }), fetch: away,
      references: { env: () => undefined, file: () => undefined }, mask: (value) => value, identity: await ownIdentity(), ownerState: () => Promise.resolve('elsewhere'), endOrphans: () => Promise.resolve(0),
      runFolder: away, cacheFolder: away, dataFolder: services.folder, machine: () => Promise.resolve('bench'),
      loadRunbook: () => Promise.resolve({ ok: true, runbook: parsed.runbook, sha256: createHash('sha256').update(text).digest('hex') }),
    },
  });
  relay.start();
  return engine;
}

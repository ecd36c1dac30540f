import { createHash, randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { createStore } from '../../../adapters/postgres/store.js';
import { createQueue } from '../../../adapters/redis/queue.js';
import type { Parts } from '../../../jobs/parts.js';
import { loadRun } from '../../../jobs/record.js';
import { Relay } from '../../../jobs/relay.js';
import { startWorker } from '../../../jobs/worker.js';
import type { ChatCommand, Delivery } from '../../../src/command/command.js';
import type { Config } from '../../../src/config.js';
import type { JsonObject } from '../../../src/plan/plan.js';
import type { OwnerIdentity, OwnerState } from '../../../src/ports/program.js';
import type { Queue } from '../../../src/ports/queue.js';
import type { Store } from '../../../src/ports/store.js';
import type { World } from '../../../src/ports/world.js';
import type { RunEvent } from '../../../src/run/events.js';
import type { RunState, StepStatus } from '../../../src/run/state.js';
import { parseRunbook } from '../../../src/runbook/parse-runbook.js';
import { eventually } from '../../support/eventually.js';
import { query } from '../../support/one-command.js';
import { createPlanbDatabase } from '../../support/planb-database.js';
import { createRedis } from '../../support/redis.js';
import { fakeActions, FakeTarget } from './fake-actions.js';
import { localFiles } from '../../../adapters/files/local-files.js';
import { noDns } from '../../support/no-dns.js';
import { noHosts } from '../../support/no-hosts.js';

const accounts: Readonly<Record<string, string>> = { alice: 'U1', bob: 'U2', carol: 'U3', zoe: 'U9' };

function configOf(expiresMs: number, given: JsonObject, others: readonly string[]): Config {
  const person = (id: string) => ({ id, name: id, slack: accounts[id] ?? '', telegram: `1${accounts[id]?.slice(1) ?? ''}` });
  const approval = { people: 2, from: ['oncall'], expiresMs, requesterCounts: true, escalate: [] };
  const target = { environment: 'production', runbook: 'test', runbooks: {}, channel: 'ops', notify: [], requesters: ['oncall'], approval, with: given, secrets: [], releases: ['1.1.0', '1.0.0'] };
  return {
    command: 'rollback', people: { alice: person('alice'), bob: person('bob'), carol: person('carol'), zoe: person('zoe') }, groups: { oncall: ['alice', 'bob', 'carol'] },
    channels: { ops: { id: 'ops', slack: 'C1', locale: 'en' }, users: { id: 'users', slack: 'C2', telegram: { channel: '-100' }, locale: 'ru' } },
    targets: { shop: { ...target, id: 'shop', title: 'Shop', ...(others.length === 0 ? {} : { notify: ['users'], runbooks: Object.fromEntries(others.map((name) => [name, name])) }) }, other: { ...target, id: 'other', title: 'Other' } },
  };
}

export interface Services {
  readonly postgresUrl: string;
  readonly redisUrl: string;
  readonly prefix: string;
}

/** In place of a rollback made of steps: a runbook's text, its target's `with`, and the actions that it uses. */
export interface WholeRunbook {
  readonly text?: string;
  readonly with?: JsonObject;
  readonly actions?: (target: FakeTarget) => Parts['actions'];
  /** Texts of further runbooks, by the name under which the target `shop` has each. */
  readonly others?: Readonly<Record<string, string>>;
}

export interface TestWorker {
  readonly parts: Parts;
  readonly identity: OwnerIdentity;
  /** What other workers can prove about this one. */
  state: OwnerState;
  /** As SIGSTOP would: from now on none of its calls to PostgreSQL comes through, until `resume`. */
  pause(): Promise<void>;
  resume(): void;
  stop(patienceMs?: number): Promise<void>;
}

/** planb without its platforms: real PostgreSQL, real queue, real workers, and a target that only pretends. */
export class Planb {
  readonly target = new FakeTarget();
  readonly store: Store;
  readonly errors: string[] = [];
  /** What was logged as information. */
  readonly lines: Readonly<Record<string, unknown>>[] = [];
  readonly postgresUrl: string;
  readonly #services: Services;
  readonly #runbook: string;
  readonly #others: Readonly<Record<string, string>>;
  readonly #actions: (target: FakeTarget) => Parts['actions'];
  readonly #config: Config;
  readonly #queue: Queue;
  readonly #relay: Relay;
  readonly #workers = new Map<number, TestWorker>();
  #said = 0;

  constructor(services: Services, steps: string, expiresMs: number, whole: WholeRunbook = {}) {
    this.#services = services;
    this.postgresUrl = services.postgresUrl;
    this.#config = configOf(expiresMs, whole.with ?? {}, Object.keys(whole.others ?? {}));
    this.#others = whole.others ?? {};
    this.#actions = whole.actions ?? fakeActions;
    this.#runbook = whole.text ?? `name: test\nkind: rollback\nparams: { to: { type: release, required: true } }\nsteps:\n${steps}`;
    this.store = createStore({ url: services.postgresUrl });
    this.#queue = createQueue({ url: services.redisUrl, prefix: services.prefix, onError: () => undefined });
    this.#relay = new Relay(this.store, this.#queue, this.#log());
    this.#relay.start();
  }

  get workers(): readonly TestWorker[] {
    return [...this.#workers.values()];
  }

  /** `through`: what stands between the worker and its store. */
  async startWorker(through: (store: Store) => Store = (store) => store): Promise<TestWorker> {
    const pid = this.#workers.size + 1;
    const identity: OwnerIdentity = { hostname: 'h', machineId: 'm', bootId: 'b', pidNamespace: 'pid:[1]', pid, startTicks: '1' };
    const own = createStore({ url: this.#services.postgresUrl });
    const { store, pause, resume, isPaused } = pausable(through(own));
    const ownQueue = createQueue({ url: this.#services.redisUrl, prefix: this.#services.prefix, onError: () => undefined });
    const queue: Queue = { ...ownQueue, consume: (name, concurrency, handle) => ownQueue.consume(name, concurrency, async (wakeUp) => {
        // A stopped process takes nothing from the queue.
        if (isPaused()) await ownQueue.publish([wakeUp], 100);
        else await handle(wakeUp);
      }) };
    const parts: Parts = {
      worker: randomUUID(), store, queue, config: this.#config, actions: this.#actions(this.target), world: this.#world(identity), log: this.#log(), nudgeRelay: () => { this.#relay.nudge(); },
    };
    const running = await startWorker(parts);
    let stopped: Promise<void> | undefined;
    const worker: TestWorker = {
      parts, identity, state: 'alive', resume,
      pause: async () => {
        pause();
        await query(this.#services.postgresUrl, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'planb leader%' AND datname = current_database()`);
        // As with a real pause, what was under way in PostgreSQL ends there.
        await eventually(async () => (await query(this.#services.postgresUrl, `SELECT 1 FROM pg_stat_activity WHERE application_name = 'planb' AND datname = current_database() AND state = 'active'`)).length === 0);
      },
      stop: (patienceMs = 0) => {
        resume();
        stopped ??= running.stop(patienceMs).then(async () => { await queue.close(); await own.close(); });
        return stopped;
      },
    };
    this.#workers.set(pid, worker);
    return worker;
  }

  /** Stores what somebody says, as an adapter does, and returns the delivery's id. */
  async deliver(person: string, command: ChatCommand, rest: Partial<Delivery> = {}): Promise<string> {
    this.#said += 1;
    const id = rest.id ?? `slack:${String(this.#said)}`;
    await this.store.acceptDelivery({ id, actor: { platform: 'slack', userId: accounts[person] ?? 'U0', displayName: person }, place: { platform: 'slack', channel: 'C1' }, command, ...rest });
    this.#relay.nudge();
    return id;
  }

  /** The same, and waits for what came of it. */
  async say(person: string, command: ChatCommand, rest: Partial<Delivery> = {}): Promise<string> {
    const id = await this.deliver(person, command, rest);
    return (await eventually(() => this.store.deliveryOutcome(id))).outcome;
  }

  /** Asks for a rollback and returns its run, with a plan on the table. */
  async request(person = 'alice', target = 'shop'): Promise<string> {
    const outcome = await this.say(person, { kind: 'request', run: 'rollback', target, to: '1.0.0' });
    const run = outcome.replace('run ', '');
    await this.until(run, (state) => state.phase !== 'planning');
    return run;
  }

  vote(person: string, run: string, choice: 'approve' | 'reject' = 'approve'): Promise<string> {
    return this.say(person, { kind: 'vote', run, choice });
  }

  answer(person: string, run: string, answer: 'retry' | 'skip' | 'done' | 'failed' | 'here' | 'stop'): Promise<string> {
    return this.say(person, { kind: 'answer', run, answer });
  }

  /** Asks, and has Alice and Bob approve. */
  async start(): Promise<string> {
    const run = await this.request();
    await this.vote('alice', run);
    await this.vote('bob', run);
    return run;
  }

  /** The keys of everything that is to be said in the channels. */
  messages(): Promise<readonly unknown[]> {
    return query(this.#services.postgresUrl, 'SELECT id FROM messages');
  }

  async state(run: string): Promise<RunState> {
    return (await loadRun({ store: this.store }, run)).state;
  }

  async events<T extends RunEvent['type']>(run: string, type: T): Promise<readonly Extract<RunEvent, { type: T }>[]> {
    return (await this.store.load(run)).events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);
  }

  until(run: string, holds: (state: RunState) => boolean): Promise<RunState> {
    return eventually(async () => {
      const state = await this.state(run);
      if (!holds(state)) throw new Error(`still ${state.phase}, ${state.steps.map(({ id, status }) => `${id} ${status}`).join(', ')}; ${this.errors.slice(-3).join('; ')}`);
      return state;
    });
  }

  async untilStep(run: string, step: string, status: StepStatus): Promise<RunState> {
    return this.until(run, (state) => state.steps.find(({ id }) => id === step)?.status === status);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop()));
    await this.#relay.stop();
    await this.#queue.close();
    await this.store.close();
  }

  #log(): Parts['log'] {
    const keep = (fields: Readonly<Record<string, unknown>>, message: string): void => { this.errors.push(fields['error'] instanceof Error ? `${message}: ${fields['error'].message}` : message); };
    return { info: (fields) => { this.lines.push(fields); }, warn: keep, error: keep };
  }

  #world(identity: OwnerIdentity): World {
    return {
      identity, ownerState: ({ pid }) => Promise.resolve(this.#workers.get(pid)?.state ?? 'elsewhere'), endOrphans: () => Promise.resolve(0),
      runProgram: () => Promise.reject(new Error('no programs here')), connectDatabase: () => Promise.reject(new Error('no databases here')), files: localFiles, hosts: noHosts, dns: noDns, throwawayPostgres: { find: () => Promise.resolve(undefined), start: () => Promise.reject(new Error('no servers here')) }, fetch: () => Promise.reject(new Error('no network here')),
      references: { env: () => undefined, file: () => undefined }, mask: (text) => text, runFolder: () => Promise.reject(new Error('no files here')), cacheFolder: () => Promise.reject(new Error('no files here')), dataFolder: '/nonexistent', machine: () => Promise.resolve('m1'),
      loadRunbook: (name) => {
        const text = this.#others[name] ?? this.#runbook;
        const parsed = parseRunbook(text, `${name}.yaml`);
        if (!parsed.ok) return Promise.resolve({ ok: false, message: parsed.problems.map(({ message }) => message).join('; ') });
        return Promise.resolve({ ok: true, runbook: parsed.runbook, sha256: createHash('sha256').update(text).digest('hex') });
      },
    };
  }
}

/** A store whose calls can be held back. */
function pausable(store: Store): { readonly store: Store; readonly pause: () => void; readonly resume: () => void; readonly isPaused: () => boolean } {
  let gate: Promise<void> | undefined;
  let open = (): void => undefined;
  const pausing = new AbortController();
  const held = new Proxy(store, {
    get: (of, name, receiver) => {
      // PostgreSQL ends the session of a leader that is silent; the paused one does not lead again.
      if (name === 'withLeadership') return (...[duty, signal, work]: Parameters<Store['withLeadership']>) => of.withLeadership(duty, AbortSignal.any([signal, pausing.signal]), work);
      const member: unknown = Reflect.get(of, name, receiver);
      if (typeof member !== 'function') return member;
      return async (...args: readonly unknown[]) => {
        await gate;
        return Reflect.apply(member, of, args) as unknown;
      };
    },
  });
  return {
    store: held,
    pause: () => {
      gate ??= new Promise((resolve) => { open = resolve; });
      pausing.abort();
    },
    resume: () => { gate = undefined; open(); },
    isPaused: () => gate !== undefined,
  };
}

/** A planb of the running test's own, with one worker unless it says otherwise. `steps`: the runbook's, as YAML list items. */
export async function startPlanb(steps: string, options: { readonly expiresMs?: number; readonly workers?: number; readonly whole?: WholeRunbook; readonly through?: (store: Store) => Store } = {}): Promise<{ readonly planb: Planb; readonly workers: readonly TestWorker[] }> {
  const [database, redis] = await Promise.all([createPlanbDatabase(), createRedis()]);
  const planb = new Planb({ postgresUrl: database.url, redisUrl: redis.url, prefix: redis.prefix }, steps, options.expiresMs ?? 30 * 60_000, options.whole);
  const workers: TestWorker[] = [];
  for (let count = 0; count < (options.workers ?? 1); count += 1) workers.push(await planb.startWorker(options.through));
  onTestFinished(async () => {
    await planb.close();
    await database.drop();
  });
  return { planb, workers };
}

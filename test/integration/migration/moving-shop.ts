import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { SlackMessage } from '../../../demo/workspace/slack/model.js';
import { createDns } from '../../../adapters/dns/create-dns.js';
import { connectTargetDatabase } from '../../../adapters/postgres/target-database.js';
import { createRunProgram } from '../../../adapters/process/run-program.js';
import type { RegisteredAction } from '../../../jobs/actions/define-action.js';
import { actions } from '../../../jobs/actions/registry.js';
import type { ChatCommand } from '../../../src/command/command.js';
import type { JsonObject } from '../../../src/plan/plan.js';
import type { Hosts } from '../../../src/ports/host.js';
import type { RunState } from '../../../src/run/state.js';
import { createMasker } from '../../../src/secret/mask.js';
import { type NameServer, type Resolver, keys, startNameServer, startResolver } from '../../support/dns-server.js';
import { eventually } from '../../support/eventually.js';
import { noHosts } from '../../support/no-hosts.js';
import { tempFolder } from '../../support/temp-folder.js';
import { type CarryWorld, carryWorld } from '../actions/carry-world.js';
import { ALICE, BOB, type RunningPlanb, SLACK_OPS, startPlanb } from '../chat/planb.js';
import { rfc2136 } from '../dns/dns-world.js';
import { FakeTarget } from '../jobs/fake-actions.js';
import { textOf } from '../runbooks/built-in-runs.js';
import { pretendingActions } from '../runbooks/pretending-actions.js';
import { stateOf } from '../watch/watched-shop.js';

export const OLD = '192.0.2.1';
export const NEW = '192.0.2.2';
const name = 'shop.example.org';
/** Ends what hangs, also on a machine with much else to do. */
export const patienceMs = 240_000;

/** What is really done; the rest of the runbooks' actions only pretend. */
const real = ['dns.ttl', 'dns.switch', 'dns.wait', 'migration.situation', 'migration.writes', 'migration.way-back', 'postgres.mark', 'postgres.carry'];

export interface Trouble {
  readonly locale?: 'en' | 'ru';
  /** In place of the new server's database, as planb reaches it. */
  readonly newUrl?: (url: string) => Promise<string>;
  /** Further settings of the target. */
  readonly with?: JsonObject;
  /** Actions that are really done too, for this project only. */
  readonly realAt?: Readonly<Record<string, string>>;
  readonly hosts?: Hosts;
}

/** A planb that moves a shop from one server to another: real DNS, real databases, people who press what they are shown. Everything ends with the test. */
export class MovingShop {
  readonly planb: RunningPlanb;
  readonly zone: NameServer;
  readonly resolver: Resolver;
  readonly databases: CarryWorld;
  /** What the pretended steps did. */
  readonly target: FakeTarget;
  /** Which key planb signs its updates with from now on. */
  readonly dnsKey: { name: 'planb' | 'reader' };
  /** The updates that nsupdate was given. */
  readonly updates: readonly string[];
  #said = 0;

  private constructor(parts: Pick<MovingShop, 'planb' | 'zone' | 'resolver' | 'databases' | 'target' | 'dnsKey' | 'updates'>) {
    this.planb = parts.planb;
    this.zone = parts.zone;
    this.resolver = parts.resolver;
    this.databases = parts.databases;
    this.target = parts.target;
    this.dnsKey = parts.dnsKey;
    this.updates = parts.updates;
  }

  static async start(given: Trouble = {}): Promise<MovingShop> {
    const [zone, resolver, databases, folder, oldServer] = await Promise.all([
      startNameServer(`shop 2 IN A ${OLD}`), startResolver([OLD], 2), carryWorld('CREATE TABLE orders (id int PRIMARY KEY, what text); INSERT INTO orders VALUES (1, \'tea\')'), tempFolder('planb-moving'), startOldServer(),
    ]);
    onTestFinished(() => databases.drop());
    const target = new FakeTarget();
    const dnsKey: MovingShop['dnsKey'] = { name: 'planb' };
    const updates: string[] = [];
    const programs = createRunProgram(createMasker([]));
    const runProgram: typeof programs = (request) => {
      if (request.argv[0] === 'nsupdate') updates.push(request.input ?? '');
      return programs(request);
    };
    const env: Readonly<Record<string, string>> = { OLD_URL: databases.oldUrl, NEW_URL: await (given.newUrl ?? ((url: string) => Promise.resolve(url)))(databases.newUrl), PLANB_KEY: keys.planb, READER_KEY: keys.reader };
    const references = { env: (of: string) => env[of], file: () => undefined };
    const folderOf = async (of: string): Promise<string> => {
      await mkdir(join(folder, of), { recursive: true });
      return join(folder, of);
    };
    const settings: JsonObject = {
      name: 'shop', oldProject: '/srv/old', newProject: '/srv/new', writers: ['web'], oldDatabase: '${env:OLD_URL}', newDatabase: '${env:NEW_URL}', oldUrl: oldServer, newUrl: 'http://127.0.0.1:1', publicUrl: `http://${name}`,
      dns: 'main', names: [{ name, from: OLD, to: NEW }], ttl: 2, dnsWithin: '100ms', tables: ['orders'], ...given.with,
    };
    const planb = await startPlanb({
      ...(given.locale === undefined ? {} : { locale: given.locale }),
      given: `releases: [1.1.0, 1.0.0]\n    with: ${JSON.stringify(settings)}`,
      runbooks: { migration: textOf('server-migration'), return: textOf('server-return') },
      actions: [...pretendingActions(target, {})].map(([of, pretended]) => {
        const own = actions.get(of) ?? pretended;
        const project = given.realAt?.[of];
        return real.includes(of) ? own : project === undefined ? pretended : eitherAt(project, own, pretended);
      }),
      world: {
        runProgram, connectDatabase: connectTargetDatabase, fetch: globalThis.fetch, references, hosts: given.hosts ?? noHosts, runFolder: folderOf, cacheFolder: () => folderOf('cache'), dataFolder: folder,
        dns: (use) => createDns({ providers: () => {
          const config = rfc2136(zone, { resolvers: [resolver.address] });
          return { main: config.provider === 'rfc2136' ? { ...config, key: { ...config.key, name: dnsKey.name, secret: `\${env:${dnsKey.name.toUpperCase()}_KEY}` } } : config };
        }, references }, use),
      },
    });
    return new MovingShop({ planb, zone, resolver, databases, target, dnsKey, updates });
  }

  /** Asks for the move, approves, and says who is at hand; resolves with the run. */
  async move(): Promise<string> {
    const run = await this.ask({ run: 'migration' });
    await this.approve(run);
    await this.until(run, ({ steps }) => steps.some(({ id, status }) => id === 'here' && status === 'awaiting'));
    for (const person of [ALICE, BOB]) await this.#say(person, { kind: 'answer', run, answer: 'here' });
    return run;
  }

  /** Asks for a run; resolves with its name. */
  async ask(wanted: { readonly run: 'migration' | 'rollback'; readonly params?: Readonly<Record<string, string>> }): Promise<string> {
    return (await this.#say(ALICE, { kind: 'request', target: 'shop', ...wanted })).replace('run ', '');
  }

  async approve(run: string): Promise<void> {
    await this.until(run, ({ phase }) => phase === 'voting');
    for (const person of [ALICE, BOB]) await this.#say(person, { kind: 'vote', run, choice: 'approve' });
  }

  answer(run: string, answer: 'retry' | 'stop'): Promise<string> {
    return this.#say(BOB, { kind: 'answer', run, answer });
  }

  /** Presses a button that asks for another run; resolves with that one. */
  async press(run: string, action: 'plan-again' | 'accept-loss'): Promise<string> {
    const button = `${run}-${action}`;
    await this.planb.store.saveButtons(run, [{ id: button, meaning: { action } }]);
    return (await this.#say(BOB, { kind: 'press', button })).replace('run ', '');
  }

  /** Stored as an adapter does, so that no platform's patience matters; resolves with what came of it. */
  async #say({ slack }: { readonly slack: string }, command: ChatCommand): Promise<string> {
    const { store } = this.planb;
    this.#said += 1;
    const id = `slack:test:${String(this.#said)}`;
    await store.acceptDelivery({ id, actor: { platform: 'slack', userId: slack, displayName: slack }, place: { platform: 'slack', channel: SLACK_OPS }, command });
    return (await eventually(() => store.deliveryOutcome(id), patienceMs)).outcome;
  }

  /** What the run's board says once it holds the words, and its buttons. */
  async boardSaying(run: string, words: string): Promise<{ readonly text: string; readonly buttons: readonly string[] }> {
    const { slack } = this.planb.workspace;
    const board = await this.planb.workspace.waitFor(() => this.boards(run).find((one) => slack.read(one).includes(words)), { deadline: patienceMs, what: `"${words}" on the board of ${run}`, describe: () => this.boards(run).map((one) => slack.read(one)).join('\n\n') });
    return { text: slack.read(board), buttons: slack.buttons(board) };
  }

  boards(run: string): readonly SlackMessage[] {
    const { slack } = this.planb.workspace;
    return slack.posted(SLACK_OPS).filter((one) => one.threadTs === undefined && slack.read(one).includes(run));
  }

  state(run: string): Promise<RunState> {
    return stateOf(this.planb, run);
  }

  /** The run's end. */
  async ended(run: string): Promise<RunState> {
    return this.until(run, ({ phase }) => phase === 'ended');
  }

  until(run: string, holds: (state: RunState) => boolean): Promise<RunState> {
    return eventually(async () => {
      const state = await this.state(run);
      if (!holds(state)) throw new Error(`still ${state.phase}: ${state.steps.map(({ id, status, attempt, error, saw }) => `${id} ${status} ${String(attempt)} ${error?.message ?? saw ?? ''}`).join('\n')}`);
      return state;
    }, patienceMs);
  }

  /** Steps that acted or pretended to. */
  acted(run: string): readonly string[] {
    return this.target.acted.filter((attempt) => attempt.startsWith(`${run}/`)).map((attempt) => attempt.split('/')[1] ?? '');
  }

  /** How often DNS was told to lead there. */
  switchedTo(address: string): number {
    return this.updates.filter((script) => script.includes(`prereq yxrrset ${name}. IN A ${address === NEW ? OLD : NEW}`) && script.includes(`A ${address}\n`)).length;
  }
}

/** Really done for that project, pretended for any other. */
function eitherAt(project: string, real: RegisteredAction, pretended: RegisteredAction): RegisteredAction {
  const of = (raw: unknown): RegisteredAction => (typeof raw === 'object' && raw !== null && 'project' in raw && raw.project === project ? real : pretended);
  return {
    ...pretended,
    inspect: async (context, raw) => (await of(raw).inspect?.(context, raw)) ?? [],
    describe: (raw, plan) => of(raw).describe(raw, plan),
    before: async (context, raw) => (await of(raw).before?.(context, raw)) ?? {},
    execute: (context, raw) => of(raw).execute(context, raw),
    probe: async (context, raw, undo) => (await of(raw).probe?.(context, raw, undo)) ?? { outcome: 'unclear', saw: 'nobody can say' },
  };
}

/** The old server lives, wherever DNS leads. */
async function startOldServer(): Promise<string> {
  const server = createServer((_, response) => response.writeHead(200).end('ok')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => { server.close(); server.closeAllConnections(); });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${String(address.port)}`;
}

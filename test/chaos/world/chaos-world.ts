import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createStore } from '../../../adapters/postgres/store.js';
import type { TelegramChat } from '../../../demo/workspace/telegram/model.js';
import { startWorkspace, type Workspace } from '../../../demo/workspace/workspace.js';
import { loadRun } from '../../../jobs/record.js';
import { StoreError, type Store } from '../../../src/ports/store.js';
import type { RunState } from '../../../src/run/state.js';
import { eventually } from '../../support/eventually.js';
import { PlanbProcess } from './planb-process.js';
import { startServices, type Services } from './services.js';
import { type Target, writeTargets } from './target.js';

/** Ends what hangs, also on a machine with much else to do. */
const patienceMs = 300_000;

/** How far a world has come: what workers have done, and what bots have. Only ever grows. */
export interface Progress {
  readonly work: number;
  readonly chat: number;
}

/** What a world other than that of the kill matrix has of its own. */
export interface WorldOwn {
  readonly writeTargets: (folder: string, services: Services) => Promise<readonly Target[]>;
  /** Loaded before planb in place of what breaks it. */
  readonly preload: string;
  /** For planb's processes, besides what every world has. */
  readonly env: (folder: string, workspace: Workspace) => Readonly<Record<string, string>>;
  /** Groups in Telegram beside the targets' channels in Slack. */
  readonly telegramChats: readonly TelegramChat[];
}

/** planb's processes on a PostgreSQL and a Redis of their own, a stand-in for Slack, and targets whose ledgers tell the truth. */
export class ChaosWorld {
  readonly services: Services;
  readonly workspace: Workspace;
  readonly targets: readonly Target[];
  readonly store: Store;
  bot: PlanbProcess;
  worker: PlanbProcess;
  readonly folder: string;
  readonly #program: string;
  readonly #own: WorldOwn | undefined;
  readonly #pool: pg.Pool;

  private constructor(folder: string, program: string, services: Services, workspace: Workspace, targets: readonly Target[], own: WorldOwn | undefined) {
    this.folder = folder;
    this.#own = own;
    this.#program = program;
    this.services = services;
    this.workspace = workspace;
    this.targets = targets;
    this.store = createStore({ url: services.directUrl });
    this.#pool = new pg.Pool({ connectionString: services.directUrl, max: 2 });
    this.#pool.on('error', () => undefined);
    this.bot = this.begin('bot');
    this.worker = this.begin('worker');
  }

  /** `program`: the built main.js. `targets`: so many of the kill matrix's, or a world's own. */
  static async open(program: string, targets: number | WorldOwn): Promise<ChaosWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'planb-chaos-'));
    const services = await startServices(folder);
    const own = typeof targets === 'number' ? undefined : targets;
    const written = typeof targets === 'number' ? await writeTargets(folder, targets) : await targets.writeTargets(folder, services);
    const workspace = await startWorkspace({ ...(own === undefined ? {} : { telegram: { limits: 'off' as const, chats: [...own.telegramChats] } }), slack: { limits: 'off', channels: written.map(({ id, channel }) => ({ id: channel, name: id })) } });
    const world = new ChaosWorld(folder, program, services, workspace, written, own);
    try {
      await Promise.all([world.botIs(world.bot), world.worker.ready()]);
    } catch (error) {
      await world.close();
      throw error;
    }
    return world;
  }

  /** Starts another process; the world's own is who is put into `bot` or `worker`. */
  begin(service: 'bot' | 'worker'): PlanbProcess {
    const { SLACK_API_URL = '', SLACK_BOT_TOKEN = '', SLACK_SIGNING_SECRET = '' } = this.workspace.env;
    const env = { SLACK_API_URL, SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET, ...this.services.env, PLANB_CONFIG: join(this.folder, 'planb.yaml'), PLANB_DATA: join(this.folder, 'data'), ...this.#own?.env(this.folder, this.workspace) };
    return new PlanbProcess(this.#program, service, env, this.folder, this.#own?.preload);
  }

  /** Makes it the world's bot, to which Slack speaks, once it is ready. */
  async botIs(bot: PlanbProcess): Promise<void> {
    this.bot = bot;
    await bot.ready();
    this.workspace.slack.connectTo(`http://127.0.0.1:${String(bot.port)}/slack/events`);
  }

  /** The run as it is on record; waits while PostgreSQL is away. */
  run(id: string): Promise<RunState> {
    return this.#patiently(async () => (await loadRun(this, id)).state);
  }

  async query<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    return this.#patiently(async () => (await this.#pool.query<Row>(sql, [...values])).rows);
  }

  async progress(): Promise<Progress> {
    const [row] = await this.query<{ work: number; chat: number }>(`SELECT
      ((SELECT count(*) FROM events) + (SELECT count(*) FROM deliveries WHERE processed_at IS NOT NULL))::int AS work,
      ((SELECT coalesce(sum(shown_version), 0) FROM boards) + (SELECT count(*) FROM messages WHERE sent_at IS NOT NULL) + (SELECT count(*) FROM deliveries))::int AS chat`);
    return row ?? { work: 0, chat: 0 };
  }

  /** Resolves when everything that was said, decided or to be shown has been dealt with. */
  async quiet(): Promise<void> {
    await eventually(async () => {
      const left = await this.notDealtWith();
      if (left !== undefined) throw new Error(`not dealt with: ${left}`);
      return true;
    }, patienceMs);
  }

  /** What still has to be done, shown or said. */
  async notDealtWith(): Promise<string | undefined> {
    const [left] = await this.query<{ what: string | null }>(`SELECT concat_ws(', ',
        (SELECT 'deliveries: ' || string_agg(id, ' ') FROM deliveries WHERE processed_at IS NULL),
        (SELECT 'messages: ' || string_agg(id || coalesce(' ' || failed, ''), ' ') FROM messages WHERE sent_at IS NULL),
        (SELECT 'boards behind: ' || string_agg(b.run_id, ' ') FROM boards AS b JOIN runs AS r ON r.id = b.run_id WHERE b.shown_version < r.version),
        (SELECT 'in the outbox: ' || string_agg(key, ' ') FROM outbox)) AS what`);
    return left?.what === '' ? undefined : left?.what ?? undefined;
  }

  async close(): Promise<void> {
    await Promise.all([this.bot, this.worker].map((one) => one.end('SIGKILL')));
    await this.store.close();
    await this.#pool.end();
    await this.workspace.close();
    await this.services.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #patiently<T>(ask: () => Promise<T>): Promise<T> {
    return eventually(async () => {
      try {
        return { answer: await ask() };
      } catch (error) {
        if (isAway(error)) return undefined;
        throw error;
      }
    }).then(({ answer }) => answer);
  }
}

function isAway(error: unknown): boolean {
  if (error instanceof StoreError) return error.retryable;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^(57P0|ECONN|ENOENT|EPIPE)/.test(code) || (error instanceof Error && /Connection terminated/i.test(error.message));
}

import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { saidLog } from '../../../adapters/log/pino-log.js';
import { createStore } from '../../../adapters/postgres/store.js';
import { isAlive, ownIdentity } from '../../../adapters/process/process-identity.js';
import { createChatLimiter } from '../../../adapters/redis/chat-limiter.js';
import { createQueue } from '../../../adapters/redis/queue.js';
import { createSlack } from '../../../adapters/slack/slack.js';
import { createTelegram } from '../../../adapters/telegram/telegram.js';
import { postRoute, type WebRoute } from '../../../adapters/web/route.js';
import { startWeb } from '../../../adapters/web/server.js';
import { startWorkspace, type Workspace, type WorkspaceOptions } from '../../../demo/workspace/workspace.js';
import { defineAction, type RegisteredAction } from '../../../jobs/actions/define-action.js';
import { startChatWorker } from '../../../jobs/chat-worker.js';
import { readFormChoices } from '../../../jobs/form-choices.js';
import { Relay } from '../../../jobs/relay.js';
import type { ChatParts } from '../../../jobs/chat-retry.js';
import { startWorker } from '../../../jobs/worker.js';
import { parseCommand } from '../../../src/command/parse.js';
import { parseWord } from '../../../src/command/parse-word.js';
import { personOf, rosterOf } from '../../../src/approval/roster.js';
import type { Actor } from '../../../src/person.js';
import type { Config } from '../../../src/config.js';
import { parseConfig } from '../../../src/config/parse-config.js';
import type { StepResult } from '../../../src/ports/action.js';
import type { ChatPlatform } from '../../../src/ports/chat.js';
import type { Store } from '../../../src/ports/store.js';
import type { World } from '../../../src/ports/world.js';
import { parseRunbook } from '../../../src/runbook/parse-runbook.js';
import { createPlanbDatabase } from '../../support/planb-database.js';
import type { TestDatabase } from '../../support/postgres.js';
import { createRedis } from '../../support/redis.js';
import { localFiles } from '../../../adapters/files/local-files.js';
import { noDns } from '../../support/no-dns.js';
import { noHosts } from '../../support/no-hosts.js';

export const SLACK_OPS = 'C0123456';
export const TELEGRAM_OPS = -1001234;
export const TOPIC = 7;
export const ALICE = { slack: 'U01ALICE', telegram: 1001 } as const;
export const BOB = { slack: 'U02BOB', telegram: 1002 } as const;
export const CAROL = { slack: 'U03CAROL', telegram: 1003 } as const;

export interface Settings {
  readonly locale?: 'en' | 'ru';
  /** Further lines of the target `shop`. */
  readonly target?: string;
  /** In place of the target's `releases` and `with`. */
  readonly given?: string;
  /** Further lines at the end of planb.yaml's channels. */
  readonly channels?: string;
  readonly votes?: string;
  /** Alice and Bob have secrets for time-based codes, in `${env:TOTP_ALICE}` and so on. */
  readonly totp?: boolean;
  readonly workspace?: WorkspaceOptions;
  /** The platforms that this bot has tokens for. Default both. */
  readonly platforms?: readonly ('slack' | 'telegram')[];
  readonly webhook?: boolean;
  /** The text of the target's own runbook. Default: one that reverts and looks. */
  readonly rollback?: string;
  /** Further runbooks of the target, by kind. */
  readonly runbooks?: Readonly<Record<string, string>>;
  /** Real actions beside the fake ones, and the machine that they may touch. */
  readonly actions?: readonly RegisteredAction[];
  readonly world?: Partial<World>;
}

function planbYaml({ locale = 'en', target = '', channels = '', votes = '', totp = false, given = 'releases: [1.1.0, 1.0.0, 0.9.0]\n    with: { name: shop }', runbooks = {} }: Settings): string {
  const more = Object.keys(runbooks).map((kind) => `${kind}: ${kind}`).join(', ');
  return `
people:
  alice: { slack: U01ALICE, telegram: 1001${totp ? ', totp: "${env:TOTP_ALICE}"' : ''} }
  bob: { slack: U02BOB, telegram: 1002${totp ? ', totp: "${env:TOTP_BOB}"' : ''} }
  carol: { slack: U03CAROL }
groups:
  oncall: [alice, bob]
channels:
  ops: { slack: ${SLACK_OPS}, telegram: { chat: ${String(TELEGRAM_OPS)}, topic: ${String(TOPIC)} }, locale: ${locale} }
${channels}
targets:
  shop:
    title: Shop
    runbook: rollback
    channel: ops
    requesters: [oncall]
    approval: { people: 2, from: [oncall]${votes} }
    ${given}
    runbooks: { ${more} }
    ${target}
`;
}

const runbook = `
name: Shop, back to an earlier release
kind: rollback
params:
  to: { type: release, required: true }
steps:
  - id: revert
    name: Put \${{ params.to }} back
    uses: fake.release
    with: { to: "\${{ params.to }}" }
  - id: ready
    name: Wait until the shop is healthy
    uses: fake.check
`;

/** What the fake actions do; a test holds a step by a promise of its own. */
export interface Shop {
  running: string;
  revert: (to: string) => Promise<StepResult>;
  check: () => Promise<StepResult>;
  readonly reverted: string[];
}

function shopActions(shop: Shop): ReadonlyMap<string, RegisteredAction> {
  const release = defineAction({
    name: 'fake.release', summary: 'Puts a release back.', input: z.strictObject({ to: z.string() }), defaultTimeoutMs: 60_000,
    running: async () => ({ name: shop.running }),
    inspect: async () => [{ key: 'shop', label: 'Shop runs', kind: 'identity', value: shop.running, readAt: new Date().toISOString() }],
    describe: (input) => ({ commands: [`release ${input.to}`], effect: 'idempotent', destructive: false, changes: [{ key: 'shop' }] }),
    execute: async (_context, input) => {
      shop.reverted.push(input.to);
      const result = await shop.revert(input.to);
      if (result.ok) shop.running = input.to;
      return result;
    },
  });
  const check = defineAction({
    name: 'fake.check', summary: 'Looks at the shop.', input: z.object({}), check: true, defaultTimeoutMs: 60_000,
    describe: () => ({ commands: ['look'], effect: 'read', destructive: false, changes: [] }),
    execute: async () => shop.check(),
  });
  return new Map([[release.name, release], [check.name, check]]);
}

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A whole planb but for its processes: real store, queue and adapters, one worker, fake actions. Everything ends with the test. */
export interface RunningPlanb {
  readonly workspace: Workspace;
  readonly store: Store;
  readonly database: TestDatabase;
  readonly config: Config;
  readonly shop: Shop;
  readonly chat: ChatParts;
  /** The worker's; a test may replace what its store does. */
  readonly parts: { readonly store: { -readonly [Method in keyof Store]: Store[Method] } };
  readonly log: readonly LogLine[];
  /** Where the web server listens. */
  readonly url: string;
}

export async function startPlanb(settings: Settings = {}): Promise<RunningPlanb> {
  const [database, redis, workspace] = await Promise.all([
    createPlanbDatabase(), createRedis(), startWorkspace(settings.workspace),
  ]);
  const parsed = parseConfig(planbYaml(settings), 'planb.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { config } = parsed;
  const lines: LogLine[] = [];
  const say = (level: LogLine['level']) => (fields: Readonly<Record<string, unknown>>, message: string): void => void lines.push({ level, message, fields });
  const log = { info: say('info'), warn: say('warn'), error: say('error') };

  const store = createStore({ url: database.url });
  const queue = createQueue({ url: redis.url, prefix: redis.prefix, onError: () => undefined });
  const relay = new Relay(store, queue, log);
  const nudgeRelay = (): void => relay.nudge();
  const receive = {
    command: config.command, formChoices: () => readFormChoices(store, config), knows: (actor: Actor) => personOf(rosterOf(config), actor).ok,
    accept: async (delivery: Parameters<Store['acceptDelivery']>[0]) => {
      const stored = await store.acceptDelivery(delivery);
      nudgeRelay();
      return stored;
    },
  };
  const targets = Object.keys(config.targets);
  const slack = createSlack({
    ...receive, botToken: workspace.slack.botToken, signingSecret: workspace.slack.signingSecret, apiUrl: workspace.slack.apiUrl, targets, locale: settings.locale ?? 'en',
    log: saidLog(log),
  });
  const routes: WebRoute[] = [postRoute('/slack/events', (request, response) => slack.handle?.(request, response))];
  const telegramOf = (webhook: { url: string; secret: string } | undefined) => createTelegram({
    ...receive, token: workspace.telegram.botToken, apiRoot: workspace.telegram.apiRoot, leadership: store, log,
    parse: { command: (words) => parseCommand(words, { command: config.command, targets }), word: parseWord },
    localeOf: (chat) => Object.values(config.channels).find((channel) => channel.telegram?.channel === chat)?.locale,
    timing: { backoffMs: { first: 20, longest: 200 } },
    ...(webhook === undefined ? {} : { webhook }),
  });
  const served: { telegram?: ReturnType<typeof createTelegram> } = {};
  routes.push(postRoute('/telegram/webhook', (request, response) => served.telegram?.handle?.(request, response)));
  const server = await startWeb({ port: 0, host: '127.0.0.1', routes, log });
  const url = `http://127.0.0.1:${String(server.port)}`;
  const telegram = telegramOf(settings.webhook === true ? { url: `${url}/telegram/webhook`, secret: 'a-webhook-secret' } : undefined);
  served.telegram = telegram;
  workspace.slack.connectTo(`${url}/slack/events`);

  const wanted = settings.platforms ?? ['slack', 'telegram'];
  const platforms = new Map<string, ChatPlatform>([slack, telegram].filter(({ platform }) => wanted.includes(platform)).map((one) => [one.platform, one]));
  const connection = new Redis(redis.url, { maxRetriesPerRequest: 1 });
  const chat: ChatParts = { store, queue, config, platforms, limiter: createChatLimiter(connection, redis.prefix), log };

  const shop: Shop = {
    running: '1.1.0', reverted: [],
    revert: async (to) => ({ ok: true, receipt: { release: to } }), check: async () => ({ ok: true, receipt: { status: 200 } }),
  };
  const book = parseRunbook(settings.rollback ?? runbook, 'rollback.yaml');
  if (!book.ok) throw new Error(JSON.stringify(book.problems));
  const books = new Map(Object.entries(settings.runbooks ?? {}).map(([kind, text]) => {
    const parsed = parseRunbook(text, `${kind}.yaml`);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    return [kind, parsed.runbook] as const;
  }));
  const never = async (): Promise<never> => { throw new Error('no test touches this machine'); };
  const world: World = {
    runProgram: never, connectDatabase: never, files: localFiles, hosts: noHosts, dns: noDns, throwawayPostgres: { find: never, start: never }, fetch: never, runFolder: never, cacheFolder: never, dataFolder: '/nonexistent', machine: () => Promise.resolve('m1'), references: { env: () => undefined, file: () => undefined }, mask: (text) => text,
    identity: await ownIdentity(), ownerState: isAlive, endOrphans: async () => 0,
    loadRunbook: async (name) => ({ ok: true, runbook: books.get(name) ?? book.runbook, sha256: 'f'.repeat(64) }),
    ...settings.world,
  };
  await slack.start();
  if (wanted.includes('telegram')) telegram.start();
  relay.start();
  const consumer = startChatWorker(chat);
  const parts = { worker: randomUUID(), store: { ...store }, queue, config, actions: new Map([...shopActions(shop), ...(settings.actions ?? []).map((action) => [action.name, action] as const)]), world, log, nudgeRelay };
  const worker = await startWorker(parts);

  onTestFinished(async () => {
    await worker.stop(2_000);
    await server.close();
    await Promise.all([slack.stop(), telegram.stop()]);
    await consumer.close();
    connection.disconnect();
    await relay.stop();
    await queue.close();
    await store.close();
    await workspace.close();
    await database.drop();
  });
  return { workspace, store, database, config, shop, chat, parts, log: lines, url };
}

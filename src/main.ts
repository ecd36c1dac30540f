#!/usr/bin/env node
import { randomUUID } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { watchConfig } from '../adapters/files/live-config.js';
import { loadConfig, referenceReader } from '../adapters/files/load-config.js';
import { packageVersion } from '../adapters/files/package-version.js';
import { createLog, saidLog } from '../adapters/log/pino-log.js';
import { ask } from '../adapters/cli/ask.js';
import type { CliServices, CollectAnswer, DemoOptions, DoctorReach, PlanAnswer, PlanRequest, RegisteredBackup } from '../adapters/cli/services.js';
import { personOf, rosterOf } from './approval/roster.js';
import type { BoardView } from './board/view.js';
import { localeOf, type Config, type Locale } from './config.js';
import { configuredSecrets, hidingReader, makeMasker, ownSecrets } from './configured-secrets.js';
import type { Actor } from './person.js';
import type { ChatPlatform } from './ports/chat.js';
import type { Log } from './ports/log.js';
import type { Queue } from './ports/queue.js';
import { StoreError, type Store } from './ports/store.js';
import type { World } from './ports/world.js';
import type { RunState } from './run/state.js';
import type { LearningMasker } from './secret/learning-masker.js';
import type { Secret } from './secret/mask.js';
import { auditKey, exportAudit, signerOrNone, startCheckpoints, verifyAudit, verifyBundle } from './main/audit.js';
import { postNotice } from './main/post-notice.js';
import { readSettings, type Settings } from './settings.js';

// The only wiring: everything else reaches the outside through ports. Heavy parts are imported when a command needs them, so that `planb --help` is instant.

const startRetryMs = 1_000;

/** Settings, configuration and what hides its secrets. */
interface Base {
  readonly settings: Settings;
  /** As planb.yaml says now; never kept by whoever needs it later. */
  readonly config: Config;
  readonly configFile: string;
  readonly configFolder: string;
  readonly masker: LearningMasker;
  readonly log: Log;
}

/** What hides the secrets that are known so far, for words that are printed rather than logged. */
let hide: (text: string) => string = (text) => text;

async function openBase(more: readonly Secret[] = []): Promise<Base> {
  const settings = readSettings(process.env);
  const own = makeMasker(ownSecrets(settings));
  hide = (text) => own.mask(text);
  const { config, file, folder } = await loadConfig(settings.configFile);
  const masker = makeMasker([...ownSecrets(settings), ...more, ...configuredSecrets(config, referenceReader(folder, process.env))]);
  hide = (text) => masker.mask(text);
  return { settings, config, configFile: file, configFolder: folder, masker, log: createLog(masker) };
}

interface Embedded {
  readonly url: string;
  stop(): Promise<void>;
}

/** planb's PostgreSQL with its schema up to date: the given one, or a private one of this machine's own binaries. */
async function openPostgres(settings: Settings, log: Log | undefined): Promise<{ readonly store: Store; readonly url: string; close(): Promise<void> }> {
  const [{ migrate }, { createStore }] = await Promise.all([import('../adapters/postgres/migrate.js'), import('../adapters/postgres/store.js')]);
  let embedded: Embedded | undefined;
  if (settings.databaseUrl === undefined) {
    const { startPostgres } = await import('../adapters/embedded/postgres-server.js');
    embedded = await startPostgres({ dataDir: join(settings.dataFolder, 'postgres'), onNotice: (notice) => log?.warn({}, notice) });
  }
  const url = settings.databaseUrl ?? embedded?.url ?? '';
  try {
    await untilThere('PostgreSQL', settings.startPatienceMs, log, () => migrate(url), (error) => error instanceof StoreError && error.retryable);
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
  const store = createStore({ url, onIdleError: (error) => log?.warn({ error }, 'a connection to PostgreSQL broke') });
  return { store, url, close: async () => { await store.close(); await embedded?.stop(); } };
}

/** The queue: on the given Redis, or on a private one. */
async function openRedis(settings: Settings, log: Log): Promise<{ readonly queue: Queue; readonly url: string; close(): Promise<void> }> {
  const [{ createQueue }, { RedisError }] = await Promise.all([import('../adapters/redis/queue.js'), import('../adapters/redis/explain.js')]);
  let embedded: Embedded | undefined;
  if (settings.redisUrl === undefined) {
    const { startRedis } = await import('../adapters/embedded/redis-server.js');
    embedded = await startRedis({ dataDir: join(settings.dataFolder, 'redis'), onNotice: (notice) => { log.warn({}, notice); } });
  }
  const url = settings.redisUrl ?? embedded?.url ?? '';
  let said = '';
  let there = false;
  const queue = createQueue({
    url,
    // ioredis repeats itself with every attempt; the same trouble is said once. At the start, whoever waits for it says it.
    onError: (error) => {
      if (!there || error.message === said) return;
      said = error.message;
      log.warn({ error }, 'the queue has trouble');
    },
  });
  try {
    await untilThere('Redis', settings.startPatienceMs, log, () => queue.ping(), (error) => !(error instanceof RedisError) || error.retryable);
    there = true;
  } catch (error) {
    await queue.close();
    await embedded?.stop();
    throw error;
  }
  return { queue, url, close: async () => { await queue.close(); await embedded?.stop(); } };
}

/** Tries until the patience is over, saying what it waits for; then the last failure is the answer. */
async function untilThere<T>(what: string, patienceMs: number, log: Log | undefined, attempt: () => Promise<T>, mayCome: (error: unknown) => boolean): Promise<T> {
  for (const until = performance.now() + patienceMs; ;) {
    try {
      return await attempt();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const leftMs = until - performance.now();
      if (!mayCome(error)) throw error;
      if (leftMs <= 0) throw new Error(`${what} did not answer within ${String(Math.round(patienceMs / 1_000))} s: ${why}`, { cause: error });
      const message = `${what} does not answer yet, trying again for ${String(Math.ceil(leftMs / 1_000))} s: ${why}`;
      if (log === undefined) process.stderr.write(`${message}\n`);
      else log.warn({}, message);
      await delay(Math.min(startRetryMs, leftMs));
    }
  }
}

async function createWorld(base: Pick<Base, 'settings' | 'configFolder' | 'masker'> & { readonly config?: Config }): Promise<World> {
  const { settings, configFolder, masker } = base;
  const [{ createRunProgram }, { ownIdentity, isAlive }, { killOrphans }, { connectTargetDatabase }, { loadRunbook }, { createThrowawayPostgres }, { machineNamer }, { localFiles }, { createDns }] = await Promise.all([
    import('../adapters/process/run-program.js'), import('../adapters/process/process-identity.js'), import('../adapters/process/orphans.js'),
    import('../adapters/postgres/target-database.js'), import('../adapters/files/load-runbook.js'), import('../adapters/embedded/throwaway-postgres.js'),
    import('../adapters/files/machine-name.js'), import('../adapters/files/local-files.js'), import('../adapters/dns/create-dns.js'),
  ]);
  const runProgram = createRunProgram(masker);
  const references = hidingReader(referenceReader(configFolder, process.env), masker);
  const hosts = await sshHosts({ runProgram, connectDatabase: connectTargetDatabase }, () => base.config);
  return {
    runProgram, connectDatabase: connectTargetDatabase, files: localFiles, hosts, throwawayPostgres: createThrowawayPostgres(), fetch: globalThis.fetch, references, dns: (use) => createDns({ providers: () => base.config?.dns ?? {}, references }, use),
    mask: (text) => masker.mask(text), identity: await ownIdentity(), ownerState: isAlive,
    endOrphans: async (attempt) => (await killOrphans(attempt)).ended.length,
    runFolder: async (run) => {
      const folder = resolve(settings.dataFolder, 'runs', run);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return folder;
    },
    cacheFolder: async () => {
      const folder = resolve(settings.dataFolder, 'cache');
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return folder;
    },
    dataFolder: resolve(settings.dataFolder), machine: machineNamer(resolve(settings.dataFolder)),
    loadRunbook: (name) => loadRunbook(name, configFolder),
  };
}

/** Other machines; their connections last until they are closed. planb.yaml may change meanwhile. */
async function sshHosts(here: Pick<World, 'runProgram' | 'connectDatabase'>, config: () => Config | undefined): Promise<World['hosts']> {
  const { createSshHosts } = await import('../adapters/ssh/ssh-hosts.js');
  return createSshHosts({ ...here, settings: () => { const file = config()?.ssh?.config; return file === undefined ? {} : { configFile: file }; } });
}

/** Something that was started and has to be stopped, last started first. */
type Stop = () => Promise<void>;

async function runService(service: 'up' | 'bot' | 'worker'): Promise<void> {
  const first = await openBase();
  const { settings, config, log } = first;
  const stops: Stop[] = [];
  const stopAll = async (): Promise<void> => { for (const stop of stops.splice(0).reverse()) await stop(); };
  try {
    const postgres = await openPostgres(settings, log);
    stops.push(() => postgres.close());
    const redis = await openRedis(settings, log);
    stops.push(() => redis.close());
    // From here on: told to stop before everything has started, planb starts the rest and then stops all of it in order.
    const toldToStop = stopSignal();
    // The private Redis has a password of its own.
    const opened = await openBase([{ name: 'REDIS_URL', value: redis.url }]);
    const live = watchConfig({ config: opened.config, file: opened.configFile, folder: opened.configFolder }, log);
    stops.push(() => { live.stop(); return Promise.resolve(); });
    const base: Base = { ...opened, get config() { return live.current.config; } };
    const { Relay } = await import('../jobs/relay.js');
    const relay = new Relay(postgres.store, redis.queue, log);
    relay.start();
    stops.push(() => relay.stop());
    if (service !== 'worker') stops.push(await startBot(base, postgres.store, redis, () => { relay.nudge(); }));
    if (service !== 'bot') stops.push(await startWorkerPart(base, postgres.store, redis.queue, () => { relay.nudge(); }));
    log.info({ service, targets: Object.keys(config.targets) }, 'planb is ready');
    const signal = await toldToStop;
    log.info({ signal }, 'stopping: steps in hand may finish');
  } finally {
    await stopAll();
  }
  log.info({}, 'stopped');
}

/** The first signal asks for an orderly end; the second ends at once, as kill -9 would: planb survives that too. */
function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        process.on(signal, () => process.exit(1));
        resolve(signal);
      });
    }
  });
}

async function startWorkerPart(base: Base, store: Store, queue: Queue, nudgeRelay: () => void): Promise<Stop> {
  const [{ startWorker }, { actions }] = await Promise.all([import('../jobs/worker.js'), import('../jobs/actions/registry.js')]);
  const world = await createWorld(base);
  const worker = await startWorker({ worker: randomUUID(), store, queue, get config() { return base.config; }, actions, world, log: base.log, nudgeRelay });
  const stopCheckpoints = await startCheckpoints(base.settings, store, base.log);
  return async () => {
    await worker.stop(base.settings.drainMs);
    await stopCheckpoints();
    await world.hosts.close();
  };
}

async function startBot(base: Base, store: Store, redis: { readonly queue: Queue; readonly url: string }, nudgeRelay: () => void): Promise<Stop> {
  const { settings, log } = base;
  const [{ startChatWorker }, { readFormChoices }, { Redis }, { createChatLimiter }, web] = await Promise.all([
    import('../jobs/chat-worker.js'), import('../jobs/form-choices.js'), import('ioredis'), import('../adapters/redis/chat-limiter.js'), openWebParts(),
  ]);
  const stops: Stop[] = [];
  const platforms = new Map<string, ChatPlatform>();
  const receive = {
    command: base.config.command, formChoices: () => readFormChoices(store, base.config), knows: (actor: Actor) => personOf(rosterOf(base.config), actor).ok,
    accept: async (delivery: Parameters<Store['acceptDelivery']>[0]) => {
      const stored = await store.acceptDelivery(delivery);
      nudgeRelay();
      return stored;
    },
  };
  const routes = [...web.healthRoutes({
    postgres: async () => { await store.now(); return { ok: true }; },
    redis: async () => { await redis.queue.ping(); return { ok: true }; },
  }), web.alertmanagerRoute({ ...(settings.hookToken === undefined ? {} : { token: settings.hookToken }), accept: receive.accept, log }), web.runPageRoute(async (run, key) => {
    const page = await web.readRunPage({ store, config: base.config }, run, key);
    return page === undefined ? undefined : web.renderRunPage({
      board: page.board, timeline: [], sections: page.details.sections, madeAt: new Date(page.now).toISOString(), live: page.live,
    }, (id) => base.config.people[id]?.name ?? id);
  }), web.metricsRoute(() => web.readMetrics(store))];

  if (settings.slack !== undefined) {
    const { createSlack } = await import('../adapters/slack/slack.js');
    const locale = Object.values(base.config.channels).find((channel) => channel.slack !== undefined)?.locale ?? 'en';
    const slack = createSlack({ ...receive, ...settings.slack, targets: Object.keys(base.config.targets), locale, log: saidLog(log) });
    platforms.set('slack', slack);
    const { handle } = slack;
    if (handle !== undefined) routes.push(web.postRoute('/slack/events', (request, response) => { handle(request, response); }));
    const connecting = new AbortController();
    void keepStarting('Slack', log, connecting.signal, () => slack.start());
    stops.push(async () => { connecting.abort(); await slack.stop(); });
  }
  if (settings.telegram !== undefined) {
    const [{ createTelegram }, { parseCommand }, { parseWord }] = await Promise.all([import('../adapters/telegram/telegram.js'), import('./command/parse.js'), import('./command/parse-word.js')]);
    const telegram = createTelegram({
      ...receive, ...settings.telegram, leadership: store, log,
      parse: { command: (words) => parseCommand(words, { command: base.config.command, targets: Object.keys(base.config.targets) }), word: parseWord },
      localeOf: (chat) => Object.values(base.config.channels).find((channel) => channel.telegram?.channel === chat)?.locale,
    });
    platforms.set('telegram', telegram);
    if (telegram.handle !== undefined) routes.push(web.postRoute('/telegram/webhook', telegram.handle));
    telegram.start();
    stops.push(() => telegram.stop());
  }
  if (platforms.size === 0) log.warn({}, 'no chat is configured: set SLACK_BOT_TOKEN or TELEGRAM_BOT_TOKEN, or use the command line');

  const connection = new Redis(redis.url, { maxRetriesPerRequest: 1, enableOfflineQueue: false, retryStrategy: (times) => Math.min(times * 100, 2_000) });
  connection.on('error', () => undefined);
  const chat = startChatWorker({ store, queue: redis.queue, get config() { return base.config; }, platforms, limiter: createChatLimiter(connection), log, ...(await signerOrNone(settings, log)) });
  const server = await web.startWeb({ port: settings.port, routes, log });
  log.info({ port: server.port }, 'listening');
  return async () => {
    await server.close();
    for (const stop of stops) await stop();
    await chat.close();
    connection.disconnect();
  };
}

async function openWebParts() {
  const [server, route, health, metrics, runPage, page, { alertmanagerRoute }, { readMetrics }, { readRunPage }] = await Promise.all([
    import('../adapters/web/server.js'), import('../adapters/web/route.js'), import('../adapters/web/health.js'), import('../adapters/web/metrics.js'),
    import('../adapters/web/run-page-route.js'), import('../adapters/web/run-page/page.js'), import('../adapters/web/alertmanager.js'), import('../jobs/metrics.js'), import('../jobs/run-page.js'),
  ]);
  return { alertmanagerRoute, startWeb: server.startWeb, postRoute: route.postRoute, healthRoutes: health.healthRoutes, metricsRoute: metrics.metricsRoute, runPageRoute: runPage.runPageRoute, renderRunPage: page.renderRunPage, readMetrics, readRunPage };
}

/** A platform that is away at start must not keep planb from working for the other one. */
async function keepStarting(name: string, log: Log, signal: AbortSignal, start: () => Promise<void>): Promise<void> {
  for (let wait = startRetryMs; !signal.aborted; wait = Math.min(wait * 2, 60_000)) {
    try {
      await start();
      return;
    } catch (error) {
      log.error({ error }, `${name} cannot be reached or refuses its token, trying again`);
      await delay(wait, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function makePlan(request: PlanRequest, progress: (line: string) => void): Promise<PlanAnswer> {
  const base = await openBase();
  const [{ planWithoutRun }, { actions }, world] = await Promise.all([import('../jobs/planning/plan-without-run.js'), import('../jobs/actions/registry.js'), createWorld(base)]);
  progress(`reading what ${request.target} runs`);
  return withStore((store) => planWithoutRun({ worker: 'plan', store, queue: noQueue, config: base.config, actions, world, log: base.log, nudgeRelay: () => undefined }, request)).finally(() => world.hosts.close());
}

async function registerBackup(target: string, path: string): Promise<RegisteredBackup> {
  const base = await openBase();
  const [{ registerBackup: register }, { actions }, world] = await Promise.all([import('../jobs/backups/register-backup.js'), import('../jobs/actions/registry.js'), createWorld(base)]);
  return withStore((store) => register({ worker: 'register', store, queue: noQueue, config: base.config, actions, world, log: base.log, nudgeRelay: () => undefined }, target, path));
}

async function collectBoth(target: string, progress: (line: string) => void): Promise<CollectAnswer> {
  const base = await openBase();
  const [{ collect }, world] = await Promise.all([import('../jobs/collect/collect.js'), createWorld(base)]);
  return collect({ config: base.config, world }, target, progress).finally(() => world.hosts.close());
}

/** Planning wakes nobody. */
const noQueue: Queue = {
  publish: () => Promise.resolve(), consume: () => ({ close: () => Promise.resolve() }), ping: () => Promise.resolve(), close: () => Promise.resolve(),
};

async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const postgres = await openPostgres(readSettings(process.env), undefined);
  try {
    return await work(postgres.store);
  } finally {
    await postgres.close();
  }
}

async function runDemo(options: DemoOptions): Promise<number> {
  const { runDemo: run } = await import('../demo/demo.js');
  return run(options);
}

/** Doctor also examines a planb whose planb.yaml is broken, so it hides what the environment holds and needs nothing else. */
function doctorReach(): DoctorReach {
  const settings = readSettings(process.env);
  const configFolder = dirname(resolve(settings.configFile));
  const base: Promise<Parameters<typeof createWorld>[0]> = openBase().catch(() => ({ settings, configFolder, masker: makeMasker(ownSecrets(settings)) }));
  const world = base.then(createWorld);
  return {
    dns: async (signal) => { const { dns, runProgram } = await world; return dns({ runProgram, signal }); },
    runProgram: async (request) => (await world).runProgram(request), connectDatabase: async (url) => (await world).connectDatabase(url), fetch: globalThis.fetch,
    references: referenceReader(configFolder, process.env), hosts: async () => { const { config } = await base; return sshHosts(await world, () => config); },
    findPostgres: async () => (await import('../adapters/embedded/find-binaries.js')).findPostgres(), findRedis: async () => (await import('../adapters/embedded/find-binaries.js')).findRedis(),
    findChromium: async (named) => (await import('../jobs/actions/browser/find-chromium.js')).findChromium(named),
    redisInfo: async (url) => (await import('../adapters/redis/info.js')).redisInfo(url),
  };
}

async function reportOf(run: string, locale: Locale | undefined): Promise<string | undefined> {
  const [{ config, settings, log }, { readReport }] = await Promise.all([openBase(), import('../jobs/report-file.js')]);
  return withStore(async (store) => (await readReport({ store, config, ...(await signerOrNone(settings, log)) }, run, locale))?.text);
}

async function boardViewFor(config: Config, store: Store, state: RunState, now: number): Promise<BoardView> {
  const { boardView } = await import('../jobs/board-view.js');
  return boardView({ store, config }, state, localeOf(config, config.targets[state.target]), now);
}

async function cliServices(): Promise<CliServices> {
  const { actions } = await import('../jobs/actions/registry.js');
  const { isAlive } = await import('../adapters/process/process-identity.js');
  let opened: Promise<Base> | undefined;
  // Read once: a command that follows a run asks four times a second.
  const base = (): Promise<Base> => (opened ??= openBase());
  const interactive = process.stdin.isTTY && process.stderr.isTTY;
  return {
    env: process.env, version: packageVersion(), stdout: process.stdout, stderr: process.stderr,
    ...(interactive ? { ask } : {}),
    runService, runDemo, makePlan, collect: collectBoth, registerBackup, withStore, verifyAudit, exportAudit, verifyBundle, auditKey, postNotice: async (to, notice) => postNotice((await base()).settings, to, notice), readReport: reportOf, boardView: async (store, state, now) => boardViewFor((await base()).config, store, state, now), ownerState: isAlive,
    loadConfig: async () => (await base()).config, mask: (text) => hide(text),
    readRunbook: async (name, folder) => (await import('../adapters/files/load-runbook.js')).readRunbookText(name, folder),
    actionPlaces: async () => (await import('../jobs/actions/define-action.js')).actionPlaces(actions),
    actionSchemas: () => new Map([...actions].map(([name, action]) => [name, action.input])),
    actionSummaries: () => [...actions.values()].map(({ name, summary }) => ({ name, summary })),
    doctor: doctorReach,
  };
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  // `planb help | head` is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => { if (error.code !== 'EPIPE') throw error; });
  const { runCli } = await import('../adapters/cli/program.js');
  process.exitCode = await runCli(await cliServices(), process.argv);
}

import { parseCommand } from '../../src/command/parse.js';
import { parseWord } from '../../src/command/parse-word.js';
import { ChatError } from '../../src/ports/chat.js';
import { createBotApi, type BotApi } from './bot-api.js';
import { CallbackAnswers } from './callback-answers.js';
import { DEFAULT_TIMING, type ParseWords, type TelegramAdapter, type TelegramOptions, type TelegramTiming } from './options.js';
import { explainFailure, pauseAfter } from './failure.js';
import { backoffMs, hasAborted, pause } from './pause.js';
import { createPlatform } from './platform.js';
import { poll } from './poll.js';
import { Receiver, type Received } from './receive.js';
import { ALLOWED_UPDATES, Me } from './updates/schema.js';
import { createWebhookHandler } from './webhook.js';

/** After stop() an answer that is still under way gets this long. */
const LAST_ANSWERS_MS = 3_000;
const MOST_ATTEMPTS = 4;
/** Telegram's command menu lists commands, not their words: there is one, and its help names the words. */
const MENU_WORDS = { en: 'Take a bad release back; or: targets, status, whoami, help', ru: 'Откатить плохой релиз; или: targets, status, whoami, help' } as const;

/** Telegram through telegraf: long polling (one poller over all bots) or a webhook, the same commands, boards edited in place. */
export function createTelegram(options: TelegramOptions): TelegramAdapter {
  const timing = { ...DEFAULT_TIMING, ...options.timing };
  const api = createBotApi(options.token, options.apiRoot);
  const answers = new CallbackAnswers(api, timing.spinnerMs, options.log);
  const stopping = new AbortController();
  const background = new Set<Promise<void>>();
  let problem: string | undefined = 'Telegram has not answered yet';
  let me: Me | undefined;
  let running: Promise<void> | undefined;

  const contact = (now: string | undefined): void => {
    problem = now;
  };
  const inBackground = (what: string, work: () => Promise<void>): void => {
    const task = repeatWhenAllowed(work, stopping.signal)
      .catch((error: unknown) => { options.log.warn({ error: String(error) }, `Telegram: could not ${what}`); })
      .finally(() => background.delete(task));
    background.add(task);
  };
  const parse: ParseWords = options.parse ?? { command: (words) => parseCommand(words, { command: options.command }), word: parseWord };
  const receiver = new Receiver({ options, parse, api, answers, inBackground });
  const receive = (update: unknown): Promise<Received> => {
    if (me === undefined) return Promise.reject(new Error('the bot does not know its own name yet'));
    return receiver.receive(update, me);
  };

  const pollAsLeader = async (signal: AbortSignal, leading: AbortSignal): Promise<void> => {
    await untilItWorks(() => api.call('deleteWebhook', { drop_pending_updates: false }, { signal }), { timing, options, contact, signal });
    await poll({ api, receive, timing, log: options.log, contact }, signal, leading);
  };
  const run = async (signal: AbortSignal): Promise<void> => {
    me = await untilItWorks(() => introduce(api, options, signal), { timing, options, contact, signal });
    if (me === undefined || options.webhook !== undefined) return;
    const name = `telegram-poller:${String(me.id)}`;
    for (let failures = 0; !hasAborted(signal); ) {
      try {
        await options.leadership.withLeadership(name, signal, (leading) => pollAsLeader(signal, leading));
        failures = 0;
      } catch (error) {
        failures += 1;
        if (failures === 1 && !hasAborted(signal)) options.log.warn({ error: String(error) }, 'could not become or stay the one who polls Telegram; trying again');
      }
      await pause(backoffMs(Math.max(1, failures), timing.backoffMs), signal);
    }
  };

  return {
    ...createPlatform(api, answers),
    start() {
      running ??= run(stopping.signal);
    },
    async stop() {
      stopping.abort();
      await running;
      const said = new AbortController();
      await Promise.race([Promise.all([...background, answers.endAll()]), pause(LAST_ANSWERS_MS, said.signal)]);
      said.abort();
    },
    health: () => (problem === undefined ? { ok: true } : { ok: false, reason: problem }),
    ...(options.webhook === undefined
      ? {}
      : { handle: createWebhookHandler({ secret: options.webhook.secret, receive, failed: (error) => { options.log.warn({ error: String(error) }, 'a Telegram update was not stored; Telegram will deliver it again'); } }) }),
  };
}

/**
 * Learns the bot's name, publishes the command menu and sets the webhook: all of it may be done again at any time. A webhook of earlier days is
 * removed by the one who polls, since that call ends a poll that another process has open.
 */
async function introduce(api: BotApi, { command, webhook }: TelegramOptions, signal: AbortSignal): Promise<Me> {
  const me = Me.parse(await api.call('getMe', {}, { signal }));
  await api.call('setMyCommands', { commands: [{ command, description: MENU_WORDS.ru }], language_code: 'ru' }, { signal });
  await api.call('setMyCommands', { commands: [{ command, description: MENU_WORDS.en }] }, { signal });
  if (webhook !== undefined) await api.call('setWebhook', { url: webhook.url, secret_token: webhook.secret, allowed_updates: ALLOWED_UPDATES }, { signal });
  return me;
}

/** The form's messages pass no limiter: they are few, and somebody is waiting. So they wait for Telegram's own word. */
async function repeatWhenAllowed(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await work();
      return;
    } catch (error) {
      const again = error instanceof ChatError && error.code === 'rate-limited' && attempt < MOST_ATTEMPTS && !hasAborted(signal);
      if (!again) throw error;
      await pause(error.retryAfterMs ?? 1_000, signal);
    }
  }
}

interface Persistence {
  readonly timing: TelegramTiming;
  readonly options: TelegramOptions;
  readonly contact: (problem: string | undefined) => void;
  readonly signal: AbortSignal;
}

async function untilItWorks<T>(work: () => Promise<T>, { timing, options, contact, signal }: Persistence): Promise<T | undefined> {
  for (let failures = 1; !hasAborted(signal); failures += 1) {
    try {
      const result = await work();
      contact(undefined);
      return result;
    } catch (error) {
      if (hasAborted(signal)) return undefined;
      contact(explainFailure(error));
      if (failures === 1) options.log.warn({ error: String(error) }, `${explainFailure(error)}; trying again`);
      await pause(pauseAfter(error, failures, timing.backoffMs), signal);
    }
  }
  return undefined;
}

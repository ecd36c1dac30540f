import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { Changes, type WaitOptions } from './changes.js';
import { replyJson, replyText } from './http/reply.js';
import { Page } from './page/server.js';
import { DEFAULT_SLACK_CHANNELS, DEFAULT_SLACK_USERS, DEFAULT_TELEGRAM_CHATS, DEFAULT_TELEGRAM_USERS } from './residents.js';
import { serveSlackApi } from './slack/api.js';
import { readMessage } from './slack/reading.js';
import { type SlackOptions, SlackWorkspace } from './slack/slack.js';
import { serveTelegramApi } from './telegram/api.js';
import { type TelegramOptions, TelegramWorkspace } from './telegram/telegram.js';

export interface WorkspaceOptions {
  /** Port of the page and of both APIs, on 127.0.0.1. Default 0: any free one. */
  port?: number;
  slack?: SlackOptions;
  telegram?: TelegramOptions;
}

/** Stand-ins for Slack and Telegram over real HTTP, and their page. */
export interface Workspace {
  /** The page. */
  readonly url: string;
  readonly slack: SlackWorkspace;
  readonly telegram: TelegramWorkspace;
  /** Environment variables with which planb finds this workspace, Slack over signed HTTP, Telegram by polling. */
  readonly env: Record<string, string>;
  /** Resolves with the first truthy value of `probe`, asked after every change of the workspace; rejects at the deadline. */
  waitFor: Changes['waitFor'];
  /** Calls `listener` on every change; the returned function ends that. */
  subscribe: Changes['subscribe'];
  /** Everything that was said so far, for the message of a failed test. */
  transcript(): string;
  close(): Promise<void>;
}

/** Starts the workspace. Errors: the port's (EADDRINUSE). */
export async function startWorkspace(options: WorkspaceOptions = {}): Promise<Workspace> {
  const changes = new Changes();
  let url = '';
  const origin = (): string => url;
  const { slack: forSlack = {}, telegram: forTelegram = {} } = options;
  const slack = new SlackWorkspace(forSlack, forSlack.users ?? DEFAULT_SLACK_USERS, forSlack.channels ?? DEFAULT_SLACK_CHANNELS, changes, origin);
  // Copies, because members and migration change a chat.
  const chats = structuredClone(forTelegram.chats ?? DEFAULT_TELEGRAM_CHATS);
  const telegram = new TelegramWorkspace(forTelegram, forTelegram.users ?? DEFAULT_TELEGRAM_USERS, chats, changes, origin);
  const page = new Page(slack, telegram, changes);

  const server = createServer((request, response) => {
    const serve = async (): Promise<void> => {
      if (await serveSlackApi(slack.api, request, response)) return;
      if (await serveTelegramApi(telegram.api, request, response)) return;
      if (await page.serve(request, response)) return;
      request.resume();
      replyText(response, 404, 'Not Found');
    };
    serve().catch((error: unknown) => {
      replyJson(response, 500, { ok: false, error: 'workspace_error', detail: error instanceof Error ? error.message : String(error) });
    });
  });
  server.on('upgrade', (request, socket, head) => {
    if (!slack.socketMode.upgrade(request, socket, head)) socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const transcript = (): string => {
    const inSlack = slack.store.messages.map((one) => `Slack ${one.channel}${one.ephemeralFor ? ` (only ${one.ephemeralFor})` : ''} ${one.user}: ${readMessage(one)}`);
    const inTelegram = telegram.store.messages.map((one) => `Telegram ${one.chatId} ${one.from.firstName}: ${one.text}`);
    return [...inSlack, ...inTelegram].join('\n');
  };

  return {
    get url() {
      return url;
    },
    slack,
    telegram,
    get env() {
      return {
        SLACK_API_URL: slack.apiUrl,
        SLACK_BOT_TOKEN: slack.botToken,
        SLACK_SIGNING_SECRET: slack.signingSecret,
        TELEGRAM_API_ROOT: telegram.apiRoot,
        TELEGRAM_BOT_TOKEN: telegram.botToken,
      };
    },
    waitFor: async <T>(probe: () => T, wait?: WaitOptions) => changes.waitFor(probe, { describe: transcript, ...wait }),
    subscribe: (listener) => changes.subscribe(listener),
    transcript,
    close: async () => {
      page.close();
      await slack.close();
      telegram.close();
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeAllConnections();
      await closed;
    },
  };
}

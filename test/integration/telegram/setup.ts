import { onTestFinished } from 'vitest';

import type { TelegramAdapter, TelegramOptions } from '../../../adapters/telegram/options.js';
import { createTelegram } from '../../../adapters/telegram/telegram.js';
import { startWeb } from '../../../adapters/web/server.js';
import { postRoute } from '../../../adapters/web/route.js';
import { startWorkspace, type Workspace, type WorkspaceOptions } from '../../../demo/workspace/workspace.js';
import type { BoardModel } from '../../../src/board/model.js';
import type { Delivery } from '../../../src/command/command.js';
import type { Mentions } from '../../../src/ports/chat.js';

export const OPS = -1001234;
export const ALICE = 1001;
export const BOB = 1002;
export const BOT = 7_000_000_001;

export const mentions: Mentions = (person) => (person === 'alice' ? { id: String(ALICE), name: 'Alice' } : { name: person });

/** What planb would have stored, by the rule of the store: a known id is a copy. */
export interface Inbox {
  readonly deliveries: Delivery[];
  readonly copies: string[];
  /** Storing fails while this is set. */
  fails: Error | undefined;
  /** Deliveries whose storing failed. */
  readonly failed: string[];
}

export interface Scene {
  readonly workspace: Workspace;
  readonly inbox: Inbox;
  readonly adapter: TelegramAdapter;
  readonly logged: { level: string; message: string }[];
  /** Another bot process with the same token, sharing the inbox. */
  readonly another: (changes?: Partial<TelegramOptions>) => TelegramAdapter;
}

export interface SceneOptions {
  readonly workspace?: WorkspaceOptions;
  readonly telegram?: Partial<TelegramOptions>;
  readonly webhook?: boolean;
  /** Default: started. */
  readonly started?: boolean;
}

export const WEBHOOK_SECRET = 'a-secret_of_the_webhook';

/** The real adapter against the stand-in; everything ends with the test. */
export async function openScene({ workspace: forWorkspace = {}, telegram = {}, webhook = false, started = true }: SceneOptions = {}): Promise<Scene> {
  const workspace = await startWorkspace({ ...forWorkspace, telegram: { limits: 'off', webhookRetryDelaysMs: Array.from({ length: 20 }, () => 20), ...forWorkspace.telegram } });
  onTestFinished(() => workspace.close());
  const inbox: Inbox = { deliveries: [], copies: [], fails: undefined, failed: [] };
  const logged: Scene['logged'] = [];
  const log = {
    info: (_fields: object, message: string) => void logged.push({ level: 'info', message }),
    warn: (_fields: object, message: string) => void logged.push({ level: 'warn', message }),
    error: (_fields: object, message: string) => void logged.push({ level: 'error', message }),
  };
  const leaders = leadership();
  const another = (changes: Partial<TelegramOptions> = {}): TelegramAdapter => {
    const made = createTelegram({
      token: workspace.telegram.botToken,
      apiRoot: workspace.telegram.apiRoot,
      command: 'rollback',
      accept: async (delivery) => accept(inbox, delivery),
      formChoices: async () => ({ targets: [{ id: 'shop', title: 'Shop', releases: [{ name: '1.0.0', note: 'last known good' }] }] }),
      leadership: leaders,
      log,
      timing: { backoffMs: { first: 20, longest: 100 } },
      ...telegram,
      ...changes,
    });
    onTestFinished(() => made.stop());
    return made;
  };

  let webhookOption: Pick<TelegramOptions, 'webhook'> | undefined;
  const served: { by?: TelegramAdapter } = {};
  if (webhook) {
    const web = await startWeb({ port: 0, host: '127.0.0.1', log, routes: [postRoute('/telegram/webhook', (request, response) => served.by?.handle?.(request, response))] });
    onTestFinished(() => web.close());
    webhookOption = { webhook: { url: `http://127.0.0.1:${String(web.port)}/telegram/webhook`, secret: WEBHOOK_SECRET } };
  }
  const adapter = another(webhookOption);
  served.by = adapter;
  if (started) {
    adapter.start();
    await workspace.waitFor(() => workspace.telegram.updates.listening, { what: 'the adapter to listen' });
  }
  return { workspace, inbox, adapter, logged, another };
}

async function accept(inbox: Inbox, delivery: Delivery): Promise<'stored' | 'copy'> {
  if (inbox.fails !== undefined) {
    inbox.failed.push(delivery.id);
    throw inbox.fails;
  }
  if (inbox.deliveries.some((known) => known.id === delivery.id)) {
    inbox.copies.push(delivery.id);
    return 'copy';
  }
  inbox.deliveries.push(delivery);
  return 'stored';
}

/** One leader at a time, as PostgreSQL's advisory lock gives it. */
function leadership(): TelegramOptions['leadership'] {
  let turn: Promise<void> = Promise.resolve();
  return {
    withLeadership: (_name, signal, work) => {
      const mine = turn.then(() => (signal.aborted ? undefined : work(signal)));
      turn = mine.catch(() => undefined);
      const aborted = new Promise<void>((resolve) => { signal.addEventListener('abort', () => { resolve(); }); });
      return Promise.race([mine, aborted]);
    },
  };
}

export function board(changes: Partial<BoardModel> = {}): BoardModel {
  return {
    run: '7KQ',
    locale: 'en',
    tone: 'waiting',
    title: 'Shop 1.1.0 → 1.0.0',
    fields: [{ label: 'NOW', text: ['down since 03:08 UTC'], weight: 3 }],
    tasks: [{ id: 'backup', title: 'Back up', status: 'running', note: 'running since 03:14' }],
    tasksTitle: 'Steps',
    buttons: [
      { action: 'approve', label: 'Approve', id: 'button-approve', style: 'primary' },
      { action: 'reject', label: 'Reject', id: 'button-reject', style: 'danger' },
    ],
    urgent: true,
    ...changes,
  };
}

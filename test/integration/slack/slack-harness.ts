import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import type { SlackAdapter, SlackOptions } from '../../../adapters/slack/options.js';
import { createSlack } from '../../../adapters/slack/slack.js';
import type { SlackOptions as WorkspaceSlackOptions } from '../../../demo/workspace/slack/slack.js';
import { startWorkspace, type Workspace } from '../../../demo/workspace/workspace.js';
import type { Delivery } from '../../../src/command/command.js';
import type { FormChoices, Mentions } from '../../../src/ports/chat.js';

export const OPS = 'C0123456';
export const ALICE = 'U01ALICE';
export const BOB = 'U02BOB';

export const mentions: Mentions = (person) => (person === 'dave' ? { name: 'Dave' } : { id: person === 'bob' ? BOB : ALICE, name: person === 'bob' ? 'Bob' : 'Alice' });

export const CHOICES: FormChoices = {
  targets: [
    { id: 'shop', title: 'Web shop', releases: [{ name: '1.0.0', note: 'last known good' }, { name: '0.9.0', note: 'ran until 2026-10-01' }] },
    { id: 'litellm', title: 'LiteLLM proxy', releases: [{ name: 'main-v1.81.14-stable', note: 'last known good' }] },
    { id: 'fresh', title: 'Fresh', releases: [] },
  ],
};

export interface Harness {
  readonly workspace: Workspace;
  readonly slack: SlackAdapter;
  /** What was accepted, copies included. */
  readonly accepted: Delivery[];
  /** Changes what accept and the choices do. */
  readonly world: { accept: SlackOptions['accept']; choices: SlackOptions['formChoices'] };
  readonly url: string;
  close(): Promise<void>;
}

/** The real adapter against the local workspace, by signed HTTP or by Socket Mode, started. */
export async function startHarness(options: { readonly socketMode?: boolean; readonly workspace?: WorkspaceSlackOptions; readonly adapter?: Partial<SlackOptions> } = {}): Promise<Harness> {
  const workspace = await startWorkspace({ slack: { limits: 'off', ...options.workspace } });
  const accepted: Delivery[] = [];
  const ids = new Set<string>();
  const world: Harness['world'] = {
    accept: (delivery) => {
      accepted.push(delivery);
      const copy = ids.has(delivery.id);
      ids.add(delivery.id);
      return Promise.resolve(copy ? 'copy' : 'stored');
    },
    choices: () => Promise.resolve(CHOICES),
  };
  const slack = createSlack({
    botToken: workspace.slack.botToken,
    ...(options.socketMode === true ? { appToken: workspace.slack.appToken } : { signingSecret: workspace.slack.signingSecret }),
    apiUrl: workspace.slack.apiUrl,
    command: 'rollback',
    accept: (delivery) => world.accept(delivery),
    formChoices: () => world.choices(),
    targets: CHOICES.targets.map((target) => target.id),
    locale: 'en',
    log: pino({ level: 'silent' }),
    ...options.adapter,
  });
  const server = createServer((request, response) => slack.handle?.(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/slack/events`;
  if (options.socketMode !== true) workspace.slack.connectTo(url);
  await slack.start();
  return {
    workspace,
    slack,
    accepted,
    world,
    url,
    close: async () => {
      await slack.stop();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await workspace.close();
    },
  };
}

/** The only one, or a failure that shows what there was. */
export function only<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined || items.length !== 1) throw new Error(`expected one, there are ${items.length}: ${JSON.stringify(items)}`);
  return item;
}

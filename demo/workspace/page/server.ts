import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Changes } from '../changes.js';
import type { SlackWorkspace } from '../slack/slack.js';
import type { TelegramWorkspace } from '../telegram/telegram.js';

export class Page {
  constructor(_slack: SlackWorkspace, _telegram: TelegramWorkspace, _changes: Changes) {}
  async serve(_request: IncomingMessage, _response: ServerResponse): Promise<boolean> {
    return Promise.resolve(false);
  }
  close(): void {}
}

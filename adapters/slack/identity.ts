import type { webApi } from '@slack/bolt';
import { z } from 'zod';
import { toChatError } from './send/chat-error.js';

/** Who planb is in its workspace, as auth.test says. */
export interface Identity {
  readonly team: string;
  readonly botUser: string;
  readonly bot: string | undefined;
  /** Enterprise Grid: the organisation, whose other workspaces are not strangers. */
  readonly enterprise: string | undefined;
}

const answer = z.object({
  team_id: z.string(),
  user_id: z.string(),
  bot_id: z.string().optional(),
  enterprise_id: z.string().nullish(),
});

/** Asks once and remembers the answer, never a failure: Slack being away at the start must not last. */
export class IdentityReader {
  readonly #client: webApi.WebClient;
  #known: Promise<Identity> | undefined;

  constructor(client: webApi.WebClient) {
    this.#client = client;
  }

  /** Throws ChatError. */
  read(): Promise<Identity> {
    this.#known ??= this.#ask().catch((error: unknown) => {
      this.#known = undefined;
      throw error;
    });
    return this.#known;
  }

  async #ask(): Promise<Identity> {
    try {
      const said = answer.parse(await this.#client.auth.test());
      return { team: said.team_id, botUser: said.user_id, bot: said.bot_id, enterprise: said.enterprise_id ?? undefined };
    } catch (error) {
      throw toChatError(error, 'check the bot token');
    }
  }
}

import { webApi } from '@slack/bolt';
import type { ChatPlatform } from '../../../src/ports/chat.js';
import type { SlackLog } from '../options.js';
import { webClientOptions } from '../web-client.js';
import { postNotice } from './post-notice.js';

/** Posts notices without a bot that listens. Throws ChatError. */
export function slackNotices({ botToken, apiUrl }: { readonly botToken: string; readonly apiUrl?: string }, log: SlackLog): Pick<ChatPlatform, 'postNotice'> {
  const client = new webApi.WebClient(botToken, webClientOptions(apiUrl, log));
  return { postNotice: (to, notice, board, mentions) => postNotice(client, to, notice, board, mentions) };
}

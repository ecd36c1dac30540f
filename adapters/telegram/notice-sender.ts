import type { ChatPlatform } from '../../src/ports/chat.js';
import { createBotApi } from './bot-api.js';
import { renderNotice } from './render/messages.js';
import { sendText } from './send.js';

/** Posts notices without a bot that listens: one call each, nothing is polled. Throws ChatError. */
export function telegramNotices({ token, apiRoot }: { readonly token: string; readonly apiRoot?: string }): Pick<ChatPlatform, 'postNotice'> {
  const api = createBotApi(token, apiRoot);
  return { postNotice: (to, notice, _board, mentions) => sendText(api, to, renderNotice(notice, mentions)) };
}

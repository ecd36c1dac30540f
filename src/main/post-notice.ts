import type { Notice } from '../board/model.js';
import type { ChatPlatform } from '../ports/chat.js';
import type { BoardAddress } from '../ports/store.js';
import type { Settings } from '../settings.js';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** Posts a notice now, from this process, whether a bot runs or not. `no-token`: the environment has none for that platform. Throws ChatError. */
export async function postNotice(settings: Settings, to: BoardAddress, notice: Notice): Promise<'posted' | 'no-token'> {
  const sender = await senderOf(settings, to.platform);
  if (sender === undefined) return 'no-token';
  await sender.postNotice(to, notice, undefined, (person) => ({ name: person }));
  return 'posted';
}

async function senderOf({ slack, telegram }: Settings, platform: BoardAddress['platform']): Promise<Pick<ChatPlatform, 'postNotice'> | undefined> {
  if (platform === 'telegram') return telegram === undefined ? undefined : (await import('../../adapters/telegram/notice-sender.js')).telegramNotices(telegram);
  return slack === undefined ? undefined : (await import('../../adapters/slack/send/notice-sender.js')).slackNotices(slack, silent);
}

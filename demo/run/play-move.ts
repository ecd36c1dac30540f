import type { TelegramMessage } from '../workspace/telegram/model.js';
import { isOver, isVerified, titleOf } from './board-title.js';
import { MOVING_TELEGRAM, pressInTelegram, SceneFailed, sayInTelegram, type Scene, until } from './people.js';

/**
 * Carol moves the shop to a new server and Telegram is told stage by stage, in Russian: she and Bob approve, she ticks the line that only a
 * person can do. Returns when the board says that it was moved and verified.
 *
 * @throws SceneFailed, or the workspace's error at the deadline
 */
export async function playMove(scene: Scene): Promise<void> {
  const { telegram } = scene.workspace;
  sayInTelegram(scene, 'Carol', MOVING_TELEGRAM, '/rollback migrate shop-move because договор со старым хостингом кончается');
  for (const person of ['Carol', 'Bob'] as const) await pressInTelegram(scene, person, MOVING_TELEGRAM, 'Одобрить');
  // People read what they are told before they tick anything.
  const told = (text: string): Promise<TelegramMessage> => until(scene, `"${text}"`, () => telegram.posted(MOVING_TELEGRAM.chat).find((message) => message.text.includes(text)));
  await told('2 из 3');
  await pressInTelegram(scene, 'Carol', MOVING_TELEGRAM, 'Готово');
  const end = await until(scene, 'the end of the move', () => telegram.posted(MOVING_TELEGRAM.chat).find((message) => isOver(message.text)));
  if (!isVerified(end.text)) throw new SceneFailed(`the move did not end verified: ${titleOf(end.text)}`);
  await told('3 из 3');
}

import type { Place } from '../src/person.js';
import type { Parts } from './parts.js';

/** An address that opens a run's board where the asker is: on the same platform if there is one, in the same channel first. */
export async function boardLink(parts: Pick<Parts, 'store'>, run: string, place: Place): Promise<string | undefined> {
  const boards = (await parts.store.boardsOf(run)).filter((board) => board.platform === place.platform && board.message !== undefined);
  const board = boards.find((one) => one.channel === place.channel) ?? boards[0];
  if (board?.message === undefined) return undefined;
  if (board.platform === 'slack') return `https://slack.com/app_redirect?channel=${encodeURIComponent(board.channel)}&message_ts=${encodeURIComponent(board.message)}`;
  // Only supergroups have addresses for their messages; their ids begin with -100.
  return board.channel.startsWith('-100') ? `https://t.me/c/${board.channel.slice(4)}/${board.message}` : undefined;
}

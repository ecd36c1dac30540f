import { createHash } from 'node:crypto';
import { buildBoard } from '../src/board/build.js';
import type { BoardModel } from '../src/board/model.js';
import type { Config } from '../src/config.js';
import { ChatError, type ChatPlatform, type MessageRef } from '../src/ports/chat.js';
import type { ChatLimiter } from '../src/ports/chat-limiter.js';
import type { Log } from '../src/ports/log.js';
import type { Queue } from '../src/ports/queue.js';
import type { BoardRecord, ButtonMeaning, Store } from '../src/ports/store.js';
import { boardAddresses } from './board-addresses.js';
import { boardView } from './board-view.js';
import { mentionsOn } from './mentions.js';
import { loadRun } from './record.js';

/** What a bot works with: the platforms that it has tokens for. */
export interface ChatParts {
  readonly store: Store;
  readonly queue: Queue;
  readonly config: Config;
  readonly platforms: ReadonlyMap<string, ChatPlatform>;
  readonly limiter: ChatLimiter;
  readonly log: Log;
}

const claimMs = 30_000;
const unavailableMs = 2_000;

/**
 * Brings one board up to its run: posts it the first time, edits it from then on. Edits that came while it was being shown are shown together. A platform that is
 * away or wants a pause is tried again later; the run does not wait for it.
 */
export async function showBoard(parts: ChatParts, id: string): Promise<void> {
  for (;;) {
    const board = await parts.store.claimBoard(id, claimMs);
    if (board === undefined) return;
    const platform = parts.platforms.get(board.platform);
    if (platform === undefined) {
      // This bot has no token for the platform; another bot's turn, or nobody's (doctor says so).
      await parts.store.boardShown(id, undefined);
      return;
    }
    const shown = await showOnce(parts, platform, board);
    if (shown === 'behind') continue;
    if (shown !== 'shown') await parts.queue.publish([{ queue: 'chat', do: 'board', id }], shown.retryAfterMs);
    return;
  }
}

async function showOnce(parts: ChatParts, platform: ChatPlatform, board: BoardRecord): Promise<'shown' | 'behind' | { readonly retryAfterMs: number }> {
  const { state, now } = await loadRun(parts, board.run);
  const view = await boardView(parts, state, board.locale, now);
  const told = boardAddresses(parts.config, state).some((one) => one.told === true && one.platform === board.platform && one.channel === board.channel && one.thread === board.thread);
  const meanings = new Map<string, ButtonMeaning>();
  const model = buildBoard(state, {
    ...view, ...(told ? { readOnly: true } : {}),
    buttonId: (action, meaning) => {
      const id = view.buttonId(action, meaning);
      meanings.set(id, { action, ...meaning });
      return id;
    },
  });
  const hash = createHash('sha256').update(JSON.stringify(model)).digest('hex');
  if (board.message !== undefined && board.shownHash === hash) {
    return (await parts.store.boardShown(board.id, { version: state.version, hash, message: board.message, channel: board.channel })) ? 'behind' : 'shown';
  }
  const permitted = await parts.limiter.acquire(board.message === undefined ? 'post' : 'edit', board.platform, board.channel, model.urgent);
  if (!permitted.ok) {
    await parts.store.boardShown(board.id, undefined);
    return permitted;
  }
  // Before the board is seen its buttons have to mean something.
  await parts.store.saveButtons(state.id, [...meanings].map(([id, meaning]) => ({ id, meaning })));
  try {
    const ref = await put(parts, platform, board, model);
    return (await parts.store.boardShown(board.id, { version: state.version, hash, message: ref.message, channel: ref.channel })) ? 'behind' : 'shown';
  } catch (error) {
    await parts.store.boardShown(board.id, undefined);
    return afterFailure(parts, board, error);
  }
}

async function put(parts: ChatParts, platform: ChatPlatform, board: BoardRecord, model: BoardModel): Promise<MessageRef> {
  const mentions = mentionsOn(parts.config, board.platform);
  const address = { channel: board.channel, ...(board.thread === undefined ? {} : { thread: board.thread }) };
  if (board.message === undefined) return platform.postBoard(address, model, mentions);
  const ref = { ...address, message: board.message };
  try {
    await platform.editBoard(ref, model, mentions);
    return ref;
  } catch (error) {
    // Somebody deleted the board: a run without one cannot be followed or stopped, so it is posted anew.
    if (error instanceof ChatError && error.code === 'gone') return platform.postBoard(address, model, mentions);
    throw error;
  }
}

async function afterFailure(parts: ChatParts, board: BoardRecord, error: unknown): Promise<'shown' | { readonly retryAfterMs: number }> {
  if (!(error instanceof ChatError)) throw error;
  if (error.code === 'moved' && error.movedTo !== undefined && board.platform === 'telegram') {
    await parts.store.moveChat('telegram', board.channel, error.movedTo);
    return { retryAfterMs: 0 };
  }
  if (error.retryAfterMs !== undefined) await parts.limiter.penalize(board.platform, board.channel, error.retryAfterMs);
  if (error.retryable) return { retryAfterMs: error.retryAfterMs ?? unavailableMs };
  parts.log.error({ run: board.run, platform: board.platform, channel: board.channel, error }, 'a board could not be shown');
  return 'shown';
}

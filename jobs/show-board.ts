import { createHash } from 'node:crypto';
import { buildBoard } from '../src/board/build.js';
import type { BoardModel } from '../src/board/model.js';
import { ChatError, type ChatPlatform, type MessageRef, type ShownBoard } from '../src/ports/chat.js';
import { StoreError, type BoardRecord, type BoardResult, type ButtonMeaning, type Waiting } from '../src/ports/store.js';
import { boardAddresses } from './board-addresses.js';
import { boardView } from './board-view.js';
import { claimMs, noteResult, underClaim } from './chat-claim.js';
import { retryAfterFailure, retryAfterFault, retryWithoutToken, type ChatWork, untilTurn } from './chat-retry.js';
import { mentionsOn } from './mentions.js';
import { loadRun, type LoadedRun } from './record.js';
import { NewerPlanb } from '../src/run/newer-planb.js';
import type { RunState } from '../src/run/state.js';
import { postWhole } from './whole-board.js';

type ClaimedBoard = BoardRecord & Waiting;

interface Shown {
  readonly result: BoardResult;
  /** Where the platform's limits were too small for it. */
  readonly shortened?: { readonly tone: BoardModel['tone']; readonly run: LoadedRun };
}

/**
 * Brings one board up to its run: posts it the first time, edits it from then on. Edits that came while it was being shown are shown together. A platform that is
 * away or wants a pause is tried again later, by way of the outbox: each board waits there once, however often it is woken. The run does not wait for it.
 */
export async function showBoard(parts: ChatWork, id: string): Promise<void> {
  for (;;) {
    const board = await parts.store.claimBoard(id, claimMs);
    if (board === undefined) return;
    const { result, shortened } = await underClaim((forMs) => parts.store.extendBoardClaim(id, forMs), () => show(parts, board));
    const behind = await noteResult(() => parts.store.boardShown(id, result));
    // After it is noted where the board stands: what belongs to its thread looks there.
    if (shortened !== undefined) await postWhole(parts, board, shortened.tone, shortened.run);
    if (!behind || !('hash' in result)) return;
  }
}

async function show(parts: ChatWork, board: ClaimedBoard): Promise<Shown> {
  const platform = parts.platforms.get(board.platform);
  if (platform === undefined) return retryOrGiveUp(retryWithoutToken(board.waitedMs), lastVersion);
  const awayMs = parts.away.wait(board.platform);
  if (awayMs > 0) return { result: { retryAfterMs: awayMs } };
  const run = await loadRun(parts, board.run).catch((error: unknown) => {
    if (error instanceof NewerPlanb) return undefined;
    throw error;
  });
  // A bot of the newer version shows it, like one that has the token.
  if (run === undefined) return retryOrGiveUp(retryWithoutToken(board.waitedMs), lastVersion);
  const { state } = run;
  try {
    return await showRun(parts, platform, board, run);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    parts.log.error({ run: board.run, platform: board.platform, channel: board.channel, error }, 'a board could not be shown');
    const again = error instanceof ChatError ? await retryAfterFailure(parts, board.platform, board.channel, board.waitedMs, error) : retryAfterFault(board.waitedMs);
    return retryOrGiveUp(again, state.version);
  }
}

/** Higher than any version: the board is of no interest any more. */
const lastVersion = 2 ** 31 - 1;

function retryOrGiveUp(retryAfterMs: number | undefined, version: number): Shown {
  return { result: retryAfterMs === undefined ? { givenUp: version } : { retryAfterMs } };
}

async function showRun(parts: ChatWork, platform: ChatPlatform, board: ClaimedBoard, run: LoadedRun): Promise<Shown> {
  const { state, now } = run;
  const { model, meanings } = await modelOf(parts, board, state, now);
  const hash = createHash('sha256').update(JSON.stringify(model)).digest('hex');
  if (board.message !== undefined && board.shownHash === hash) return { result: { version: state.version, hash, message: board.message, channel: board.channel } };
  const permitted = await parts.limiter.acquire(board.message === undefined ? 'post' : 'edit', board.platform, board.channel, model.urgent, board.id);
  if (!permitted.ok) return { result: { retryAfterMs: untilTurn(permitted.retryAfterMs) } };
  // Before the board is seen its buttons have to mean something.
  await parts.store.saveButtons(state.id, [...meanings].map(([id, meaning]) => ({ id, meaning })));
  parts.away.calling(board.platform);
  const shown = await put(parts, platform, board, model);
  parts.away.answered(board.platform);
  // Somebody deleted the board: a run without one cannot be followed or stopped, so it is posted anew. That is another sending, which needs a permit of its own.
  if (shown === undefined) return { result: { retryAfterMs: 0, deleted: true } };
  const result = { version: state.version, hash, message: shown.message, channel: shown.channel };
  return shown.shortened ? { result, shortened: { tone: model.tone, run } } : { result };
}

async function modelOf(parts: ChatWork, board: BoardRecord, state: RunState, now: number): Promise<{ readonly model: BoardModel; readonly meanings: ReadonlyMap<string, ButtonMeaning> }> {
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
  return { model, meanings };
}

/** Undefined: the message to be edited is gone. */
async function put(parts: ChatWork, platform: ChatPlatform, board: BoardRecord, model: BoardModel): Promise<(MessageRef & ShownBoard) | undefined> {
  const mentions = mentionsOn(parts.config, board.platform);
  const address = { channel: board.channel, ...(board.thread === undefined ? {} : { thread: board.thread }) };
  if (board.message === undefined) return platform.postBoard(address, model, mentions);
  const ref = { ...address, message: board.message };
  try {
    return { ...ref, ...(await platform.editBoard(ref, model, mentions)) };
  } catch (error) {
    if (error instanceof ChatError && error.code === 'gone') return undefined;
    throw error;
  }
}

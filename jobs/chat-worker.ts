import type { QueueConsumer } from '../src/ports/queue.js';
import { AwayPlatforms } from './away-platforms.js';
import type { ChatParts } from './chat-retry.js';
import { sendMessage } from './send-message.js';
import { showBoard } from './show-board.js';

const concurrency = 32;
const returnMs = 1_000;

/** A bot's share of the queue: boards and messages. */
export function startChatWorker(parts: ChatParts): QueueConsumer {
  // Not copied whole: planb.yaml may change while the bot runs.
  const { store, queue, platforms, limiter, log } = parts;
  const work = { store, queue, platforms, limiter, log, away: new AwayPlatforms(), get config() { return parts.config; } };
  return parts.queue.consume('chat', concurrency, async (wakeUp) => {
    if (wakeUp.do === 'board') await showBoard(work, wakeUp.id);
    else if (wakeUp.do === 'message') await sendMessage(work, wakeUp.id);
    // A newer planb has published it: a bot of that version takes it from the outbox.
    else await store.returnWakeUp(wakeUp, returnMs);
  });
}

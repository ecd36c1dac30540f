import type { QueueConsumer } from '../src/ports/queue.js';
import { sendMessage } from './send-message.js';
import { showBoard, type ChatParts } from './show-board.js';

const concurrency = 32;

/** A bot's share of the queue: boards and messages. */
export function startChatWorker(parts: ChatParts): QueueConsumer {
  return parts.queue.consume('chat', concurrency, async (wakeUp) => {
    if (wakeUp.do === 'board') await showBoard(parts, wakeUp.id);
    else if (wakeUp.do === 'message') await sendMessage(parts, wakeUp.id);
  });
}

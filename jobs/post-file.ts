import { createHash } from 'node:crypto';
import type { ChatFile } from '../src/ports/chat.js';
import type { Parts } from './parts.js';

/** A step's file for the thread of each of the run's boards. The same text is posted once, however many attempts say it. */
export async function postFile(parts: Parts, run: string, step: string, file: ChatFile): Promise<void> {
  const hash = createHash('sha256').update(file.text).digest('hex').slice(0, 16);
  const boards = await parts.store.boardsOf(run);
  await parts.store.enqueueMessages(boards.map(({ id }) => ({ kind: 'file', key: `file:${run}/${step}:${id}:${file.name}:${hash}`, run, board: id, file })));
  parts.nudgeRelay();
}

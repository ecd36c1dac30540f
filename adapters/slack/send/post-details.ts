import type { Details } from '../../../src/board/model.js';
import type { Mentions, MessageRef } from '../../../src/ports/chat.js';
import { detailsMessage, detailsText } from '../render/details.js';
import type { FileUploader } from './upload-file.js';

/** Details in the board's thread: a message, or a file where they are long. */
export async function postDetails(files: FileUploader, board: MessageRef, details: Details, mentions: Mentions): Promise<void> {
  const content = detailsMessage(details, mentions);
  if (content !== undefined) return files.post(board.channel, board.thread ?? board.message, content);
  await files.upload(board, { name: 'details.txt', title: details.title, text: detailsText(details, mentions) });
}

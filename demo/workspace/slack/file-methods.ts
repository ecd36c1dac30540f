import { z } from 'zod';
import { type Method, SlackRefusal } from './method.js';
import type { SlackStore } from './store.js';

const completed = z.array(z.object({ id: z.string(), title: z.string().optional() })).min(1);

const getUploadURLExternal: Method = (args, { store, origin }) => {
  const name = args.required('filename');
  const length = Number(args.required('length'));
  if (!Number.isInteger(length) || length <= 0) throw new SlackRefusal('invalid_arguments', ['[ERROR] length must be positive']);
  const id = store.newId('F');
  store.uploads.set(id, { id, name, title: name, content: Buffer.alloc(0) });
  return { upload_url: `${origin()}/upload/v1/${id}`, file_id: id };
};

const completeUploadExternal: Method = (args, { store }) => {
  const parsed = completed.safeParse(args.structured('files', 'invalid_arguments'));
  if (!parsed.success) throw new SlackRefusal('invalid_arguments', ['[ERROR] files']);
  const files = parsed.data.map(({ id, title }) => {
    const file = store.uploads.get(id);
    if (!file) throw new SlackRefusal('file_not_found');
    if (title !== undefined) file.title = title;
    return file;
  });
  const channel = args.text('channel_id');
  if (channel !== undefined) {
    if (!store.channels.has(channel)) throw new SlackRefusal('channel_not_found');
    const message = store.add({
      channel,
      user: store.identity.botUserId,
      text: args.text('initial_comment') ?? '',
      threadTs: args.text('thread_ts'),
    });
    message.files.push(...files);
    store.changed('file');
  }
  return { files: files.map(({ id, title, name }) => ({ id, title, name })) };
};

/** The upload URL itself: takes the bytes of a file that was announced. False when it was not. */
export function receiveUpload(store: SlackStore, id: string, content: Buffer): boolean {
  const file = store.uploads.get(id);
  if (!file) return false;
  file.content = content;
  return true;
}

export const fileMethods: Record<string, Method> = {
  'files.getUploadURLExternal': getUploadURLExternal,
  'files.completeUploadExternal': completeUploadExternal,
};

import { expect, onTestFinished, test } from 'vitest';
import { startWorkspace } from '../../../demo/workspace/workspace.js';
import { postNotice } from '../../../src/main/post-notice.js';
import { ChatError } from '../../../src/ports/chat.js';
import { readSettings } from '../../../src/settings.js';

test('a notice is posted to Telegram and to Slack while no bot runs', async () => {
  const workspace = await startWorkspace();
  onTestFinished(() => workspace.close());
  const settings = readSettings(workspace.env);
  const notice = { locale: 'ru' as const, lines: [['⚠️ Откат <b>& всё</b>']], mention: [] };
  expect(await postNotice(settings, { platform: 'telegram', channel: '-1001234', thread: '7' }, notice)).toBe('posted');
  expect(await postNotice(settings, { platform: 'slack', channel: 'C0123456' }, notice)).toBe('posted');
  expect(workspace.telegram.posted(-1001234, 7).map(({ text }) => text)).toEqual(['⚠️ Откат <b>& всё</b>']);
  expect(workspace.slack.posted('C0123456')).toHaveLength(1);
  await expect(postNotice(settings, { platform: 'telegram', channel: '-1' }, notice)).rejects.toBeInstanceOf(ChatError);
  expect(await postNotice(readSettings({}), { platform: 'telegram', channel: '-1001234' }, notice)).toBe('no-token');
});

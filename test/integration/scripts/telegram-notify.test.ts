import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { startWorkspace, type Workspace } from '../../../demo/workspace/workspace.js';
import { tempFolder } from '../../support/temp-folder.js';

const script = join(import.meta.dirname, '..', '..', '..', 'scripts', 'telegram-notify.sh');
const [chat, topic] = [-1001234, 7];

async function telegram(): Promise<Workspace> {
  const workspace = await startWorkspace({ telegram: { limits: 'off' } });
  onTestFinished(() => workspace.close());
  return workspace;
}

function run(args: readonly string[], env: Readonly<Record<string, string>>) {
  return execa(script, args, { env: { PATH: process.env['PATH'] ?? '', ...env }, extendEnv: false, reject: false, stdin: 'ignore' });
}

const settings = (workspace: Workspace): Readonly<Record<string, string>> => ({ TELEGRAM_API_ROOT: workspace.telegram.apiRoot, TELEGRAM_BOT_TOKEN: workspace.telegram.botToken, TELEGRAM_CHAT_ID: String(chat) });

test('sends the text as it is, to the topic where one is set', async () => {
  const workspace = await telegram();
  const text = '⚠️ ОТКАТ: "система" вернулась & работает? 100% <b>$HOME</b> `id` \\n @file +1;\n=second line';
  expect(await run([text], settings(workspace))).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  expect(await run(['@/etc/hostname'], { ...settings(workspace), TELEGRAM_TOPIC_ID: String(topic) })).toMatchObject({ exitCode: 0 });
  expect(workspace.telegram.posted(chat).map((message) => [message.text, message.topic])).toEqual([[text, undefined], ['@/etc/hostname', topic]]);
});

test('sends a long text in pieces that together are the whole, cut at lines and never inside a character', async () => {
  const workspace = await telegram();
  const lines = Array.from({ length: 150 }, (_none, index) => `${index}: ${'ж'.repeat(40)}`).join('\n');
  const solid = '🚀'.repeat(2_000);
  for (const text of [lines, solid]) {
    const before = workspace.telegram.posted(chat).length;
    expect(await run([text], settings(workspace))).toMatchObject({ exitCode: 0 });
    const pieces = workspace.telegram.posted(chat).slice(before).map((message) => message.text);
    expect(pieces.length).toBeGreaterThan(1);
    // Telegram takes the line's end off a message.
    expect(pieces.join(text === lines ? '\n' : '').replaceAll(/\n+/g, '\n')).toBe(text);
  }
});

test('fails where Telegram refuses or is not there, and never shows the token', async () => {
  const workspace = await telegram();
  const given = settings(workspace);
  const outcomes = [
    await run(['x'], { ...given, TELEGRAM_CHAT_ID: '-1' }),
    await run(['x'], { ...given, TELEGRAM_API_ROOT: 'http://127.0.0.1:1' }),
    await run(['x'], { ...given, TELEGRAM_BOT_TOKEN: `${workspace.telegram.botToken}x` }),
  ];
  expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([1, 1, 1]);
  expect(outcomes[0]?.stderr).toContain('chat not found');
  expect(outcomes[1]?.stderr).toContain('did not answer');
  expect(outcomes.map(({ stderr, stdout }) => stderr + stdout).join('')).not.toContain(workspace.telegram.botToken);
  expect(workspace.telegram.posted(chat)).toEqual([]);
});

test('wants one text, and settings', async () => {
  expect((await run([], {})).exitCode).toBe(2);
  expect((await run(['a', 'b'], {})).exitCode).toBe(2);
  expect((await run([''], {})).exitCode).toBe(2);
  expect(await run(['x'], { PLANB_PROGRAM: '/nowhere/planb' })).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('TELEGRAM_BOT_TOKEN') as unknown });
});

test('hands the text to planb where no chat is set, with its exit code', async () => {
  const folder = await tempFolder('planb-notify');
  const program = join(folder, 'planb');
  await writeFile(program, `#!/bin/sh\nprintf '%s|' "$@" >>${folder}/said\nexit 3\n`);
  await chmod(program, 0o755);
  expect((await run(['--a text'], { PLANB_PROGRAM: program })).exitCode).toBe(3);
  expect((await run(['news'], { PLANB_PROGRAM: program, PLANB_NOTIFY_CHANNEL: 'ops' })).exitCode).toBe(3);
  expect(await readFile(join(folder, 'said'), 'utf8')).toBe('notify|--|--a text|notify|--channel|ops|--|news|');
});

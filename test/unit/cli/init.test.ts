import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/parse-config.js';
import { tempFolder } from '../../support/temp-folder.js';
import { realFiles } from './real-files.js';
import { planb } from './run-planb.js';

const flags = ['init', '--person', 'alice,slack=U01ALICE,telegram=1001', '--person', 'bob,slack=U02BOB', '--slack-channel', 'C0123456', '--telegram-chat', '-1001234:7', '--target', 'shop'];

async function place(): Promise<{ readonly env: { readonly PLANB_CONFIG: string }; readonly file: string; readonly folder: string }> {
  const folder = await tempFolder();
  const file = join(folder, 'planb.yaml');
  return { env: { PLANB_CONFIG: file }, file, folder };
}

async function configIn(file: string) {
  const parsed = parseConfig(await readFile(file, 'utf8'), 'planb.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

describe('planb init', () => {
  it('writes files that planb check passes, and says what to create in Slack and Telegram', async () => {
    const { env, file } = await place();
    const said = await planb(flags, { ...realFiles, env });
    expect(said).toMatchObject({ code: 0, err: '' });
    expect(said.out).toContain('deploy/slack-manifest.yaml');
    expect(said.out).toContain('@BotFather');
    expect((await planb(['check'], { ...realFiles, env })).out).toContain('1 target, 1 runbook, nothing wrong');
    expect(await configIn(file)).toMatchObject({
      people: { alice: { slack: 'U01ALICE', telegram: '1001' }, bob: { slack: 'U02BOB' } }, groups: { oncall: ['alice', 'bob'] },
      channels: { ops: { slack: 'C0123456', telegram: { channel: '-1001234', thread: '7' } } },
      targets: { shop: { runbook: './runbooks/shop.yaml', approval: { people: 2, from: ['oncall'] } } },
    });
  });

  it('never overwrites unasked, and never a runbook', async () => {
    const { env, file, folder } = await place();
    await planb(flags, { ...realFiles, env });
    await writeFile(file, 'mine');
    expect(await planb(flags, { ...realFiles, env })).toMatchObject({ code: 2, err: expect.stringContaining('--force') as string });
    expect(await readFile(file, 'utf8')).toBe('mine');
    const runbook = join(folder, 'runbooks/shop.yaml');
    const own = (await readFile(runbook, 'utf8')).replace('./release.sh', './mine.sh');
    await writeFile(runbook, own);
    expect((await planb([...flags, '--force'], { ...realFiles, env })).code).toBe(0);
    expect(await readFile(runbook, 'utf8')).toBe(own);
    expect((await configIn(file)).targets).toHaveProperty('shop');
  });

  it('asks for what the named runbook cannot do without, and lists what it can', async () => {
    const { env, file, folder } = await place();
    await writeFile(join(folder, 'own.yaml'), `name: Own
kind: rollback
target:
  project: { required: true, description: Folder of the compose file }
  services: { type: list, required: true }
  cache: { description: Redis to clear }
steps:
  - { id: back, run: [echo, "\${{ target.project }}"] }
`);
    const answers = ['/srv/shop', 'web, worker'];
    const questions: string[] = [];
    const ask = async (question: string) => { questions.push(question); return answers.shift() ?? ''; };
    expect((await planb([...flags, '--title', 'Shop', '--locale', 'en', '--runbook', './own.yaml'], { ...realFiles, env, ask })).code).toBe(0);
    expect(questions).toEqual(['Folder of the compose file (project): ', 'services (services, with commas between): ']);
    expect((await configIn(file)).targets).toMatchObject({ shop: { with: { project: '/srv/shop', services: ['web', 'worker'] } } });
    expect(await readFile(file, 'utf8')).toContain('      # cache:   Redis to clear\n');
    // Without a terminal the flags have to say it.
    const refused = await planb([...flags, '--force', '--runbook', './own.yaml', '--set', 'services=web'], { ...realFiles, env });
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('"with" lacks "project": Folder of the compose file') as string });
  });

  it('asks on a terminal, and again where an answer cannot be right', async () => {
    const { env, file } = await place();
    const answers = ['ops', 'C0123456', '', 'ru', 'Alice', 'alice', 'U01ALICE', 'bob', 'U02BOB', '', 'shop', 'The shop: "new"', '', ''];
    const questions: string[] = [];
    const ask = async (question: string) => { questions.push(question); return answers.shift() ?? ''; };
    const said = await planb(['init'], { ...realFiles, env, ask });
    expect(said.code).toBe(0);
    expect(answers).toEqual([]);
    expect(said.err).toContain('That cannot be right.');
    expect(questions.filter((question) => question.startsWith('Slack channel'))).toHaveLength(2);
    expect(await configIn(file)).toMatchObject({ channels: { ops: { slack: 'C0123456', locale: 'ru' } }, targets: { shop: { title: 'The shop: "new"' } } });
    expect(said.out).not.toContain('@BotFather');
  });

  it('says what is missing where nobody can be asked', async () => {
    const { env } = await place();
    expect(await planb(['init'], { ...realFiles, env })).toMatchObject({ code: 2, err: expect.stringContaining('give --person and --slack-channel or --telegram-chat and --target') as string });
  });

  it.each([
    [['--person', 'alice;U1'], 'alice,slack=U01ALICE'],
    [['--telegram-chat', 'ops'], '-1001234:7'],
    [['--set', 'url'], 'url=http'],
    [['--approvals', '3'], '3 people must approve, but there are only 2'],
    [['--slack-channel', 'ops'], 'expected a Slack channel id'],
    [['--runbook', 'no-such-builtin'], 'There is no built-in runbook "no-such-builtin"'],
  ])('writes nothing for %j', async (more, message) => {
    const { env, file } = await place();
    const said = await planb([...flags, ...more], { ...realFiles, env });
    expect(said.code).toBe(2);
    expect(said.err).toContain(message);
    await expect(readFile(file)).rejects.toThrow('ENOENT');
  });

  it('keeps ids that YAML would take for something else', async () => {
    const { env, file } = await place();
    const said = await planb(['init', '--person', 'no,slack=U01ALICE', '--person', '007,telegram=7', '--telegram-chat', '-1', '--target', 'true', '--set', 'on=off'], { ...realFiles, env });
    expect(said).toMatchObject({ code: 0, err: '' });
    const config = await configIn(file);
    expect(Object.keys(config.people).sort()).toEqual(['007', 'no']);
    expect(config.targets['true']?.with).toMatchObject({ on: 'off' });
  });
});

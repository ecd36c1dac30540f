import { describe, expect, it } from 'vitest';
import { commandWords } from '../../../src/command/words.js';
import { planb } from './run-planb.js';

describe('the command line', () => {
  it('prints help without starting anything', async () => {
    const said = await planb(['--help']);
    expect(said.code).toBe(0);
    for (const word of ['up', 'bot', 'worker', 'demo', 'init', 'check', 'doctor', 'audit', 'plan', 'notify', 'rollback', 'approve', 'unhold']) expect(said.out).toMatch(new RegExp(`^  ${word}\\b`, 'm'));
    expect(said.out).toContain('Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 refused.');
  });

  it('has every chat command under its own name', async () => {
    const said = await planb(['--help']);
    for (const word of commandWords) expect(said.out).toMatch(new RegExp(`^  ${word}\\b`, 'm'));
  });

  it.each([['--version'], ['-V']])('prints the version for %s', async (flag) => {
    expect(await planb([flag])).toEqual({ code: 0, out: '9.9.9\n', err: '' });
  });

  it('names the nearest right word for an unknown command, and ends with the code for wrong usage', async () => {
    const said = await planb(['staus']);
    expect(said.code).toBe(2);
    expect(said.out).toBe('');
    expect(said.err).toContain("unknown command 'staus'");
    expect(said.err).toContain('Did you mean status?');
  });

  it('ends with the code for wrong usage without a command, with a missing operand, and with an unknown option', async () => {
    expect((await planb([])).code).toBe(2);
    expect(await planb(['rollback'])).toMatchObject({ code: 2, err: expect.stringContaining("missing required argument 'target'") as string });
    expect(await planb(['check', '--jsn'])).toMatchObject({ code: 2, err: expect.stringContaining('Did you mean --json?') as string });
  });

  it('tells about one command, about the words of chat and about actions', async () => {
    expect((await planb(['help', 'plan'])).out).toContain('--paper [file]');
    expect((await planb(['help', 'words'])).out).toContain('/rollback approve <run> [reason]');
    expect((await planb(['help', 'actions'], { actionSummaries: () => [{ name: 'wait', summary: 'Waits.' }] })).out).toBe('wait\n    Waits.\n');
    expect(await planb(['help', 'plam'])).toMatchObject({ code: 2, err: expect.stringContaining('did you mean "plan"?') as string });
  });

  it('delegates what runs until it is stopped', async () => {
    const started: string[] = [];
    for (const service of ['up', 'bot', 'worker']) {
      expect((await planb([service], { runService: async (name) => { started.push(name); } })).code).toBe(0);
    }
    expect(started).toEqual(['up', 'bot', 'worker']);
  });

  it('hands the demo its flags and takes over its outcome', async () => {
    const asked: unknown[] = [];
    const demo = (code: number) => ({ runDemo: async (options: unknown) => { asked.push(options); return code; } });
    expect((await planb(['demo', '--auto', '--docker', '--port', '8123'], demo(0))).code).toBe(0);
    expect((await planb(['demo'], demo(1))).code).toBe(1);
    expect(asked).toEqual([{ auto: true, docker: true, port: 8123 }, { auto: false, docker: false }]);
    expect((await planb(['demo', '--port', '80a'], demo(0))).code).toBe(2);
  });

  it('tells configuration and failure apart, masks both and shows no stack', async () => {
    const misconfigured = Object.assign(new Error('planb.yaml:1:1 no'), { name: 'ConfigError' });
    expect(await planb(['up'], { runService: () => Promise.reject(misconfigured) })).toMatchObject({ code: 2, err: 'planb: planb.yaml:1:1 no\n' });
    const mask = (text: string) => text.replaceAll('s3cret', '***');
    expect(await planb(['up'], { runService: () => Promise.reject(new Error('password s3cret is wrong')), mask })).toMatchObject({ code: 1, err: 'planb: password *** is wrong\n' });
  });
});

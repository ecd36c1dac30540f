import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { runAction } from '../../../jobs/actions/run.js';
import { tempFolder } from '../../support/temp-folder.js';
import { stepContext } from './step-context.js';

const input = (raw: object) => runAction.input.parse(raw);

describe('run', () => {
  it('says a last line that is too long without half a character, which PostgreSQL would refuse', async () => {
    const { context } = await stepContext();
    const result = await runAction.execute(context, runAction.input.parse({ program: ['sh', '-c', `printf %s ${'x'.repeat(198)}🐎🐎; exit 1`] }));
    expect(result.ok ? '' : result.error.message).not.toMatch(/\p{Surrogate}/u);
    expect(result.ok ? '' : result.error.message).toMatch(/^exit code 1: x{198}…$/);
  });

  it('is done when the program exits with 0, its output in the log', async () => {
    const { context, log } = await stepContext();
    const result = await runAction.execute(context, input({ program: ['printf', 'one\\ntwo $HOME\\n'] }));
    expect(result).toMatchObject({ ok: true, receipt: { exitCode: 0, lastLine: 'two $HOME' } });
    expect(log).toEqual(['one', 'two $HOME']);
  });

  it('says the exit code and the last line when it fails, secrets masked', async () => {
    const { context } = await stepContext({}, ['hunter22']);
    const result = await runAction.execute(context, input({ program: ['sh', '-c', 'echo fine; echo "no hunter22 today" >&2; exit 3'] }));
    expect(result).toMatchObject({ ok: false, error: { code: 'exit-code' } });
    expect(result.ok ? '' : result.error.message).toMatch(/^exit code 3: no \*\*\*.+\*\*\* today$/);
    expect(result.ok ? '' : result.error.tail).toContain('fine');
  });

  it('names a program that does not exist', async () => {
    const { context } = await stepContext();
    const result = await runAction.execute(context, input({ program: ['no-such-program-here'] }));
    expect(result).toMatchObject({ ok: false, error: { code: 'program-not-found' } });
    expect(result.ok ? '' : result.error.message).toContain('no-such-program-here');
  });

  it('gives an abort to the engine instead of a result', async () => {
    const stop = new AbortController();
    const { context, log } = await stepContext({ signal: stop.signal });
    const running = runAction.execute({ ...context, run: (request) => context.run({ ...request, onLine: () => { stop.abort(); } }) }, input({ program: ['sh', '-c', 'echo up; sleep 60'] }));
    await expect(running).rejects.toThrow(/abort/i);
    expect(log).toEqual(['up']);
  });

  it.each([
    [0, 'happened'],
    [1, 'absent'],
    [2, 'unclear'],
  ] as const)('a probe that exits with %i means %s', async (code, outcome) => {
    const { context } = await stepContext();
    const folder = await tempFolder();
    const probe = join(folder, 'probe');
    await writeFile(probe, `#!/bin/sh\necho looked\nexit ${code}\n`, { mode: 0o755 });
    const result = await runAction.probe?.(context, input({ program: ['true'], probe: [probe] }), undefined);
    expect(result).toMatchObject({ outcome, saw: expect.stringContaining('looked') as string });
  });

  it('cannot tell without a probe', async () => {
    const { context } = await stepContext();
    expect(await runAction.probe?.(context, input({ program: ['true'] }), undefined)).toMatchObject({ outcome: 'unclear' });
  });
});

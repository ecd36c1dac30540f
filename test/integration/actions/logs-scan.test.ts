import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { logsScanAction } from '../../../jobs/actions/logs-scan.js';
import { tempFolder } from '../../support/temp-folder.js';
import { stepContext } from './step-context.js';

const input = (raw: object) => logsScanAction.input.parse(raw);
const at = (time: number, text: string) => `${new Date(time).toISOString()} ${text}\n`;

describe('logs.scan of a file', () => {
  it('shows the first error since the revert, secrets masked, and not an older one', async () => {
    const file = join(await tempFolder(), 'app.log');
    const startedAt = Date.now() - 60_000;
    const { context } = await stepContext({ startedAt }, ['postgresql://u:topsecret@h/d']);
    await writeFile(
      file,
      at(startedAt - 10_000, 'Error: P3009 old') + '  at an older stack: relation "x" does not exist\n' +
        at(startedAt + 1_000, 'ready') + at(startedAt + 2_000, 'column "orders.coupon" does not exist at postgresql://u:topsecret@h/d') + at(startedAt + 3_000, 'P3018'),
    );
    const result = await logsScanAction.execute(context, input({ source: { file } }));
    expect(result).toMatchObject({ ok: false, error: { code: 'error-in-log' } });
    expect(result.ok ? '' : result.error.message).toContain('column "orders.coupon" does not exist');
    expect(result.ok ? '' : result.error.message).not.toContain('topsecret');
  });

  it('masks before it cuts: half a secret would not be found any more', async () => {
    const file = join(await tempFolder(), 'app.log');
    const { context } = await stepContext({ startedAt: Date.now() }, ['correct-horse-battery']);
    await writeFile(file, at(Date.now() + 1_000, `P3009 ${'x'.repeat(259)}correct-horse-battery`));
    const result = await logsScanAction.execute(context, input({ source: { file } }));
    expect(result.ok ? '' : result.error.message).not.toContain('correct');
  });

  it('passes where errors are old or allowed', async () => {
    const file = join(await tempFolder(), 'app.log');
    const startedAt = Date.now();
    const { context } = await stepContext({ startedAt });
    await writeFile(file, at(startedAt - 10_000, 'P3009') + at(startedAt + 1_000, 'P3009 (retrying)'));
    expect(await logsScanAction.execute(context, input({ source: { file }, allow: ['retrying'] }))).toMatchObject({ ok: true, receipt: { lines: 1 } });
  });

  it('sees what is written while it watches, also in an old file without timestamps', async () => {
    const file = join(await tempFolder(), 'app.log');
    await writeFile(file, 'P3009 from last week\n');
    const { context } = await stepContext({ startedAt: Date.now() + 5_000 });
    let pauses = 0;
    const watching = { ...context, pause: async () => { pauses += 1; await appendFile(file, pauses === 2 ? 'InconsistentMigrationHistory\n' : 'fine\n'); } };
    const result = await logsScanAction.execute(watching, input({ source: { file }, hold: '30s' }));
    expect(result).toMatchObject({ ok: false, error: { message: 'InconsistentMigrationHistory' } });
    expect(pauses).toBe(2);
  });

  it('waits for the lines that the service has to write, and says which did not come', async () => {
    const file = join(await tempFolder(), 'app.log');
    await writeFile(file, 'old: Logged Lago Object\n');
    const { context } = await stepContext({ startedAt: Date.now() + 5_000 });
    const writing = { ...context, pause: () => appendFile(file, 'Logged Lago Object for k1\n') };
    expect(await logsScanAction.execute(writing, input({ source: { file }, expect: ['Logged Lago Object'] }))).toMatchObject({ ok: true, receipt: { lines: 1 } });
    const silent = await logsScanAction.execute(context, input({ source: { file }, expect: ['Logged Lago Object', 'never'], within: '10ms' }));
    expect(silent).toMatchObject({ ok: false, retryable: true, error: { code: 'not-in-log', message: expect.stringContaining('none with "Logged Lago Object" or "never"') as string } });
    expect(logsScanAction.input.safeParse({ source: { file }, expect: ['('] }).success).toBe(false);
  });

  it('goes on in the new file when the log is rotated', async () => {
    const file = join(await tempFolder(), 'app.log');
    const { context } = await stepContext({ startedAt: Date.now() - 1_000 });
    await writeFile(file, 'a long line that makes the first file longer\n');
    const rotating = { ...context, pause: () => writeFile(file, 'P3018\n') };
    expect(await logsScanAction.execute(rotating, input({ source: { file }, hold: '30s' }))).toMatchObject({ ok: false });
  });

  it('says that a file cannot be read', async () => {
    const { context } = await stepContext();
    expect(await logsScanAction.execute(context, input({ source: { file: '/no/such.log' } }))).toMatchObject({ ok: false, error: { code: 'log-not-readable' } });
  });
});

describe('logs.scan of a program', () => {
  it('reads its output and tells it the moment', async () => {
    const { context } = await stepContext({ startedAt: 1_700_000_000_000 });
    const source = { run: ['sh', '-c', 'echo "since $PLANB_SINCE"; echo "there is no unique or exclusion constraint matching the ON CONFLICT specification"'] };
    const result = await logsScanAction.execute(context, input({ source }));
    expect(result.ok ? '' : result.error.message).toContain('ON CONFLICT');
    expect(await logsScanAction.execute(context, input({ source, patterns: ['since 2023-11-14T22:13:20.000Z'] }))).toMatchObject({ ok: false });
  });
});

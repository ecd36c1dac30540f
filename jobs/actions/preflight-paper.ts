import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Action } from '../../src/ports/action.js';
import { failed } from './step-failure.js';

const input = z.strictObject({});

/** The way back on paper, for the day on which planb is down: kept with the run and posted to its threads before the change that it takes back. */
export const preflightPaperAction: Action<z.output<typeof input>> = {
  name: 'preflight.paper',
  summary: 'Writes the rollback to the running release as a file of commands, and posts it to the thread.',
  input,
  defaultTimeoutMs: 10 * 60_000,
  describe: (_given, { from }) => ({ commands: [`# writes the way back to ${from?.name ?? 'what runs'} as commands to paste, and posts it as a file`], effect: 'idempotent', destructive: false, changes: [] }),
  execute: async (context) => {
    const paper = await context.planWayBack(context.to ?? { name: 'the next release' });
    if (!paper.ok) return failed('no-way-back', `the way back cannot be planned: ${context.mask(paper.message)}`);
    const name = `way-back-to-${(context.from?.name ?? 'release').replaceAll(/[^\w.-]+/g, '-')}.txt`;
    const text = context.mask(paper.text);
    const file = join(await context.runFolder(), name);
    await writeFile(file, text, { mode: 0o600 });
    await context.postFile({ name, title: `The way back of ${context.target} to ${context.from?.name ?? 'what runs'}, for the day on which planb is down`, text });
    return { ok: true, receipt: { file, lines: text.split('\n').length } };
  },
};

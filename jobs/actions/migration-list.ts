import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writesOf } from '../../src/migration/seen-facts.js';
import type { Action, StepContext } from '../../src/ports/action.js';

const input = z.strictObject({
  /** The new server and its database, in words: where the rows are. */
  where: z.string().min(1),
  /** When DNS was switched, ISO 8601; unknown: left out. */
  since: z.string().min(1).optional(),
});
type Input = z.output<typeof input>;

const file = 'not-brought-back.md';

/** What stays on the new server when people accept the loss: a list to restore by hand, kept with the run and posted to its thread. */
export const migrationListAction: Action<Input> = {
  name: 'migration.list',
  summary: 'Lists what a return leaves on the new server, for people who restore some of it by hand.',
  input,
  remote: 'irrelevant',
  defaultTimeoutMs: 5 * 60_000,
  describe: ({ since }) => ({ commands: [`# lists what was written${since === undefined ? '' : ` since ${since}`} and is not brought back, as ${file}`], effect: 'idempotent', destructive: false, changes: [] }),
  execute: async (context, given) => {
    const text = listOf(context, given);
    const path = join(await context.runFolder(), file);
    await writeFile(path, context.mask(text), { mode: 0o600 });
    await context.postFile({ name: file, title: 'What was not brought back', text });
    return { ok: true, receipt: { file: path } };
  },
};

function listOf({ facts, now, receipts }: StepContext, { where, since }: Input): string {
  const writes = writesOf(facts, 'new');
  const exported = Object.values(receipts).flatMap(({ folder, lossSince }) => (typeof folder === 'string' && lossSince !== undefined ? [folder] : []));
  const rows = writes === undefined ? ['Nothing was counted.']
    : !writes.counted ? [`It could not be counted: ${writes.why}`]
      : writes.tables.length === 0 && writes.untold.length === 0 ? ['Nothing was written.']
        : ['| table | rows |', '|---|---|', ...writes.tables.map(({ table, rows: count }) => `| ${table} | ${count}${writes.about ? ', estimated' : ''} |`), ...writes.untold.map((line) => `| ${line} | not counted |`)];
  return [
    '# Not brought back', '',
    `Written between ${since ?? 'the switch'} and ${new Date(now()).toISOString()}, and still in ${where}:`, '', ...rows, '',
    ...(exported.length === 0 ? [] : [`Exported as CSV: ${exported.join(', ')}`, '']),
    'Restore by hand what matters, from there, from the exports or from logs; then press Done.', '',
  ].join('\n');
}

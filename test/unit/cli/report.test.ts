import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from '../../support/temp-folder.js';
import { planb } from './run-planb.js';

const text = '# Post-mortem: Shop · run 7KQ\n';
const asked: [string, string | undefined][] = [];
const makes = { readReport: async (run: string, locale: 'en' | 'ru' | undefined) => { asked.push([run, locale]); return run === '7KQ' ? text : undefined; } };

it('prints the Markdown, in the language that was asked for', async () => {
  expect(await planb(['report', '7kq'], makes)).toEqual({ code: 0, out: text, err: '' });
  await planb(['report', '7KQ', '--locale', 'ru'], makes);
  expect(asked).toEqual([['7KQ', undefined], ['7KQ', 'ru']]);
});

it('writes a file for the owner alone, and replaces none unasked', async () => {
  const file = join(await tempFolder(), 'report.md');
  expect(await planb(['report', '7KQ', '--out', file], makes)).toMatchObject({ code: 0, out: '' });
  expect(await readFile(file, 'utf8')).toBe(text);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await planb(['report', '7KQ', '--out', file], makes)).toMatchObject({ code: 2, err: expect.stringContaining('exists already') as string });
  expect((await planb(['report', '7KQ', '--out', file, '--force'], makes)).code).toBe(0);
});

it('refuses a run that there is not, and another language', async () => {
  expect(await planb(['report', 'abc'], makes)).toEqual({ code: 1, out: '', err: 'planb: There is no run ABC.\n' });
  expect(await planb(['report', '7KQ', '--locale', 'de'], makes)).toMatchObject({ code: 2, err: 'planb: There is no locale "de"; it is one of en, ru.\n' });
});

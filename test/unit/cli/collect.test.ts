import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { CollectAnswer } from '../../../adapters/cli/services.js';
import { tempFolder } from '../../support/temp-folder.js';
import { planb } from './run-planb.js';

const answer = (missing: readonly string[] = []): { collect: () => Promise<CollectAnswer> } => ({ collect: async () => ({ ok: true, archive: Buffer.from('packed'), name: 'shop-20260101T000000Z', files: ['logs/old/a.log', 'schema/old.sql'], missing }) });

it('writes the archive for its owner alone, and replaces none', async () => {
  const file = join(await tempFolder(), 'both.tar.gz');
  expect(await planb(['collect', 'shop', '--out', file], answer())).toEqual({ code: 0, out: `${file}: 2 files\n`, err: '' });
  expect(await readFile(file, 'utf8')).toBe('packed');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await planb(['collect', 'shop', '--out', file], answer())).toMatchObject({ code: 2, err: `planb: ${file} exists already: give another name.\n` });
});

it('writes what there is and ends with 1 when a part is missing', async () => {
  const file = join(await tempFolder(), 'both.tar.gz');
  const said = await planb(['collect', 'shop', '--out', file], answer(['logs of the new server: away', 'metrics of the new server: 503']));
  expect(said).toEqual({ code: 1, out: `${file}: 2 files\n✘ missing: logs of the new server: away\n✘ missing: metrics of the new server: 503\n`, err: 'planb: 2 things are missing; the archive\'s README.md says the same.\n' });
  expect(await readFile(file, 'utf8')).toBe('packed');
});

it('refuses in words', async () => {
  expect(await planb(['collect', 'shpo'], { collect: async () => ({ ok: false, message: 'There is no target "shpo"' }) })).toEqual({ code: 2, out: '', err: 'planb: There is no target "shpo"\n' });
  expect((await planb(['collect'])).code).toBe(2);
});

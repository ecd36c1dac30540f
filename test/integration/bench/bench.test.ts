import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { builtPlanb } from '../../support/built-planb.js';
import { tempFolder } from '../../support/temp-folder.js';

const side = z.object({ name: z.string(), unit: z.string(), rounds: z.array(z.number().positive()).length(2) });
const report = z.object({
  at: z.iso.datetime(), quick: z.literal(true), machine: z.object({ cpu: z.string(), cores: z.number(), node: z.string(), postgres: z.string(), kernel: z.string(), loadAtStart: z.number() }),
  lines: z.array(z.object({ name: z.literal('steps'), failed: z.undefined().optional(), figures: z.array(z.object({ what: z.string(), planb: side, peer: side })).length(4) })).length(1),
});

beforeAll(async () => { await builtPlanb(); });

test('a quick bench measures durable steps beside DBOS and stores the raw values with the machine', async () => {
  const file = join(await tempFolder(), 'result.json');
  const { stdout } = await execa(process.execPath, ['scripts/run-typescript.mjs', '--on-dist', 'bench/main.ts', '--quick', '--only', 'steps', '--out', file], { stdin: 'ignore' });
  expect(report.safeParse(JSON.parse(await readFile(file, 'utf8')))).toMatchObject({ success: true });
  expect(stdout).toContain('| durable no-op steps | one run: steps a second |');
});

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { copyBuild } from '../support/copy-build.js';
import { headLine, report, sampleLine, verdictLines } from './figures.js';
import { soak } from './soak.js';
import { judge } from './verdict.js';

// npm run soak -- [--minutes N] [--rate N] [--out FILE]: what it shows is in docs/reliability.md, "Long life".

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' }, rate: { type: 'string', default: '20' }, out: { type: 'string' } } });
const [minutes, rate] = [Number(values.minutes), Number(values.rate)];
if (!(minutes > 0 && rate > 0)) throw new Error('npm run soak -- [--minutes N] [--rate N] [--out FILE]');

const say = (line: string): void => { process.stdout.write(`${line}\n`); };
const { program, remove } = await copyBuild();
try {
  say(`${String(minutes)} minutes with ${String(rate)} runs a minute`);
  say(headLine());
  const begun = Date.now();
  // Each third has five samples at least, where it lasts that long.
  const result = await soak({ program, minutes, rate, sampleEveryMs: Math.min(60_000, Math.max(2_000, (minutes * 60_000) / 15)), onSample: (sample) => { say(sampleLine(sample)); } });
  const verdicts = judge(result.samples);
  say('');
  for (const line of verdictLines(result, verdicts)) say(line);
  const out = values.out ?? `bench/results/soak-${new Date(begun).toISOString().slice(0, 10)}.json`;
  await mkdir(dirname(out), { recursive: true });
  await writeFile(out, `${JSON.stringify(report({ at: begun, minutes, rate }, result, verdicts), undefined, 1)}\n`);
  say(`stored in ${out}`);
  process.exitCode = verdicts.every(({ ok }) => ok) && Object.keys(result.kept).length === 0 && result.problems.length === 0 ? 0 : 1;
} finally {
  await remove();
}

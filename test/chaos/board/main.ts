import { mkdir, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { boardFigures, sayFigures } from './figures.js';
import { playBoards } from './play.js';

/** `npm run chaos -- board [--runs 200] [--steps 30] [--channels 20] [--step-seconds 5] [--pace 1] [--kills 0] [--outage-seconds 0] [--out FILE]`. Returns the exit code: 1 where something went wrong or a 429 was provoked. */
export async function boardMain(program: string, args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: 'string', default: '200' }, steps: { type: 'string', default: '30' }, channels: { type: 'string', default: '20' }, 'step-seconds': { type: 'string', default: '5' },
      pace: { type: 'string', default: '1' }, kills: { type: 'string', default: '0' }, 'outage-seconds': { type: 'string', default: '0' }, out: { type: 'string' },
    },
  });
  const size = { runs: Number(values.runs), steps: Number(values.steps), channels: Number(values.channels), stepMs: Number(values['step-seconds']) * 1_000, pace: Number(values.pace), kills: Number(values.kills), outageMs: Number(values['outage-seconds']) * 1_000 };
  const say = (line: string): void => { process.stdout.write(`${line}\n`); };
  const load = Math.round((loadavg()[0] ?? 0) * 10) / 10;
  const figures = boardFigures(await playBoards(program, size, 2 * 3_600_000, say), size);
  say(sayFigures(figures));
  const at = new Date().toISOString();
  const out = values.out ?? `bench/results/board-${at.slice(0, 10)}.json`;
  await mkdir(dirname(out), { recursive: true });
  await writeFile(out, `${JSON.stringify({ at, loadAtStart: load, ...figures }, undefined, 1)}\n`);
  say(`stored in ${out}`);
  return figures.problems.length === 0 && figures.platforms.every(({ ratelimited }) => ratelimited === 0) ? 0 : 1;
}

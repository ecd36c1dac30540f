import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { copyBuild } from '../support/copy-build.js';
import { boardMain } from './board/main.js';
import { matrixTable, report, sayRandom } from './figures.js';
import { allCells, playCells, sayCell } from './matrix.js';
import { killAtRandom } from './random-kills.js';

// npm run chaos: every point with every fault, then random kills. What is asked for by --only and --kills is in docs/reliability.md. `npm run chaos -- board` plays the boards under limits instead.

const isBoard = process.argv[2] === 'board';
const { values } = parseArgs({
  args: isBoard ? [] : process.argv.slice(2),
  options: {
    seed: { type: 'string', default: '1' }, kills: { type: 'string', default: '1000' }, worlds: { type: 'string', default: '3' },
    /** Cells whose name matches: `kill at`, `pause at: worker`, `(once)`. */
    only: { type: 'string', default: '' }, out: { type: 'string' },
  },
});
const [seed, kills, worlds] = [Number(values.seed), Number(values.kills), Number(values.worlds)];

const say = (line: string): void => { process.stdout.write(`${line}\n`); };

async function playMatrix(program: string): Promise<number> {
  const wanted = new RegExp(values.only);
  const cells = allCells().filter((cell) => wanted.test(sayCell(cell)));
  say(`${String(cells.length)} scenarios, then ${String(kills)} random kills, seed ${String(seed)}`);
  const matrix = await playCells(program, cells, worlds, ({ fault, point, recoveryMs, problems }) => {
    say(`${problems.length === 0 ? 'ok   ' : 'WRONG'} ${fault} at: ${point}${recoveryMs === undefined ? '' : `, recovered in ${String(Math.round(recoveryMs))} ms`}${problems.map((problem) => `\n      ${problem}`).join('')}`);
  });
  let killed = 0;
  const random = kills === 0 ? undefined : await killAtRandom({ program, kills, seed, worlds, targets: 4, onKill: () => { killed += 1; if (killed % 50 === 0) say(`${String(killed)} kills`); } });
  say('');
  if (matrix.length > 0) say(matrixTable(matrix));
  if (random !== undefined) say([sayRandom(random), ...random.problems].join('\n'));
  const out = values.out ?? `bench/results/chaos-${new Date().toISOString().slice(0, 10)}.json`;
  await mkdir(dirname(out), { recursive: true });
  await writeFile(out, `${JSON.stringify(report(seed, matrix, random), undefined, 1)}\n`);
  say(`stored in ${out}`);
  return matrix.some(({ problems }) => problems.length > 0) || (random?.problems.length ?? 0) > 0 ? 1 : 0;
}

const { program, remove } = await copyBuild();
try {
  process.exitCode = isBoard ? await boardMain(program, process.argv.slice(3)) : await playMatrix(program);
} finally {
  await remove();
}

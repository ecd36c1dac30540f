import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { choosePostgres } from '../adapters/embedded/find-binaries.js';
import type { Line, Size } from './line.js';
import { readme } from './readme.js';
import { describeMachine, merged, plot, table, type LineResult, type Report } from './report.js';
import { startBenchServices, type BenchServices } from './services.js';

/** `npm run bench -- [--only NAME,NAME] [--quick] [--out FILE]`: measures the lines of the budget, each beside its peer. */
const { values: given } = parseArgs({ options: { only: { type: 'string' }, quick: { type: 'boolean', default: false }, out: { type: 'string' } } });

/** Loaded one by one: a peer must not take memory or a thread while another line is measured. */
const lines: Readonly<Record<string, () => Promise<Line>>> = {
  votes: async () => (await import('./lines/votes.js')).votes,
  events: async () => (await import('./lines/events.js')).events,
  memory: async () => (await import('./lines/memory.js')).memory,
  steps: async () => (await import('./lines/steps.js')).steps,
  backup: async () => (await import('./lines/backup.js')).backup,
  emergency: async () => (await import('./lines/emergency.js')).emergency,
  ack: async () => (await import('./lines/ack.js')).ack,
  restore: async () => (await import('./lines/restore.js')).restore,
};

async function measure(name: string, services: BenchServices, size: Size): Promise<LineResult> {
  const line = await lines[name]?.();
  if (line === undefined) throw new Error(`no line ${name}: ${Object.keys(lines).join(', ')}`);
  const [started, loadAtStart] = [performance.now(), Math.round((loadavg()[0] ?? 0) * 10) / 10];
  console.error(`planb: ${line.title}`);
  const about = { name: line.name, title: line.title, at: new Date().toISOString(), loadAtStart };
  try {
    const figures = await line.measure(services, size);
    return { ...about, figures, seconds: Math.round((performance.now() - started) / 1_000) };
  } catch (error) {
    console.error(error);
    return { ...about, figures: [], failed: error instanceof Error ? error.message : String(error), seconds: Math.round((performance.now() - started) / 1_000) };
  }
}

const names = given.only?.split(',') ?? Object.keys(lines);
const { directory } = await choosePostgres(null, '');
const machine = describeMachine(join(directory, 'postgres'));
const services = await startBenchServices();
const results: LineResult[] = [];
try {
  for (const name of names) results.push(await measure(name, services, { quick: given.quick, rounds: given.quick ? 2 : 5 }));
} finally {
  await services.stop();
}
const own: Report = { at: new Date().toISOString(), quick: given.quick, machine, lines: results };
const file = given.out ?? join('bench', 'results', `${own.at.slice(0, 10)}${given.quick ? '-quick' : ''}.json`);
// Some lines measured again do not make the day's others unmeasured.
const report = given.quick || given.only === undefined || !existsSync(file) ? own : merged(JSON.parse(await readFile(file, 'utf8')) as Report, own);
await mkdir(dirname(file), { recursive: true });
await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`);
// A try says nothing, and what goes elsewhere is somebody's own.
if (!given.quick && given.out === undefined) {
  await writeFile(file.replace(/\.json$/, '.svg'), plot(report));
  await writeFile(join('bench', 'README.md'), readme(report, file));
}
console.log(table(report));
process.exitCode = results.some(({ failed }) => failed !== undefined) ? 1 : 0;

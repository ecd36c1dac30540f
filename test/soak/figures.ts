import { cpus, totalmem } from 'node:os';
import { total } from './process-sample.js';
import type { Sample } from './sample.js';
import type { Soak } from './soak.js';
import type { Verdict } from './verdict.js';

const columns: readonly (readonly [string, (sample: Sample) => string])[] = [
  ['minute', ({ atS }) => (atS / 60).toFixed(1)], ['load', ({ load }) => load.toFixed(1)], ['runs', ({ runs }) => String(runs)], ['live', ({ live }) => String(live)],
  ['bot heap', ({ bot }) => bot.heapMb.toFixed(1)], ['rss', ({ bot }) => bot.rssMb.toFixed(0)], ['fds', ({ bot }) => String(total(bot.descriptors))],
  ['worker heap', ({ worker }) => worker.heapMb.toFixed(1)], ['rss', ({ worker }) => worker.rssMb.toFixed(0)], ['fds', ({ worker }) => String(total(worker.descriptors))], ['children', ({ worker }) => String(worker.children)],
  ['postgres', ({ postgresConnections }) => String(postgresConnections)], ['redis', ({ redisConnections }) => String(redisConnections)], ['keys', ({ redisKeys }) => String(redisKeys)], ['wake-ups', ({ wakeUps }) => String(wakeUps)],
  ['temp', ({ temporaryFiles }) => String(temporaryFiles)], ['plan ms', ({ planMs }) => String(planMs ?? '-')], ['start ms', ({ startMs }) => String(startMs ?? '-')],
];

export function headLine(): string {
  return columns.map(([name]) => name.padStart(Math.max(7, name.length))).join(' ');
}

export function sampleLine(sample: Sample): string {
  return columns.map(([name, of]) => of(sample).padStart(Math.max(7, name.length))).join(' ');
}

/** A line a verdict, then what did not fit. */
export function verdictLines({ kept, problems, played, late }: Soak, verdicts: readonly Verdict[]): readonly string[] {
  const given = Object.entries(kept);
  return [
    ...verdicts.map(({ what, unit, before, after, allowed, ok }) => `${ok ? 'flat ' : 'GROWS'} ${what}: ${String(before)} → ${String(after)} ${unit} (at most ${String(allowed)})`),
    given.length === 0 ? 'all given back: descriptors, handles, children, connections, keys, temporary files are as many as before' : `NOT GIVEN BACK ${given.map(([what, count]) => `${what}: ${count}`).join('; ')}`,
    `runs: ${Object.entries(played).map(([end, count]) => `${String(count)} ${end}`).join(', ')}${late === 0 ? '' : `; ${String(late)} were due while no target was free`}`,
    ...problems.map((problem) => `WRONG ${problem}`),
  ];
}

/** What is stored: figures, and the machine that they come from. */
export function report(about: { readonly at: number; readonly minutes: number; readonly rate: number }, soak: Soak, verdicts: readonly Verdict[]): object {
  return {
    ...about, at: new Date(about.at).toISOString(),
    machine: { cpus: cpus().length, model: cpus()[0]?.model ?? '', memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.version },
    verdicts, kept: soak.kept, played: soak.played, late: soak.late, problems: soak.problems, idle: soak.idle, samples: soak.samples,
  };
}

import { percentile } from '../../bench/line.js';
import { total } from './process-sample.js';
import type { Sample } from './sample.js';

/** One figure over the whole soak, and whether it stayed flat. */
export interface Verdict {
  readonly what: string;
  readonly unit: string;
  /** Of the second and of the last third of the samples, medians or a lower quantile; the first third is warming up. */
  readonly before: number;
  readonly after: number;
  readonly allowed: number;
  readonly ok: boolean;
}

interface Watched {
  readonly what: string;
  readonly unit: string;
  readonly of: (sample: Sample) => number | undefined;
  /** The quantile that is compared; default the median. */
  readonly quantile?: number;
  /** How much more the last third may be than the second: a share of it, and so much besides. */
  readonly share: number;
  readonly besides: number;
}

/**
 * With thirty minutes and twenty runs a minute there are two hundred runs between the middles of the two thirds: one descriptor, child, file or key lost by every tenth run makes twenty. Counts swing with
 * what is under way, hence a few besides. Of the heap, measured after a collection, two megabytes are ten kilobytes a run. Resident memory swings upwards with the garbage of that instant and comes down again, so its
 * lower quartile is compared: what leaks beside the heap, a hundred kilobytes a run. Times are those of the machine, whatever else it does.
 */
function watchedOf(who: 'bot' | 'worker'): readonly Watched[] {
  return [
    { what: `${who}: heap after a collection`, unit: 'MB', of: (sample) => sample[who].heapMb, share: 0, besides: 2 },
    { what: `${who}: buffers outside the heap`, unit: 'MB', of: (sample) => sample[who].externalMb, share: 0, besides: 2 },
    { what: `${who}: resident memory`, unit: 'MB', of: (sample) => sample[who].rssMb, quantile: 0.25, share: 0.08, besides: 8 },
    { what: `${who}: open descriptors`, unit: '', of: (sample) => total(sample[who].descriptors), share: 0, besides: 6 },
    { what: `${who}: handles of the event loop`, unit: '', of: (sample) => total(sample[who].resources), share: 0, besides: 20 },
    { what: `${who}: child processes`, unit: '', of: (sample) => sample[who].children, share: 0, besides: 2 },
  ];
}

const watched: readonly Watched[] = [
  ...watchedOf('bot'), ...watchedOf('worker'),
  { what: 'connections to PostgreSQL', unit: '', of: (sample) => sample.postgresConnections, share: 0, besides: 4 },
  { what: 'connections to Redis', unit: '', of: (sample) => sample.redisConnections, share: 0, besides: 1 },
  { what: 'keys in Redis without wake-ups', unit: '', of: (sample) => sample.redisKeys, share: 0, besides: 20 },
  { what: 'wake-ups that wait', unit: '', of: (sample) => sample.wakeUps, share: 1, besides: 200 },
  { what: 'memory of Redis', unit: 'MB', of: (sample) => sample.redisMb, share: 0.1, besides: 1 },
  { what: 'temporary files', unit: '', of: (sample) => sample.temporaryFiles, share: 0, besides: 3 },
  { what: 'rows that wait', unit: '', of: (sample) => sample.waiting, share: 1, besides: 20 },
  { what: 'request to plan', unit: 'ms', of: (sample) => sample.planMs, share: 0.5, besides: 100 },
  { what: 'last vote to first step', unit: 'ms', of: (sample) => sample.startMs, share: 0.5, besides: 100 },
];

/** Compares the last third with the one before it. Six samples are the least that tells anything. */
export function judge(samples: readonly Sample[]): readonly Verdict[] {
  const third = Math.floor(samples.length / 3);
  const round = (value: number): number => Math.round(value * 100) / 100;
  return watched.flatMap(({ what, unit, of, quantile, share, besides }) => {
    const valueOf = (some: readonly Sample[]): number => percentile(some.flatMap((sample) => of(sample) ?? []), quantile ?? 0.5);
    const [before, after] = [valueOf(samples.slice(samples.length - 2 * third, samples.length - third)), valueOf(samples.slice(samples.length - third))];
    const allowed = before * (1 + share) + besides;
    return Number.isNaN(before) || Number.isNaN(after) ? [] : [{ what, unit, before: round(before), after: round(after), allowed: round(allowed), ok: after <= allowed }];
  });
}

/** What must be given back when nothing is under way: as many as before, exactly. Named by what they are. */
export function heldOf(sample: Sample): Readonly<Record<string, number>> {
  const of = (who: 'bot' | 'worker'): Record<string, number> => {
    const counts: readonly (readonly [string, number])[] = [
      ...Object.entries(sample[who].descriptors).map(([kind, count]) => [`${who}: descriptors, ${kind}`, count] as const),
      ...Object.entries(sample[who].resources).filter(([kind]) => kind !== 'Timeout' && kind !== 'Immediate').map(([kind, count]) => [`${who}: handles, ${kind}`, count] as const),
      [`${who}: child processes`, sample[who].children],
    ];
    return Object.fromEntries(counts);
  };
  return {
    ...of('bot'), ...of('worker'), 'connections to PostgreSQL': sample.postgresConnections, 'connections to Redis': sample.redisConnections, 'keys in Redis': sample.redisKeys + sample.wakeUps,
    'temporary files': sample.temporaryFiles, 'rows that wait': sample.waiting,
  };
}

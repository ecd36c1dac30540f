import type { BoardsPlayed } from './play.js';
import type { Size } from './site.js';

const kinds = ['approval', 'question', 'end', 'notice', 'progress'] as const;

function share(values: readonly number[], p: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? undefined : sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))];
}

/** What a run of the scenario says: one row a platform and kind. Times in milliseconds of the pace. */
export function boardFigures(played: BoardsPlayed, size: Size) {
  const platforms = (['slack', 'telegram'] as const).map((platform) => {
    const edits = played.edits.filter((one) => one.platform === platform).map(({ count }) => count);
    const staleness = kinds.map((what) => {
      const ms = played.staleness.filter((one) => one.platform === platform && one.what === what).map((one) => one.ms);
      return { what, count: ms.length, p50: share(ms, 0.5), p95: share(ms, 0.95), most: share(ms, 1) };
    });
    return { platform, ratelimited: played.ratelimited[platform], editsPerRun: { p50: share(edits, 0.5), most: share(edits, 1), all: edits.reduce((sum, one) => sum + one, 0) }, staleness };
  });
  return { size, live: played.live, seconds: played.seconds, killed: played.killed, secondBoards: played.duplicates.length, platforms, refused: tally(played.refused), problems: played.problems };
}

export function sayFigures(figures: ReturnType<typeof boardFigures>): string {
  const inSeconds = (ms: number | undefined): string => (ms === undefined ? '-' : (ms / 1_000).toFixed(1)).padStart(8);
  const lines = figures.platforms.flatMap(({ platform, ratelimited, editsPerRun, staleness }) => [
    `${platform}: 429s ${String(ratelimited)}; edits a run: median ${String(editsPerRun.p50)}, most ${String(editsPerRun.most)}, all ${String(editsPerRun.all)}`,
    ...staleness.map(({ what, count, p50, p95, most }) => `  ${what.padEnd(10)} ${String(count).padStart(6)} shown after, s: p50 ${inSeconds(p50)}  p95 ${inSeconds(p95)}  most ${inSeconds(most)}`),
  ]);
  return [`${String(figures.size.runs)} runs of ${String(figures.size.steps)} steps, ${String(figures.live)} live at once, in ${String(figures.seconds)} s; bot killed ${String(figures.killed)} times, second boards: ${String(figures.secondBoards)}`, ...lines,
    ...Object.entries(figures.refused).map(([what, count]) => `refused: ${what}: ${String(count)}`), ...figures.problems.map((problem) => `WRONG ${problem}`)].join('\n');
}

function tally(lines: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const line of lines) counts[line] = (counts[line] ?? 0) + 1;
  return counts;
}

import type { Store } from '../src/ports/store.js';

const most = 1_000;

/** A few numbers in Prometheus' text format: whether planb works, and what it waits for. */
export async function readMetrics(store: Store): Promise<string> {
  const live = await store.runs({ live: true, limit: most });
  const phases = ['planning', 'voting', 'running', 'ending'] as const;
  return [
    '# HELP planb_runs_live Runs that have not ended, by phase.',
    '# TYPE planb_runs_live gauge',
    ...phases.map((phase) => `planb_runs_live{phase="${phase}"} ${String(live.filter((run) => run.phase === phase).length)}`),
    '# HELP process_resident_memory_bytes Resident memory of this process.',
    '# TYPE process_resident_memory_bytes gauge',
    `process_resident_memory_bytes ${String(process.memoryUsage.rss())}`,
    '',
  ].join('\n');
}

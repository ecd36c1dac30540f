import pg from 'pg';
import { startEngine, type Engine } from '../engine.js';
import { median, type Line, type Side } from '../line.js';

const eventsPerRun = 10;

/** Ended runs of other days, as large as real ones: their events, deliveries and boards. */
async function fill(url: string, runs: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`INSERT INTO runs (id, target, kind, title, phase, outcome, version, head, requested_at, updated_at)
      SELECT 'OLD' || n, 't' || n % 20, 'rollback', 'Old', 'ended', 'rejected', ${eventsPerRun}, sha256('head'), clock_timestamp() - interval '90 days' + n * interval '1 minute', clock_timestamp() - interval '90 days' + n * interval '1 minute'
      FROM generate_series(1, ${runs}) AS n`);
    await client.query(`INSERT INTO events (run_id, version, type, payload, hash)
      SELECT 'OLD' || n, v, e.type, e.payload, sha256((n * 10 + v)::text::bytea) FROM generate_series(1, ${runs}) AS n, generate_series(1, ${eventsPerRun}) AS v, LATERAL (SELECT
        CASE v WHEN 1 THEN 'RunRequested' WHEN ${eventsPerRun} THEN 'RunEnded' ELSE 'NoteAdded' END AS type,
        CASE v WHEN 1 THEN json_build_object('type', 'RunRequested', 'at', 1, 'target', 't' || n % 20, 'title', 'Old', 'kind', 'rollback', 'runbook', 'bench', 'params', json_build_object(), 'requester', 'alice', 'place', json_build_object('platform', 'slack', 'channel', 'C1'))::text
          WHEN ${eventsPerRun} THEN '{"type":"RunEnded","at":2,"outcome":"rejected"}' ELSE json_build_object('type', 'NoteAdded', 'at', 1, 'person', 'alice', 'text', repeat('x', 300))::text END AS payload) AS e`);
    await client.query(`INSERT INTO deliveries (id, platform, payload, received_at, processed_at, outcome) SELECT 'old' || n, 'slack', jsonb_build_object('id', 'old' || n), clock_timestamp() - interval '90 days', clock_timestamp() - interval '90 days', 'x' FROM generate_series(1, ${runs}) AS n`);
    await client.query(`INSERT INTO boards (id, run_id, platform, channel, locale, message, shown_version) SELECT 'old' || n, 'OLD' || n, 'slack', 'C1', 'en', n::text, ${eventsPerRun} FROM generate_series(1, ${runs}) AS n`);
    await client.query('VACUUM ANALYZE');
  } finally {
    await client.end();
  }
}

const commands = ['request', 'vote', 'status', 'history', 'reject'] as const;
type Costs = Readonly<Record<(typeof commands)[number], number[]>>;

/** One of each, milliseconds each. */
async function once(engine: Engine, costs: Costs): Promise<void> {
  const time = async <T>(name: (typeof commands)[number], work: () => Promise<T>): Promise<T> => {
    const begun = performance.now();
    const result = await work();
    costs[name].push(performance.now() - begun);
    return result;
  };
  const answered = (command: Parameters<Engine['say']>[1]) => async () => engine.outcome(await engine.say('alice', command));
  const run = await time('request', () => engine.request('t0'));
  await time('vote', answered({ kind: 'vote', run, choice: 'approve' }));
  await time('status', answered({ kind: 'status' }));
  await time('history', answered({ kind: 'history', target: 't0' }));
  await time('reject', answered({ kind: 'vote', run, choice: 'reject' }));
  await engine.until(run, ({ phase }) => phase === 'ended');
}

/** The same commands on a database with a million events and on one without. */
export const events: Line = {
  name: 'events', title: 'cost of a command with 1,000,000 events stored',
  measure: async (services, { quick, rounds }) => {
    const [runs, samples] = quick ? [2_000, 4] : [100_000, 6];
    const given = { targets: 20, steps: 1 };
    const empty = await startEngine(services, { database: 'events_none', ...given });
    const full = await startEngine(services, { database: 'events_million', ...given });
    const rounded: { readonly empty: Costs; readonly full: Costs }[] = [];
    const costs = (): Costs => ({ request: [], vote: [], status: [], history: [], reject: [] });
    try {
      await fill(full.url, runs);
      for (const engine of [empty, full]) await once(engine, costs());
      for (let round = 0; round < rounds; round += 1) {
        const both = { empty: costs(), full: costs() };
        for (let sample = 0; sample < samples; sample += 1) {
          await once(empty, both.empty);
          await once(full, both.full);
        }
        rounded.push(both);
      }
    } finally {
      await Promise.all([empty.close(), full.close()]);
    }
    return commands.map((name) => {
      const side = (of: 'empty' | 'full', called: string): Side => ({ name: called, unit: 'ms', rounds: rounded.map((round) => median(round[of][name])) });
      return { what: name, planb: side('full', `${(runs * eventsPerRun).toLocaleString('en')} events`), peer: side('empty', 'none'), compared: 'ratio', budget: { is: 'at most', value: 1.2 } };
    });
  },
};

import { expect, onTestFinished, test } from 'vitest';
import { createStore } from '../../../adapters/postgres/store.js';
import { eventually } from '../../support/eventually.js';
import { runNodeScript } from '../../support/node-script.js';
import { createTestStore } from '../../support/planb-database.js';

interface Term {
  readonly by: string;
  readonly signal: AbortSignal;
}

/** A process that wants to lead, and the terms in which it did; works until it may not any more. */
function candidate(url: string, by: string, terms: Term[]): { readonly abort: () => void; readonly done: Promise<void> } {
  const store = createStore({ url });
  const stopping = new AbortController();
  const done = store.withLeadership('duty', stopping.signal, (signal) => {
    terms.push({ by, signal });
    return new Promise((resolve) => { signal.addEventListener('abort', () => { resolve(); }); });
  });
  onTestFinished(async () => {
    stopping.abort();
    await done;
    await store.close();
  });
  return { abort: () => { stopping.abort(); }, done };
}

test('one leads at a time; when its connection is killed another takes over', async () => {
  const { url, pool } = await createTestStore();
  const terms: Term[] = [];
  for (const by of ['w1', 'w2', 'w3']) candidate(url, by, terms);
  const [first] = await eventually(() => (terms.length > 0 ? terms : undefined));
  // Long enough for each of the others to have asked again.
  await eventually(async () => ((await pool.query(`SELECT 1 FROM pg_stat_activity WHERE application_name = 'planb leader duty' AND datname = current_database()`)).rowCount ?? 0) >= 2);
  expect(terms).toHaveLength(1);
  await pool.query(`SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted AND application_name = 'planb leader duty' AND datname = current_database()`);
  await eventually(() => first?.signal.aborted === true);
  await eventually(() => terms.length === 2);
  expect(terms.filter(({ signal }) => !signal.aborted)).toHaveLength(1);
});

test('a leader that is told to stop hands over and returns', async () => {
  const { url } = await createTestStore();
  const terms: Term[] = [];
  const first = candidate(url, 'w1', terms);
  await eventually(() => terms.length === 1);
  candidate(url, 'w2', terms);
  first.abort();
  await first.done;
  await eventually(() => terms.at(-1)?.by === 'w2');
});

test('who waits for its turn stops waiting when told to, and a bug of the work comes out', async () => {
  const { url, store } = await createTestStore();
  const terms: Term[] = [];
  candidate(url, 'w1', terms);
  await eventually(() => terms.length === 1);
  const waiting = candidate(url, 'w2', terms);
  waiting.abort();
  await waiting.done;
  expect(terms).toHaveLength(1);
  await expect(store.withLeadership('other', new AbortController().signal, () => Promise.reject(new TypeError('a bug')))).rejects.toThrow('a bug');
});

test('a leader that is stopped, so that it neither works nor lets go, is replaced', async () => {
  const { url } = await createTestStore();
  const leader = await runNodeScript('test/integration/postgres/leader.fixture.ts', [url]);
  expect(await leader.nextLine()).toBe('leading');
  process.kill(leader.pid, 'SIGSTOP');
  const terms: Term[] = [];
  candidate(url, 'w2', terms);
  await eventually(() => terms.length === 1);
  process.kill(leader.pid, 'SIGCONT');
  expect(await leader.nextLine()).toBe('lost');
});

import { createStore } from '../../../adapters/postgres/store.js';

/** Leads until it may not any more, and says so. */
const store = createStore({ url: process.argv[2] ?? '' });
await store.withLeadership('duty', new AbortController().signal, (signal) => new Promise((resolve) => {
  process.stdout.write('leading\n');
  signal.addEventListener('abort', () => {
    process.stdout.write('lost\n');
    resolve();
  });
}));

import type { BoardModel } from '../../../src/board/model.js';

/** Design.md's boards, as models. */
export const planBoard: BoardModel = {
  run: '7KQ',
  locale: 'en',
  tone: 'waiting',
  title: 'LiteLLM 1.82.1 → 1.81.14 · run 7KQ',
  fields: [
    { label: 'NOW', text: ['down since 03:08 UTC (503), read 03:14:05'], weight: 3 },
    { label: 'VERDICT', text: [{ bold: 'revert only' }, ': 4 newer migrations, all additive'], weight: 3 },
    { label: 'LOST', text: ['nothing   ', { bold: 'OUTAGE' }, '  ~40 s   ', { bold: 'RUN' }, '  ~4 min'], weight: 3 },
    { label: '', text: [{ person: 'alice' }, ': "500s since deploy" · backup proven 02:10'], weight: 2 },
    { label: 'VOTES', text: ['1/2 ', { person: 'alice' }, ' · may vote: ', { person: 'bob' }, ', ', { person: 'dave' }, ', until 03:44'], weight: 3 },
  ],
  tasksTitle: 'What will happen',
  tasks: [
    { id: 'backup', title: 'Back up the database', status: 'done', note: 'done in 12 s' },
    { id: 'revert', title: 'Put 1.81.14 back', status: 'pending', note: '' },
    { id: 'ready', title: 'Check /health/readiness', status: 'pending', note: '' },
  ],
  buttons: [
    { action: 'approve', label: 'Approve', id: 'btn-approve', style: 'primary', confirm: { title: 'Approve?', text: 'LOST: 412 rows written since the backup.', yes: 'Approve', no: 'Not yet' } },
    { action: 'reject', label: 'Reject', id: 'btn-reject', style: 'danger' },
    { action: 'details', label: 'Details', id: 'btn-details', style: 'plain' },
  ],
  urgent: true,
};

export const failedBoard: BoardModel = {
  run: '7KQ',
  locale: 'en',
  tone: 'question',
  title: 'FAILED at 2/6 Put 1.81.14 back: needs Alice, Bob or Carol',
  fields: [
    { label: 'NOW', text: ['down since 03:08 UTC, running 1.82.1, changed: nothing'], weight: 3 },
    { label: 'Error', text: [{ code: 'registry 401, pull denied' }], weight: 3 },
    { label: 'Retry', text: ['pulls again, safe'], weight: 2 },
    { label: 'Skip', text: ['1.82.1 stays; the run cannot end verified'], weight: 2 },
    { label: 'Stop', text: ['ends here; the service stays down'], weight: 2 },
  ],
  tasksTitle: 'Steps',
  tasks: [
    { id: 'backup', title: 'Back up the database', status: 'done', note: 'done in 12 s' },
    { id: 'revert', title: 'Put 1.81.14 back', status: 'failed', note: 'registry 401, pull denied' },
    { id: 'logs', title: 'Scan the log', status: 'skipped', note: 'skipped by Alice' },
    { id: 'ready', title: 'Check /health/readiness', status: 'pending', note: '' },
  ],
  buttons: [
    { action: 'retry', label: 'Retry', id: 'btn-retry', style: 'primary' },
    { action: 'skip', label: 'Skip', id: 'btn-skip', style: 'plain' },
    { action: 'stop', label: 'Stop', id: 'btn-stop', style: 'danger' },
  ],
  urgent: true,
};

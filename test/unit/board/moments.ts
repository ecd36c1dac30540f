import type { RunEvent } from '../../../src/run/events.js';
import { at, begun, digest, failed, losing, passed, plan, posted, prepared, vote } from './sample-run.js';

/** Named moments in a run's life, as the events that lead there after the request. */
const rest = [begun('revert', '03:17:05'), passed('revert', '03:17:30'), begun('history', '03:17:31')];
const awaited: RunEvent = { type: 'PersonAwaited', at: at('03:17:33'), step: 'tick', attempt: 1, instructions: 'Post on the status page that the proxy is back' };
const ticked: readonly RunEvent[] = [posted(), ...prepared, ...rest, passed('history', '03:17:32'), awaited, { type: 'AnswerGiven', at: at('03:18'), step: 'tick', attempt: 1, answer: 'done', people: ['bob'] }, begun('ready', '03:18:01')];
const denied: readonly RunEvent[] = [posted(), ...prepared, begun('revert', '03:17:05'), failed('revert', '03:17:15', 'registry 401, pull denied')];
const unknown: readonly RunEvent[] = [
  posted(losing), ...prepared, ...rest,
  { type: 'StepOutcomeUnknown', at: at('03:17:50'), step: 'history', attempt: 1, saw: 'helm history shows revision 42 pending-rollback' },
];
const drifted: RunEvent = { type: 'DriftFound', at: at('03:17:01'), digest, differences: [{ key: 'a', label: 'image of litellm', planned: '1.82.1', now: '1.82.2' }] };
const dockerAway = 'the Docker Engine at /var/run/docker.sock does not answer';

export const moments = {
  planning: [],
  voting: [posted(), begun('backup', '03:14:05'), passed('backup', '03:14:40', { proven: true, provenAt: '2026-03-01T03:14:39.000Z' }), vote('alice', 'slack', '03:16:00')],
  votingOnLoss: [posted(losing), begun('backup', '03:14:05')],
  running: [posted(), ...prepared, begun('revert', '03:17:05')],
  failed: denied,
  unknown,
  secondPerson: [...unknown, { type: 'AnswerProposed', at: at('03:17:55'), step: 'history', attempt: 1, answer: 'done', person: 'alice' }],
  manual: [posted(), ...prepared, ...rest, passed('history', '03:17:32'), awaited],
  stopping: [posted(), ...prepared, begun('revert', '03:17:05'), { type: 'StopRequested', at: at('03:18'), person: 'bob' }, { type: 'RunEnding', at: at('03:18'), outcome: 'stopped', reason: 'fixing the registry first' }],
  stopped: [...denied, { type: 'StopRequested', at: at('03:18'), person: 'bob' }, { type: 'RunEnded', at: at('03:18'), outcome: 'stopped', reason: 'fixing the registry first' }],
  rejected: [posted(), vote('bob', 'slack', '03:16', 'reject'), { type: 'RunEnded', at: at('03:16'), outcome: 'rejected', reason: 'the fix is being deployed' }],
  expired: [posted(), vote('alice', 'slack', '03:14:10'), { type: 'RunEnded', at: at('03:44:10'), outcome: 'expired' }],
  drifted: [posted(), vote('alice', 'slack', '03:16:00'), drifted],
  replanned: [posted(), vote('alice', 'slack', '03:16:00'), drifted, posted(plan, '03:17:20')],
  paused: [
    posted(), ...prepared, begun('revert', '03:17:05'), passed('revert', '03:17:30'),
    { type: 'DriftFound', at: at('03:17:31'), digest, differences: [{ key: 'rows', label: 'migration rows', planned: '73', now: '74' }] }, posted(plan, '03:17:50'),
  ],
  planningFailed: [{ type: 'PlanningFailed', at: at('03:14'), code: 'docker', message: dockerAway }, { type: 'RunEnded', at: at('03:14'), outcome: 'planning-failed', reason: dockerAway }],
  nothingToDo: [{ type: 'PlanningFailed', at: at('03:14'), code: 'same', message: 'it already runs 1.81.14' }, { type: 'RunEnded', at: at('03:14'), outcome: 'nothing-to-do', reason: 'it already runs 1.81.14' }],
  verified: [...ticked, passed('ready', '03:20:59'), { type: 'RunEnded', at: at('03:21'), outcome: 'verified' }],
  notVerified: [
    ...ticked, failed('ready', '03:20:01', '503 for 120 s'), { type: 'AnswerGiven', at: at('03:20:30'), step: 'ready', attempt: 1, answer: 'skip', people: ['bob'] },
    { type: 'RunEnded', at: at('03:21'), outcome: 'finished-not-verified' },
  ],
} satisfies Record<string, readonly RunEvent[]>;

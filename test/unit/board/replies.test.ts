import { describe, expect, it } from 'vitest';
import { helpReply, historyReply, targetsReply } from '../../../src/board/list-replies.js';
import { acceptedReply, answerReply, noteReply, stopReply, unholdReply, voteReply } from '../../../src/board/replies.js';
import { runStatusReply, statusReply } from '../../../src/board/status-reply.js';
import { whoamiReply } from '../../../src/board/whoami-reply.js';
import { replyText } from '../../support/board-text.js';
import { moments } from './moments.js';
import { at, prepared, runOf, viewAt, vote, posted } from './sample-run.js';

const voters = ['alice', 'bob', 'carol'];
const view = { ...viewAt('03:17'), command: '/rollback' };
const ru = { ...view, locale: 'ru' as const };

describe('replies', () => {
  it('says after a vote who is still needed, or that it starts', () => {
    expect(replyText(voteReply('approve', runOf(...moments.voting), voters, view))).toBe('Approved, 1/2. Still needed: one of Bob, Carol.');
    expect(replyText(voteReply('approve', runOf(...moments.voting), voters, ru))).toBe('Одобрено, 1/2. Нужен ещё один голос: Bob, Carol.');
    expect(replyText(voteReply('approve', runOf(posted(), vote('alice', 'slack', '03:16'), vote('bob', 'slack', '03:17')), voters, view))).toBe('Approved, 2/2. The run starts.');
    expect(replyText(voteReply('approve', runOf(posted(), ...prepared), voters, view))).toBe('Approved, 2/2. The run starts.');
    expect(replyText(voteReply('reject', runOf(...moments.rejected), voters, view))).toBe('Rejected. Run 7KQ is over.');
  });

  it('says what an answer did, or whom it still needs', () => {
    expect(replyText(answerReply('done', 'history', runOf(...moments.secondPerson), voters, view))).toBe('"It was done" is noted. It counts once Bob or Carol chooses it too.');
    expect(replyText(answerReply('retry', 'revert', runOf(...moments.failed), voters, view))).toBe('Retry: 3/6 Put 1.81.14 back runs again.');
    expect(replyText(stopReply(runOf(...moments.stopping), view))).toBe('Stopping run 7KQ. What is running is ended first.');
  });

  it('acknowledges requests, notes and unhold', () => {
    expect(replyText(acceptedReply(runOf(), view, 'https://chat.example/p1'))).toBe('Run 7KQ: planning LiteLLM proxy → 1.81.14. The board shows the plan.\nOpen the board <https://chat.example/p1>');
    expect(replyText(noteReply('7KQ', ru))).toBe('Записано в журнал запуска 7KQ.');
    expect(replyText(unholdReply('litellm', '1.82.1', view))).toBe('litellm is no longer held: the override is gone, its own files name 1.82.1.');
  });

  it('lists targets with what runs, the last known good, the live run and what is held', () => {
    const targets = [
      { id: 'litellm', title: 'LiteLLM proxy', environment: 'production', running: '1.82.1', lastGood: '1.81.14', liveRun: '7KQ', health: { state: 'down' as const, since: at('03:08'), detail: '503', readAt: at('03:14:05') } },
      { id: 'shop', title: 'Shop', environment: 'staging', running: '1.0.0', held: 'compose.yaml:4 names 1.1.0' },
    ];
    expect(replyText(targetsReply(targets, view))).toBe([
      'litellm LiteLLM proxy (production) · down since 03:08 UTC (503), running 1.82.1, read 03:14:05 UTC · last known good 1.81.14 · run 7KQ is live',
      'shop Shop (staging) · running 1.0.0',
      'HELD: compose.yaml:4 names 1.1.0',
    ].join('\n'));
    expect(replyText(targetsReply([], view))).toMatch(/names no target/);
  });

  it('lists live runs and held targets', () => {
    const runs = (['voting', 'running', 'failed'] as const).map((moment) => ({ state: runOf(...moments[moment]), view: viewAt('03:17:20') }));
    expect(replyText(statusReply(runs, [{ target: 'shop', line: 'compose.yaml:4 names 1.1.0' }], view))).toBe([
      '3 runs are live.',
      'LiteLLM proxy 1.82.1 → 1.81.14 · run 7KQ · waits for votes 1/2 until 03:46 UTC',
      'LiteLLM proxy 1.82.1 → 1.81.14 · run 7KQ · running 3/6 Put 1.81.14 back',
      'LiteLLM proxy 1.82.1 → 1.81.14 · run 7KQ · FAILED at 3/6 Put 1.81.14 back: needs Alice, Bob or Carol',
      'shop HELD: compose.yaml:4 names 1.1.0',
    ].join('\n'));
    expect(replyText(statusReply([], [], ru))).toBe('Сейчас ничего не запущено.');
    expect(replyText(statusReply(runs.slice(0, 2), [], ru))).toMatch(/^Сейчас 2 запуска\./);
  });

  it('shows one run as its board does', () => {
    const text = replyText(runStatusReply({ state: runOf(...moments.running), view: viewAt('03:17:20') }));
    expect(text).toMatch(/^LiteLLM proxy 1\.82\.1 → 1\.81\.14 · run 7KQ\nNOW down since 03:08 UTC/);
    expect(text).toContain('3. Put 1.81.14 back: running since 03:17:05 UTC');
  });

  it('lists history', () => {
    const entry = { run: '7KQ', target: 'litellm', kind: 'rollback' as const, from: '1.82.1', to: '1.81.14', requestedAt: at('03:13:40'), endedAt: at('03:21'), outcome: 'verified' as const, requester: 'alice', approvers: ['alice', 'bob'], reason: '500s' };
    expect(replyText(historyReply([entry], view))).toBe('7KQ 2026-03-01 03:21 UTC · litellm rollback 1.82.1 → 1.81.14 · verified · asked by Alice: "500s" · approved by Alice, Bob');
    const raised = replyText(historyReply([{ ...entry, raisedBy: { source: 'rule', name: 'API' } }], view));
    expect(raised).toContain("· raised by rule API, in Alice's name: ");
    expect(raised).not.toContain('asked by');
    expect(replyText(historyReply([], view, 'shop'))).toBe('No run of shop is on record.');
  });

  it('gives anyone the ids to paste', () => {
    const slack = { actor: { platform: 'slack' as const, userId: 'U9', displayName: 'Mallory', workspace: 'T1' }, place: { platform: 'slack' as const, channel: 'C0123' }, groups: [] };
    expect(replyText(whoamiReply(slack, view))).toBe('Mallory, planb.yaml does not know you yet. Have this pasted there, with a short name instead of `you`:\nSlack workspace T1.\npeople:\n  you: { slack: U9 }\nchannels:\n  ops: { slack: C0123 }');
    const telegram = { actor: { platform: 'telegram' as const, userId: '1001', displayName: 'Al' }, place: { platform: 'telegram' as const, channel: '-1001234', thread: '7' }, person: 'alice', groups: ['oncall'] };
    expect(replyText(whoamiReply(telegram, view))).toBe('You are Alice (alice in planb.yaml). Groups: oncall.\nThe ids of this account and this place:\npeople:\n  alice: { telegram: 1001 }\nchannels:\n  ops: { telegram: { chat: -1001234, topic: 7 } }');
  });

  it('helps with every command', () => {
    expect(replyText(helpReply(view))).toMatch(/\/rollback approve <run> \[reason\]\n {4}\S/);
    expect(replyText(helpReply(ru))).toMatch(/[а-я]/);
  });
});

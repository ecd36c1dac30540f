import { describe, expect, it } from 'vitest';
import { buildBoard } from '../../../src/board/build.js';
import type { ButtonMeaning } from '../../../src/board/view.js';
import { boardText } from '../../support/board-text.js';
import { moments } from './moments.js';
import { digest, plan, posted, runOf, viewAt, vote } from './sample-run.js';

function buttonsOf(moment: keyof typeof moments, locale: 'en' | 'ru' = 'en') {
  return buildBoard(runOf(...moments[moment]), viewAt('03:18', { locale })).buttons;
}

describe('buttons', () => {
  it('repeats the loss before an approval', () => {
    const [approve] = buttonsOf('votingOnLoss');
    expect(approve?.confirm).toEqual({
      title: 'Approve this plan?', text: 'LiteLLM proxy 1.82.1 → 1.81.14. This is lost: 1,204 rows of LiteLLM_SpendLogs written since 02:10 UTC', yes: 'Approve', no: 'Back',
    });
  });

  it('asks nothing before an approval that loses nothing', () => {
    expect(buttonsOf('voting').map((button) => button.confirm)).toEqual([undefined, undefined, undefined]);
  });

  it('says before an answer at a destructive step that a second person is needed, but not to the second one', () => {
    expect(buttonsOf('unknown').find((button) => button.action === 'it-was-done')?.confirm?.text).toMatch(/A second person must choose the same\.$/);
    expect(buttonsOf('secondPerson').find((button) => button.action === 'it-was-done')?.confirm?.text).not.toMatch(/second person/);
    expect(buttonsOf('secondPerson').find((button) => button.action === 'retry')?.confirm?.text).toMatch(/second person/);
  });

  it('asks before Reject ends a run that is half way', () => {
    expect(buttonsOf('paused').find((button) => button.action === 'reject')?.confirm?.text).toBe('This is the plan of what remains; Reject ends the run here');
  });

  it('speaks Russian', () => {
    expect([...buttonsOf('voting', 'ru'), ...buttonsOf('running', 'ru'), ...buttonsOf('failed', 'ru'), ...buttonsOf('unknown', 'ru'), ...buttonsOf('manual', 'ru'), ...buttonsOf('expired', 'ru')].map((button) => button.label)).toEqual([
      'Одобрить', 'Отклонить', 'Подробности', 'Остановить', 'Подробности', 'Повторить', 'Пропустить', 'Остановить', 'Подробности',
      'Это сделано', 'Повторить', 'Остановить', 'Подробности', 'Готово', 'Не вышло', 'Остановить', 'Подробности', 'Составить заново',
    ]);
  });

  it('ties a vote to the plan and an answer to the attempt', () => {
    const meant: Record<string, ButtonMeaning> = {};
    const buttonId = (action: string, meaning: ButtonMeaning): string => { meant[action] = meaning; return action; };
    for (const moment of ['voting', 'failed', 'manual'] as const) buildBoard(runOf(...moments[moment]), viewAt('03:18', { buttonId }));
    expect(meant).toMatchObject({ approve: { digest }, reject: { digest }, details: {}, retry: { step: 'revert', attempt: 1 }, skip: { step: 'revert', attempt: 1 }, done: { step: 'tick', attempt: 1 }, failed: { step: 'tick', attempt: 1 } });
  });

  it('offers no Approve between the last vote and the start', () => {
    const board = buildBoard(runOf(posted(), vote('alice', 'slack', '03:16'), vote('bob', 'telegram', '03:17')), viewAt('03:17:01'));
    expect(board.buttons.map((button) => button.action)).toEqual(['reject', 'details']);
    expect(boardText(board)).toContain('VOTES  2/2 Alice (Slack), Bob (Telegram) · starting; the system is read once more');
  });

  it('offers no Approve when nobody is left who may', () => {
    const strict = { ...plan, policy: { ...plan.policy, requesterCounts: false } };
    const board = buildBoard(runOf(posted(strict), vote('bob', 'slack', '03:16')), viewAt('03:17', { voters: ['alice', 'bob'] }));
    expect(board.buttons.map((button) => button.action)).toEqual(['reject', 'details']);
    expect(boardText(board)).toContain('VOTES  1/2 Bob (Slack) · nobody else may vote · the requester does not count · until 03:46 UTC');
  });
});

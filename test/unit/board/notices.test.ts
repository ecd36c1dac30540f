import { describe, expect, it } from 'vitest';
import { noticeFor, returnedReleaseNotice, type Occasion } from '../../../src/board/notices.js';
import { openQuestions } from '../../../src/run/waiting.js';
import { noticeText } from '../../support/board-text.js';
import { moments } from './moments.js';
import { at, runOf, viewAt } from './sample-run.js';

function reminder(moment: keyof typeof moments, clock: string, nth = 0, locale: 'en' | 'ru' = 'en'): string {
  const state = runOf(...moments[moment]);
  return said(moment, clock, { kind: 'reminder', waitingFor: openQuestions(state)[0]?.key ?? '', nth }, locale);
}

function said(moment: keyof typeof moments, clock: string, occasion: Occasion, locale: 'en' | 'ru' = 'en', rest: { readonly outage?: { readonly from: number; readonly until?: number } } = {}): string {
  const notice = noticeFor(runOf(...moments[moment]), occasion, { ...viewAt(clock, { locale }), escalate: ['dave'], ...rest });
  return notice === undefined ? '' : noticeText(notice);
}

describe('the messages that wake people', () => {
  it('calls those who have not voted, with the loss and the time', () => {
    expect(reminder('voting', '03:16:10')).toBe('LiteLLM proxy 1.82.1 → 1.81.14 · run 7KQ: the plan waits for votes, 1/2.\nVote: @bob, @carol, until 03:46 UTC.');
    expect(reminder('votingOnLoss', '03:14:10')).toMatch(/0\/2\. LOST 1,204 rows of LiteLLM_SpendLogs written since 02:10 UTC\.\nVote: @alice, @bob, @carol, until 03:44 UTC\.$/);
  });

  it('is louder after five minutes, and calls further people at last', () => {
    expect(reminder('failed', '03:22:20', 1)).toBe('STILL WAITING since 03:17 UTC: FAILED at 3/6 Put 1.81.14 back: registry 401, pull denied · LiteLLM proxy 1.82.1 → 1.81.14 · run 7KQ\nDecide: @alice, @bob, @carol: Retry, Skip or Stop?');
    expect(reminder('failed', '03:27:20', 2)).toMatch(/^NOBODY HAS ANSWERED since 03:17 UTC: .*\nDecide: @alice, @bob, @carol, @dave: Retry, Skip or Stop\?$/);
  });

  it('calls the second person, not the first again', () => {
    expect(reminder('secondPerson', '03:18')).toMatch(/"It was done" needs a second person: Bob or Carol.*\nDecide: @bob, @carol: It was done, Retry or Stop\?$/);
  });

  it('tells what a person is to do by hand', () => {
    expect(reminder('manual', '03:18', 0, 'ru')).toBe('ВАШ ХОД на 5/6 Tell the customers: Post on the status page that the proxy is back · LiteLLM proxy 1.82.1 → 1.81.14 · запуск 7KQ\nРешают: @alice, @bob, @carol: Готово, Не вышло или Остановить?');
  });

  it('says that earlier votes are void, and that a run is paused half way', () => {
    expect(said('drifted', '03:17:05', { kind: 'drift' })).toBe('LiteLLM proxy 1.82.1 → 1.81.14 · run 7KQ: the system is not what the plan saw (image of litellm: planned 1.82.1, now 1.82.2). The votes are void, a fresh plan is coming.\n@alice');
    expect(reminder('replanned', '03:17:30')).toMatch(/the system changed, earlier votes are void\. The fresh plan waits for votes, 0\/2\./);
    expect(reminder('paused', '03:18:30')).toMatch(/PAUSED half way, the system changed\. The plan of what remains waits for votes, 0\/2\./);
  });

  it('tells the end to those concerned, and success only after verification', () => {
    expect(said('verified', '03:21:30', { kind: 'ended' }, 'en', { outage: { from: at('03:08'), until: at('03:19') } })).toBe('BACK ON 1.81.14, verified 03:21 UTC, held 2 min · LiteLLM proxy 1.82.1 → 1.81.14 · run 7KQ\n@alice, @bob');
    expect(said('notVerified', '03:21:30', { kind: 'ended' })).toBe('FINISHED 03:21 UTC, NOT VERIFIED · LiteLLM proxy 1.82.1 → 1.81.14 · run 7KQ: check the service by hand\n@alice, @bob, @carol');
    expect(said('stopped', '03:19', { kind: 'ended' })).toMatch(/^STOPPED 03:18 UTC by Bob at 3\/6 Put 1\.81\.14 back .*: fixing the registry first\n@alice, @bob, @carol$/);
    expect(said('rejected', '03:17', { kind: 'ended' })).toMatch(/^REJECTED by Bob 03:16 UTC .*: the fix is being deployed\n@alice$/);
    expect(said('expired', '03:45', { kind: 'ended' }, 'ru')).toBe('СРОК ВЫШЕЛ в 03:44 UTC · LiteLLM proxy 1.82.1 → 1.81.14 · запуск 7KQ\n@alice');
    expect(said('planningFailed', '03:15', { kind: 'ended' })).toMatch(/^NO PLAN .*: the Docker Engine at \/var\/run\/docker\.sock does not answer\n@alice$/);
  });

  it('wakes nobody for a question that is no longer open', () => {
    expect(noticeFor(runOf(...moments.verified), { kind: 'reminder', waitingFor: 'step:revert:1:failed', nth: 1 }, { ...viewAt('03:22'), escalate: [] })).toBeUndefined();
  });

  it('announces the return of a bad release on a held target', () => {
    const returned = { title: 'LiteLLM proxy', bad: '1.82.1', good: '1.81.14', at: at('04:10:02'), held: 'docker-compose.yml:12 still names it', mention: ['alice', 'bob'] };
    expect(noticeText(returnedReleaseNotice(returned, viewAt('04:10:05')))).toBe('LiteLLM proxy: 1.82.1 IS BACK, seen 04:10:02 UTC.\nIt was taken back to 1.81.14, but docker-compose.yml:12 still names it. Someone has probably deployed. @alice, @bob');
    expect(noticeText(returnedReleaseNotice(returned, viewAt('04:10:05', { locale: 'ru' })))).toMatch(/^LiteLLM proxy: СНОВА ЗАПУЩЕН 1\.82\.1, замечено в 04:10:02 UTC\.\nБыл откат на 1\.81\.14, но /);
  });
});

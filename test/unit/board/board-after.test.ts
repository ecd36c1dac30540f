import { describe, expect, it } from 'vitest';
import { buildBoard } from '../../../src/board/build.js';
import type { RunEvent } from '../../../src/run/events.js';
import { boardText } from '../../support/board-text.js';
import { moments } from './moments.js';
import { at, begun, passed, posted, prepared, runOf, viewAt } from './sample-run.js';

describe('a board of a run that ended', () => {
  it('says success, how long it was away, and what is left to do', () => {
    expect(boardText(buildBoard(runOf(...moments.verified), viewAt('03:21:30', { outage: { from: at('03:08'), until: at('03:19') } })))).toMatchInlineSnapshot(`
      "BACK ON 1.81.14, verified 03:21 UTC, held 2 min
      Outage 03:08–03:19 UTC · Run 3 min 59 s · checks 1/1
      LOST  nothing · approved by Alice (Slack), Bob (Telegram)
      TO DO  docker-compose.yml:12 still names 1.82.1
      LiteLLM proxy 1.82.1 → 1.81.14 · run 7KQ
      Alice: "500s since deploy" · backup proven 03:14 UTC
      Steps 6/6
        [done] Back up the database: done in 35 s
        [done] Save the logs of 1.82.1: done in 2 s
        [done] Put 1.81.14 back: done in 25 s
        [done] Clean the migration history: done in 1 s
        [done] Tell the customers: done, says Bob
        [done] LiteLLM answers and its database is connected: done in 2 min 58 s"
    `);
  });

  it('never calls an unchecked end a success', () => {
    expect(boardText(buildBoard(runOf(...moments.notVerified), viewAt('03:21:30', { outage: { from: at('03:08') } })))).toMatchInlineSnapshot(`
      "FINISHED 03:21 UTC, NOT VERIFIED · LiteLLM proxy 1.82.1 → 1.81.14 · run 7KQ
      NOW  down since 03:08 UTC (503), read 03:14:05 UTC
      NOT CHECKED  LiteLLM answers and its database is connected; check the service by hand
      Outage since 03:08 UTC, not over · Run 3 min 59 s · checks 0/1
      LOST  nothing · approved by Alice (Slack), Bob (Telegram)
      TO DO  docker-compose.yml:12 still names 1.82.1
      Alice: "500s since deploy" · backup proven 03:14 UTC
      Steps 6/6
        [done] Back up the database: done in 35 s
        [done] Save the logs of 1.82.1: done in 2 s
        [done] Put 1.81.14 back: done in 25 s
        [done] Clean the migration history: done in 1 s
        [done] Tell the customers: done, says Bob
        [skipped] LiteLLM answers and its database is connected: skipped by Bob"
    `);
  });

  it('says where it was stopped and what may have changed', () => {
    expect(boardText(buildBoard(runOf(...moments.stopped), viewAt('03:19')))).toMatchInlineSnapshot(`
      "STOPPED 03:18 UTC by Bob at 3/6 Put 1.81.14 back · LiteLLM proxy 1.82.1 → 1.81.14 · run 7KQ
      NOW  down since 03:08 UTC (503), read 03:14:05 UTC
      CHANGED  nothing; perhaps in part: Put 1.81.14 back
      WHY  fixing the registry first
      Error  Put 1.81.14 back: registry 401, pull denied
      Not run: Clean the migration history, Tell the customers, LiteLLM answers and its database is connected
      Run 59 s · checks 0/1
      LOST  nothing · approved by Alice (Slack), Bob (Telegram)
      Alice: "500s since deploy" · backup proven 03:14 UTC
      Steps 2/6
        [done] Back up the database: done in 35 s
        [done] Save the logs of 1.82.1: done in 2 s
        [failed] Put 1.81.14 back: failed, left so: registry 401, pull denied
        [cancelled] Clean the migration history: not run
        [cancelled] Tell the customers: not run
        [cancelled] LiteLLM answers and its database is connected: not run"
    `);
  });

  it('says who rejected and why', () => {
    expect(boardText(buildBoard(runOf(...moments.rejected), viewAt('03:17')))).toMatchInlineSnapshot(`
      "REJECTED by Bob 03:16 UTC · LiteLLM proxy 1.82.1 → 1.81.14 · run 7KQ
      NOW  down since 03:08 UTC (503), read 03:14:05 UTC
      WHY  the fix is being deployed
      Nothing was touched
      Alice: "500s since deploy" · no backup taken"
    `);
  });

  it('offers to plan again', () => {
    expect(boardText(buildBoard(runOf(...moments.expired), viewAt('03:45')))).toMatchInlineSnapshot(`
      "EXPIRED 03:44 UTC · LiteLLM proxy 1.82.1 → 1.81.14 · run 7KQ
      NOW  down since 03:08 UTC (503), read 03:14:05 UTC
      VOTES  1/2 votes in time
      Nothing was touched
      Alice: "500s since deploy" · no backup taken
      [Plan again]"
    `);
  });

  it('says why there is no plan', () => {
    expect(boardText(buildBoard(runOf(...moments.planningFailed), viewAt('03:14:10')))).toMatchInlineSnapshot(`
      "NO PLAN · LiteLLM proxy → 1.81.14 · run 7KQ
      NOW  down since 03:08 UTC (503), read 03:14:05 UTC
      Error  the Docker Engine at /var/run/docker.sock does not answer
      Nothing was touched
      Alice: "500s since deploy""
    `);
  });

  it('says why nothing is to be done', () => {
    expect(boardText(buildBoard(runOf(...moments.nothingToDo), viewAt('03:14:10', { health: { state: 'up', readAt: at('03:13:59') } })))).toMatchInlineSnapshot(`
      "NOTHING TO DO · LiteLLM proxy → 1.81.14 · run 7KQ
      NOW  up, read 03:13:59 UTC
      WHY  it already runs 1.81.14
      Alice: "500s since deploy""
    `);
  });

  it('says success, how long it was away, and what is left to do, in Russian', () => {
    expect(boardText(buildBoard(runOf(...moments.verified), viewAt('03:21:30', { outage: { from: at('03:08'), until: at('03:19') }, locale: 'ru' })))).toMatchInlineSnapshot(`
      "СНОВА 1.81.14, проверено в 03:21 UTC, держится 2 мин
      Простой 03:08–03:19 UTC · Запуск 3 мин 59 с · проверки 1/1
      ПОТЕРИ  ничего · одобрено: Alice (Slack), Bob (Telegram)
      ОСТАЛОСЬ СДЕЛАТЬ  docker-compose.yml:12 still names 1.82.1
      LiteLLM proxy 1.82.1 → 1.81.14 · запуск 7KQ
      Alice: «500s since deploy» · бэкап проверен в 03:14 UTC
      Шаги 6/6
        [done] Back up the database: готово за 35 с
        [done] Save the logs of 1.82.1: готово за 2 с
        [done] Put 1.81.14 back: готово за 25 с
        [done] Clean the migration history: готово за 1 с
        [done] Tell the customers: сделано, подтверждает Bob
        [done] LiteLLM answers and its database is connected: готово за 2 мин 58 с"
    `);
  });

  it('says where it was stopped and what may have changed, in Russian', () => {
    expect(boardText(buildBoard(runOf(...moments.stopped), viewAt('03:19', { locale: 'ru' })))).toMatchInlineSnapshot(`
      "ОСТАНОВЛЕНО в 03:18 UTC (Bob) на 3/6 Put 1.81.14 back · LiteLLM proxy 1.82.1 → 1.81.14 · запуск 7KQ
      СЕЙЧАС  лежит с 03:08 UTC (503), данные на 03:14:05 UTC
      ИЗМЕНЕНО  ничего; возможно, частично: Put 1.81.14 back
      ПОЧЕМУ  fixing the registry first
      Ошибка  Put 1.81.14 back: registry 401, pull denied
      Не выполнялось: Clean the migration history, Tell the customers, LiteLLM answers and its database is connected
      Запуск 59 с · проверки 0/1
      ПОТЕРИ  ничего · одобрено: Alice (Slack), Bob (Telegram)
      Alice: «500s since deploy» · бэкап проверен в 03:14 UTC
      Шаги 2/6
        [done] Back up the database: готово за 35 с
        [done] Save the logs of 1.82.1: готово за 2 с
        [failed] Put 1.81.14 back: ошибка, так и осталось: registry 401, pull denied
        [cancelled] Clean the migration history: не выполнялось
        [cancelled] Tell the customers: не выполнялось
        [cancelled] LiteLLM answers and its database is connected: не выполнялось"
    `);
  });

  it('says once which line brings the bad release back', () => {
    const held = 'docker-compose.yml:12 still names 1.82.1';
    const lines = boardText(buildBoard(runOf(...moments.verified), viewAt('03:21:30', { held }))).split('\n');
    expect(lines.filter((line) => line.includes(held))).toEqual([`TO DO  ${held}; until that line is changed, a plain deploy brings the bad release back`]);
    // Nothing is held where nothing was begun.
    expect(boardText(buildBoard(runOf(...moments.rejected), viewAt('03:21:30', { held })))).not.toContain(held);
  });

  it('says in its own language what planb itself refused', () => {
    const refused: RunEvent = { type: 'StepFailed', at: at('03:17:40'), step: 'history', attempt: 1, error: { code: 'backup-not-proven', message: 'x' } };
    const state = runOf(posted(), ...prepared, begun('revert', '03:17:05'), passed('revert', '03:17:30'), begun('history', '03:17:39'), refused);
    expect(boardText(buildBoard(state, viewAt('03:18', { locale: 'ru' })))).toContain('Ошибка  шаг уничтожает данные, а проверенного бэкапа у этого запуска нет');
  });
});

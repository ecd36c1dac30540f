import { describe, expect, it } from 'vitest';
import { buildBoard } from '../../../src/board/build.js';
import { boardText } from '../../support/board-text.js';
import { moments } from './moments.js';
import { runOf, viewAt } from './sample-run.js';

describe('a board while a run is carried out', () => {
  it('names the step, since when, and how far', () => {
    expect(boardText(buildBoard(runOf(...moments.running), viewAt('03:17:20', { progress: { revert: 'pulling 42 % of 1.1 GB' } })))).toMatchInlineSnapshot(`
      "LiteLLM proxy 1.82.1 → 1.81.14 · run 7KQ
      NOW  down since 03:08 UTC (503), read 03:14:05 UTC
      STEP  3/6 Put 1.81.14 back, running since 03:17:05 UTC · pulling 42 % of 1.1 GB
      LOST  nothing
      Alice: "500s since deploy" · backup proven 03:14 UTC
      Approved by Alice (Slack), Bob (Telegram)
      Steps 2/6
        [done] Back up the database: done in 35 s
        [done] Save the logs of 1.82.1: done in 2 s
        [running] Put 1.81.14 back: running since 03:17:05 UTC · pulling 42 % of 1.1 GB
        [pending] Clean the migration history: to do, ~2 s
        [pending] Tell the customers: to do
        [pending] LiteLLM answers and its database is connected: to do, ~2 min
      [Stop] [Details]"
    `);
  });

  it('says at a failed step what each button does', () => {
    expect(boardText(buildBoard(runOf(...moments.failed), viewAt('03:17:20')))).toMatchInlineSnapshot(`
      "FAILED at 3/6 Put 1.81.14 back: needs Alice, Bob or Carol
      NOW  down since 03:08 UTC (503), read 03:14:05 UTC
      CHANGED  nothing; perhaps in part: Put 1.81.14 back
      Error  registry 401, pull denied · 03:17:15 UTC
      Retry  runs it again; safe to repeat
      Skip  1.82.1 stays; the run cannot end verified
      Stop  ends here; the service stays down
      LiteLLM proxy 1.82.1 → 1.81.14 · run 7KQ
      Alice: "500s since deploy" · backup proven 03:14 UTC
      Steps 2/6
        [done] Back up the database: done in 35 s
        [done] Save the logs of 1.82.1: done in 2 s
        [failed] Put 1.81.14 back: failed: registry 401, pull denied
        [pending] Clean the migration history: to do, ~2 s
        [pending] Tell the customers: to do
        [pending] LiteLLM answers and its database is connected: to do, ~2 min
      [Retry] [Skip] [Stop] [Details]"
    `);
  });

  it('says at an unknown outcome what the probe saw', () => {
    expect(boardText(buildBoard(runOf(...moments.unknown), viewAt('03:18')))).toMatchInlineSnapshot(`
      "UNKNOWN outcome at 4/6 Clean the migration history: needs Alice, Bob or Carol
      NOW  down since 03:08 UTC (503), read 03:14:05 UTC
      CHANGED  Put 1.81.14 back; perhaps in part: Clean the migration history
      Probe  helm history shows revision 42 pending-rollback · 03:17:50 UTC
      It was done  counts as done and goes on; choose it only if you have seen it yourself; asks a second person
      Retry  runs helm rollback a second time; if the first one did act, it acts twice; asks a second person
      Stop  ends here; the service stays down
      LOST  1,204 rows of LiteLLM_SpendLogs written since 02:10 UTC
      LiteLLM proxy 1.82.1 → 1.81.14 · run 7KQ
      Alice: "500s since deploy" · backup proven 03:14 UTC
      Steps 3/6
        [done] Back up the database: done in 35 s
        [done] Save the logs of 1.82.1: done in 2 s
        [done] Put 1.81.14 back: done in 25 s
        [unknown] Clean the migration history: outcome unknown
        [pending] Tell the customers: to do
        [pending] LiteLLM answers and its database is connected: to do, ~2 min
      [It was done] [Retry] [Stop] [Details]"
    `);
  });

  it('asks for the second person by name', () => {
    expect(boardText(buildBoard(runOf(...moments.secondPerson), viewAt('03:18')))).toMatchInlineSnapshot(`
      "UNKNOWN outcome at 4/6 Clean the migration history: "It was done" needs a second person: Bob or Carol
      NOW  down since 03:08 UTC (503), read 03:14:05 UTC
      CHANGED  Put 1.81.14 back; perhaps in part: Clean the migration history
      Probe  helm history shows revision 42 pending-rollback · 03:17:50 UTC
      Alice chose "It was done". It counts once Bob or Carol chooses it too
      It was done  counts as done and goes on; choose it only if you have seen it yourself; takes effect at once
      Retry  runs helm rollback a second time; if the first one did act, it acts twice; asks a second person
      Stop  ends here; the service stays down
      LOST  1,204 rows of LiteLLM_SpendLogs written since 02:10 UTC
      LiteLLM proxy 1.82.1 → 1.81.14 · run 7KQ
      Alice: "500s since deploy" · backup proven 03:14 UTC
      Steps 3/6
        [done] Back up the database: done in 35 s
        [done] Save the logs of 1.82.1: done in 2 s
        [done] Put 1.81.14 back: done in 25 s
        [unknown] Clean the migration history: outcome unknown
        [pending] Tell the customers: to do
        [pending] LiteLLM answers and its database is connected: to do, ~2 min
      [It was done] [Retry] [Stop] [Details]"
    `);
  });

  it('tells what a person is to do', () => {
    expect(boardText(buildBoard(runOf(...moments.manual), viewAt('03:18')))).toMatchInlineSnapshot(`
      "YOUR TURN at 5/6 Tell the customers: needs Alice, Bob or Carol
      NOW  down since 03:08 UTC (503), read 03:14:05 UTC
      CHANGED  Put 1.81.14 back, Clean the migration history
      DO  Post on the status page that the proxy is back
      Done  you did it: the run goes on
      Failed  you could not: asks whether to retry, skip or stop
      Stop  ends here; the service stays down
      LiteLLM proxy 1.82.1 → 1.81.14 · run 7KQ
      Alice: "500s since deploy" · backup proven 03:14 UTC
      Steps 4/6
        [done] Back up the database: done in 35 s
        [done] Save the logs of 1.82.1: done in 2 s
        [done] Put 1.81.14 back: done in 25 s
        [done] Clean the migration history: done in 1 s
        [waiting] Tell the customers: waits for a person since 03:17 UTC
        [pending] LiteLLM answers and its database is connected: to do, ~2 min
      [Done] [Failed] [Stop] [Details]"
    `);
  });

  it('says what is changed already when the system moved half way', () => {
    expect(boardText(buildBoard(runOf(...moments.paused), viewAt('03:18:30')))).toMatchInlineSnapshot(`
      "PAUSED · LiteLLM proxy 1.82.1 → 1.81.14 · run 7KQ
      NOW  down since 03:08 UTC (503), read 03:14:05 UTC
      CHANGED  Put 1.81.14 back
      This is the plan of what remains; Reject ends the run here
      DRIFT  migration rows: planned 73, now 74
      The system is not what the plan expected here
      VERDICT  revert only: 4 newer migrations, all additive
      LOST  nothing · RUN ~2 min
      Alice: "500s since deploy" · backup proven 03:14 UTC
      VOTES  0/2 · may vote: Alice, Bob, Carol · until 03:47 UTC
      Steps 3/6
        [done] Back up the database: done in 35 s
        [done] Save the logs of 1.82.1: done in 2 s
        [done] Put 1.81.14 back: done in 25 s
        [pending] Clean the migration history: to do, ~2 s
        [pending] Tell the customers: to do
        [pending] LiteLLM answers and its database is connected: to do, ~2 min
      [Approve] [Reject] [Details]"
    `);
  });

  it('says what is ended first', () => {
    expect(boardText(buildBoard(runOf(...moments.stopping), viewAt('03:18:10')))).toMatchInlineSnapshot(`
      "STOPPING · LiteLLM proxy 1.82.1 → 1.81.14 · run 7KQ
      NOW  down since 03:08 UTC (503), read 03:14:05 UTC
      STEP  asked by Bob · "fixing the registry first" · ending 3/6 Put 1.81.14 back first
      Alice: "500s since deploy" · backup proven 03:14 UTC
      Steps 2/6
        [done] Back up the database: done in 35 s
        [done] Save the logs of 1.82.1: done in 2 s
        [running] Put 1.81.14 back: running since 03:17:05 UTC
        [pending] Clean the migration history: to do, ~2 s
        [pending] Tell the customers: to do
        [pending] LiteLLM answers and its database is connected: to do, ~2 min
      [Details]"
    `);
  });

  it('says at a failed step what each button does, in Russian', () => {
    expect(boardText(buildBoard(runOf(...moments.failed), viewAt('03:17:20', { locale: 'ru' })))).toMatchInlineSnapshot(`
      "ОШИБКА на 3/6 Put 1.81.14 back: нужен ответ: Alice, Bob или Carol
      СЕЙЧАС  лежит с 03:08 UTC (503), данные на 03:14:05 UTC
      ИЗМЕНЕНО  ничего; возможно, частично: Put 1.81.14 back
      Ошибка  registry 401, pull denied · 03:17:15 UTC
      Повторить  выполнит ещё раз; повторять безопасно
      Пропустить  останется 1.82.1; итог не будет «проверено»
      Остановить  закончит здесь; сервис останется лежать
      LiteLLM proxy 1.82.1 → 1.81.14 · запуск 7KQ
      Alice: «500s since deploy» · бэкап проверен в 03:14 UTC
      Шаги 2/6
        [done] Back up the database: готово за 35 с
        [done] Save the logs of 1.82.1: готово за 2 с
        [failed] Put 1.81.14 back: ошибка: registry 401, pull denied
        [pending] Clean the migration history: впереди, ~2 с
        [pending] Tell the customers: впереди
        [pending] LiteLLM answers and its database is connected: впереди, ~2 мин
      [Повторить] [Пропустить] [Остановить] [Подробности]"
    `);
  });

  it('says at an unknown outcome what the probe saw, in Russian', () => {
    expect(boardText(buildBoard(runOf(...moments.unknown), viewAt('03:18', { locale: 'ru' })))).toMatchInlineSnapshot(`
      "ИСХОД НЕИЗВЕСТЕН на 4/6 Clean the migration history: нужен ответ: Alice, Bob или Carol
      СЕЙЧАС  лежит с 03:08 UTC (503), данные на 03:14:05 UTC
      ИЗМЕНЕНО  Put 1.81.14 back; возможно, частично: Clean the migration history
      Проверка  helm history shows revision 42 pending-rollback · 03:17:50 UTC
      Это сделано  засчитает шаг и пойдёт дальше; только если вы сами видели результат; спросит второго человека
      Повторить  выполнит helm rollback второй раз; если первый подействовал, подействует дважды; спросит второго человека
      Остановить  закончит здесь; сервис останется лежать
      ПОТЕРИ  1,204 rows of LiteLLM_SpendLogs written since 02:10 UTC
      LiteLLM proxy 1.82.1 → 1.81.14 · запуск 7KQ
      Alice: «500s since deploy» · бэкап проверен в 03:14 UTC
      Шаги 3/6
        [done] Back up the database: готово за 35 с
        [done] Save the logs of 1.82.1: готово за 2 с
        [done] Put 1.81.14 back: готово за 25 с
        [unknown] Clean the migration history: исход неизвестен
        [pending] Tell the customers: впереди
        [pending] LiteLLM answers and its database is connected: впереди, ~2 мин
      [Это сделано] [Повторить] [Остановить] [Подробности]"
    `);
  });
});

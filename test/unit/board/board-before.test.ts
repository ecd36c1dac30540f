import { describe, expect, it } from 'vitest';
import { buildBoard } from '../../../src/board/build.js';
import { boardText } from '../../support/board-text.js';
import { moments } from './moments.js';
import { runOf, viewAt } from './sample-run.js';

describe('a board before a run', () => {
  it('says how far planning is', () => {
    expect(boardText(buildBoard(runOf(...moments.planning), viewAt('03:13:45', { planningProgress: 'pulling 420 MB of 1.1 GB' })))).toMatchInlineSnapshot(`
      "LiteLLM proxy → 1.81.14 · run 7KQ
      NOW  down since 03:08 UTC (503), read 03:14:05 UTC
      PLAN  planning: pulling 420 MB of 1.1 GB
      Alice: "500s since deploy"
      [Stop]"
    `);
  });

  it('shows everything that a person votes on, and who still may', () => {
    expect(boardText(buildBoard(runOf(...moments.voting), viewAt('03:16:10')))).toMatchInlineSnapshot(`
      "LiteLLM proxy 1.82.1 → 1.81.14 · run 7KQ
      NOW  down since 03:08 UTC (503), read 03:14:05 UTC
      VERDICT  revert only: 4 newer migrations, all additive
      LOST  nothing · OUTAGE ~40 s · RUN ~3 min
      Alice: "500s since deploy" · backup proven 03:14 UTC
      VOTES  1/2 Alice (Slack) · may vote: Bob, Carol · until 03:46 UTC
      Steps 1/6
        [done] Back up the database: done in 35 s
        [pending] Save the logs of 1.82.1: to do, ~5 s
        [pending] Put 1.81.14 back: to do, ~60 s
        [pending] Clean the migration history: to do, ~2 s
        [pending] Tell the customers: to do
        [pending] LiteLLM answers and its database is connected: to do, ~2 min
      [Approve] [Reject] [Details]"
    `);
  });

  it('puts the loss on a line of its own', () => {
    expect(boardText(buildBoard(runOf(...moments.votingOnLoss), viewAt('03:14:10')))).toMatchInlineSnapshot(`
      "LiteLLM proxy 1.82.1 → 1.81.14 · run 7KQ
      NOW  down since 03:08 UTC (503), read 03:14:05 UTC
      VERDICT  revert and restore the database from a backup: migration 20260214_drop_budget dropped a column
      LOST  1,204 rows of LiteLLM_SpendLogs written since 02:10 UTC
      OUTAGE  ~40 s · RUN ~3 min
      Alice: "500s since deploy" · backup running since 03:14 UTC
      VOTES  0/2 · may vote: Alice, Bob, Carol · until 03:44 UTC
      Steps 0/6
        [running] Back up the database: running since 03:14:05 UTC
        [pending] Save the logs of 1.82.1: to do, ~5 s
        [pending] Put 1.81.14 back: to do, ~60 s
        [pending] Clean the migration history: to do, ~2 s
        [pending] Tell the customers: to do
        [pending] LiteLLM answers and its database is connected: to do, ~2 min
      [Approve] [Reject] [Details]"
    `);
  });

  it('says what changed while the fresh plan is made', () => {
    expect(boardText(buildBoard(runOf(...moments.drifted), viewAt('03:17:05')))).toMatchInlineSnapshot(`
      "LiteLLM proxy 1.82.1 → 1.81.14 · run 7KQ
      NOW  down since 03:08 UTC (503), read 03:14:05 UTC
      PLAN  being made anew, because the system changed; nothing is touched meanwhile
      DRIFT  image of litellm: planned 1.82.1, now 1.82.2
      The system is not what the plan saw; earlier votes are void
      Alice: "500s since deploy" · backup does not wait for the votes
      Steps 0/6
        [pending] Back up the database: may start before the votes are in, ~20 s
        [pending] Save the logs of 1.82.1: to do, ~5 s
        [pending] Put 1.81.14 back: to do, ~60 s
        [pending] Clean the migration history: to do, ~2 s
        [pending] Tell the customers: to do
        [pending] LiteLLM answers and its database is connected: to do, ~2 min
      [Stop]"
    `);
  });

  it('says with the fresh plan that earlier votes are void', () => {
    expect(boardText(buildBoard(runOf(...moments.replanned), viewAt('03:17:30')))).toMatchInlineSnapshot(`
      "LiteLLM proxy 1.82.1 → 1.81.14 · run 7KQ
      NOW  down since 03:08 UTC (503), read 03:14:05 UTC
      DRIFT  image of litellm: planned 1.82.1, now 1.82.2
      The system is not what the plan saw; earlier votes are void
      VERDICT  revert only: 4 newer migrations, all additive
      LOST  nothing · OUTAGE ~40 s · RUN ~3 min
      Alice: "500s since deploy" · backup does not wait for the votes
      VOTES  0/2 · may vote: Alice, Bob, Carol · until 03:47 UTC
      Steps 0/6
        [pending] Back up the database: may start before the votes are in, ~20 s
        [pending] Save the logs of 1.82.1: to do, ~5 s
        [pending] Put 1.81.14 back: to do, ~60 s
        [pending] Clean the migration history: to do, ~2 s
        [pending] Tell the customers: to do
        [pending] LiteLLM answers and its database is connected: to do, ~2 min
      [Approve] [Reject] [Details]"
    `);
  });

  it('shows everything that a person votes on, and who still may, in Russian', () => {
    expect(boardText(buildBoard(runOf(...moments.voting), viewAt('03:16:10', { locale: 'ru' })))).toMatchInlineSnapshot(`
      "LiteLLM proxy 1.82.1 → 1.81.14 · запуск 7KQ
      СЕЙЧАС  лежит с 03:08 UTC (503), данные на 03:14:05 UTC
      ВЕРДИКТ  достаточно вернуть релиз: 4 newer migrations, all additive
      ПОТЕРИ  ничего · ПРОСТОЙ ~40 с · ЗАПУСК ~3 мин
      Alice: «500s since deploy» · бэкап проверен в 03:14 UTC
      ГОЛОСА  1/2 Alice (Slack) · могут голосовать: Bob, Carol · до 03:46 UTC
      Шаги 1/6
        [done] Back up the database: готово за 35 с
        [pending] Save the logs of 1.82.1: впереди, ~5 с
        [pending] Put 1.81.14 back: впереди, ~60 с
        [pending] Clean the migration history: впереди, ~2 с
        [pending] Tell the customers: впереди
        [pending] LiteLLM answers and its database is connected: впереди, ~2 мин
      [Одобрить] [Отклонить] [Подробности]"
    `);
  });
});

import { describe, expect, it } from 'vitest';
import { buildBoard } from '../../../src/board/build.js';
import type { RunKind } from '../../../src/command/command.js';
import type { Plan } from '../../../src/plan/plan.js';
import type { RunEvent } from '../../../src/run/events.js';
import { replay } from '../../../src/run/evolve.js';
import { boardText } from '../../support/board-text.js';
import { at, begun, passed, plan, posted, ready, requested, started, viewAt } from './sample-run.js';

function verifiedRun(kind: RunKind, rest: Partial<Plan>): readonly RunEvent[] {
  const { from: _from, to: _to, ...without } = plan;
  const steps = [{ ...ready, needs: [] }];
  return [
    requested.type === 'RunRequested' ? { ...requested, kind, params: {} } : requested,
    posted({ ...without, kind, steps, todo: [], verdict: { kind: 'nothing-to-do', reasons: [], lost: [] }, ...rest }), ...started,
    begun('ready', '03:17:05'), passed('ready', '03:17:20', { heldMs: 30_000 }), { type: 'RunEnded', at: at('03:17:21'), outcome: 'verified' },
  ];
}

describe('the words of each kind of run', () => {
  it.each<[RunKind, Partial<Plan>, string, string]>([
    ['rollback', { to: { name: '1.81.14' } }, 'BACK ON 1.81.14, verified 03:17 UTC, held 30 s', 'СНОВА 1.81.14, проверено в 03:17 UTC, держится 30 с'],
    ['upgrade', { from: { name: '1.81.14' }, to: { name: '1.82.1' } }, 'NOW ON 1.82.1, verified 03:17 UTC, held 30 s', 'ТЕПЕРЬ 1.82.1, проверено в 03:17 UTC, держится 30 с'],
    ['repair', {}, 'REPAIRED: LiteLLM proxy, verified 03:17 UTC, held 30 s', 'ПОЧИНЕНО: LiteLLM proxy, проверено в 03:17 UTC, держится 30 с'],
    ['migration', {}, 'MIGRATED: LiteLLM proxy, verified 03:17 UTC, held 30 s', 'МИГРАЦИЯ СДЕЛАНА: LiteLLM proxy, проверено в 03:17 UTC, держится 30 с'],
    ['preflight', {}, 'PREFLIGHT PASSED: LiteLLM proxy, verified 03:17 UTC', 'ПРЕДВАРИТЕЛЬНАЯ ПРОВЕРКА ПРОЙДЕНА: LiteLLM proxy, проверено в 03:17 UTC'],
    ['verify', {}, 'HEALTHY: LiteLLM proxy, verified 03:17 UTC', 'РАБОТАЕТ: LiteLLM proxy, проверено в 03:17 UTC'],
  ])('says what a %s achieved', (kind, rest, english, russian) => {
    const state = replay('7KQ', verifiedRun(kind, rest));
    expect(buildBoard(state, viewAt('03:18')).title).toBe(english);
    expect(buildBoard(state, viewAt('03:18', { locale: 'ru' })).title).toBe(russian);
  });

  it('speaks of no loss, outage or verdict where a run only looks', () => {
    const voting = replay('7KQ', verifiedRun('verify', {}).slice(0, 2));
    expect(boardText(buildBoard(voting, viewAt('03:14:10')))).toMatchInlineSnapshot(`
      "LiteLLM proxy check · run 7KQ
      NOW  down since 03:08 UTC (503), read 03:14:05 UTC
      RUN  ~2 min
      Alice: "500s since deploy"
      VOTES  0/2 · may vote: Alice, Bob, Carol · until 03:44 UTC
      Steps 0/1
        [pending] LiteLLM answers and its database is connected: to do, ~2 min
      [Approve] [Reject] [Details]"
    `);
    expect(boardText(buildBoard(voting, viewAt('03:14:10', { locale: 'ru' })))).toMatch(/^LiteLLM proxy: проверка · запуск 7KQ\n/);
  });

  it('names a tag that can point elsewhere tomorrow', () => {
    const state = replay('7KQ', [requested, posted({ ...plan, from: { name: 'main-latest', moving: true } })]);
    expect(buildBoard(state, viewAt('03:14:10')).title).toBe('LiteLLM proxy main-latest (moving tag) → 1.81.14 · run 7KQ');
  });

  it('keeps a title of long names within a line', () => {
    const long = { ...plan, to: { name: 'v'.repeat(120) }, from: { name: 'w'.repeat(120) } };
    const title = buildBoard(replay('7KQ', [requested.type === 'RunRequested' ? { ...requested, title: 'T'.repeat(200) } : requested, posted(long)]), viewAt('03:14:10')).title;
    expect(title.length).toBeLessThanOrEqual(150);
    expect(title).toContain('→');
  });
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgeRule, newRule, type Reading, type RuleState, type RuleTurn } from '../../../src/watch/judge-rule.js';

const minute = 60_000;

function after(lasting: number, looks: readonly (readonly [number, Reading['result']])[]): { readonly state: RuleState; readonly turns: readonly (RuleTurn & { readonly at: number })[] } {
  let state = newRule;
  const turns: (RuleTurn & { readonly at: number })[] = [];
  for (const [at, result] of looks) {
    const judged = judgeRule(lasting, state, { result, saw: result }, at);
    state = judged.state;
    if (judged.turn !== undefined) turns.push({ ...judged.turn, at });
  }
  return { state, turns };
}

test('what is bad for as long as the rule says is said once, and its end once', () => {
  const { state, turns } = after(15 * minute, [[0, 'bad'], [14 * minute, 'bad'], [15 * minute, 'bad'], [16 * minute, 'bad'], [20 * minute, 'good'], [21 * minute, 'good']]);
  expect(turns.map(({ kind, at, since }) => [kind, at, since])).toEqual([['holds', 15 * minute, 0], ['over', 20 * minute, 0]]);
  expect(state).toMatchObject({ held: 1, brief: 0, longestMs: 20 * minute });
});

test('a clock that went back by an hour does not put it off by an hour', () => {
  const { turns } = after(15 * minute, [[60 * minute, 'bad'], [1 * minute, 'bad'], [16 * minute, 'bad'], [5 * minute, 'bad'], [30 * minute, 'good']]);
  expect(turns.map(({ kind, at, since }) => [kind, at, since])).toEqual([['holds', 16 * minute, 1 * minute], ['over', 30 * minute, 1 * minute]]);
});

test('a brief trouble is counted and not said', () => {
  const { state, turns } = after(15 * minute, [[0, 'bad'], [10 * minute, 'good'], [11 * minute, 'bad'], [20 * minute, 'good']]);
  expect(turns).toEqual([]);
  expect(state).toMatchObject({ held: 0, brief: 2 });
});

test('a look that could not tell neither ends a bad period nor makes it long enough', () => {
  expect(after(15 * minute, [[0, 'bad'], [16 * minute, 'unread']]).turns).toEqual([]);
  expect(after(15 * minute, [[0, 'bad'], [5 * minute, 'unread'], [16 * minute, 'bad']]).turns).toMatchObject([{ kind: 'holds', since: 0 }]);
});

test('a rule that nobody can read for long is said once', () => {
  const looks = Array.from({ length: 40 }, (_, index) => [index * minute, 'unread'] as const);
  expect(after(0, looks).turns).toMatchObject([{ kind: 'unread', since: 0, at: 10 * minute }]);
  expect(after(30 * minute, looks).turns).toMatchObject([{ kind: 'unread', at: 30 * minute }]);
});

test('property: a bad period fires exactly once if it is seen bad for at least so long, else never, and only then has an end', () => {
  const results = fc.array(fc.tuple(fc.integer({ min: 1, max: 300_000 }), fc.constantFrom('good' as const, 'bad' as const, 'unread' as const)), { maxLength: 60 });
  fc.assert(fc.property(fc.integer({ min: 0, max: 900_000 }), results, (lasting, steps) => {
    let at = 0;
    const looks = steps.map(([ms, result]) => [(at += ms), result] as const);
    const { state, turns } = after(lasting, looks);
    // The periods, found another way: from a bad look to the next good one; what could not tell is left out.
    const told = looks.filter(([, result]) => result !== 'unread');
    const periods: { from: number; last: number; end?: number }[] = [];
    told.forEach(([when, result], index) => {
      const open = periods.at(-1);
      const isOpen = open !== undefined && open.end === undefined;
      if (result === 'bad' && isOpen) open.last = when;
      else if (result === 'bad') periods.push({ from: when, last: when });
      else if (isOpen && told[index - 1]?.[1] === 'bad') open.end = when;
    });
    const long = periods.filter(({ from, last }) => last - from >= lasting);
    const said = turns.filter(({ kind }) => kind !== 'unread');
    expect(said.filter(({ kind }) => kind === 'holds').map(({ since }) => since)).toEqual(long.map(({ from }) => from));
    expect(said.filter(({ kind }) => kind === 'over').map(({ since, at: when }) => [since, when])).toEqual(long.flatMap(({ from, end }) => (end === undefined ? [] : [[from, end]])));
    expect(state.held).toBe(long.length);
    expect(state.brief).toBe(periods.filter(({ from, last, end }) => last - from < lasting && end !== undefined).length);
    // Everything survives being stored.
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  }), { numRuns: 500 });
});

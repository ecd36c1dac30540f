import { expect, it } from 'vitest';
import { factsFor, planKey } from '../../../src/plan/fact-keys.js';
import type { Fact } from '../../../src/plan/plan.js';

const fact = (key: string, value: string): Fact => ({ key, kind: 'identity', label: key, value, readAt: '' });
const on = 'ssh://deploy@web2';

it('leaves keys of the target\'s own machine as they are', () => {
  const facts = [fact('a', 'own'), fact(`a@${on}`, 'other')];
  for (const place of [{}, { on }]) expect([planKey(place, 'a'), factsFor(place, facts)]).toEqual(['a', facts]);
});

it('gives a step elsewhere its own facts under the keys that its action gave them, before those of the target', () => {
  const place = { on, apart: true as const };
  expect(planKey(place, 'a')).toBe(`a@${on}`);
  const facts = factsFor(place, [fact('a', 'own'), fact('b', 'own'), fact(`a@${on}`, 'other'), fact('a@ssh://deploy@web3', 'third')]);
  expect(facts.map(({ key, value }) => [key, value])).toEqual([['a', 'other'], ['b', 'own'], ['a@ssh://deploy@web3', 'third']]);
});

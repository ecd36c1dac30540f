import type { Fact } from './plan.js';

/** Where a step's facts come from. */
export interface FactPlace {
  readonly on?: string;
  /** It acts on another machine than its target does: the same folder there is another folder. */
  readonly apart?: true;
}

/** A fact's key within the plan. Actions do not know on which machine they look, so the same key may come from several. */
export function planKey({ on, apart }: FactPlace, key: string): string {
  return apart === true && on !== undefined ? `${key}@${on}` : key;
}

/** The plan's facts as a step's action finds them: those of its own machine under the keys that it gave them. */
export function factsFor(place: FactPlace, facts: readonly Fact[]): readonly Fact[] {
  if (place.apart !== true) return facts;
  const end = planKey(place, '');
  const own = facts.filter(({ key }) => key.endsWith(end)).map((fact) => ({ ...fact, key: fact.key.slice(0, -end.length) }));
  const keys = new Set(own.map(({ key }) => key));
  return [...own, ...facts.filter(({ key }) => !keys.has(key) && !key.endsWith(end))];
}

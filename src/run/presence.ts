import type { PersonId } from '../person.js';
import type { PlannedStep } from '../plan/plan.js';
import type { StepState } from './state.js';

/** The action whose line waits until so many different people have said that they are here (jobs/actions/people-here.ts). */
export const hereAction = 'people.here';

/** How many people a line waits for; undefined: it is no such line. */
export function peopleAwaited(planned: PlannedStep | undefined): number | undefined {
  if (planned?.uses !== hereAction) return undefined;
  const { people } = planned.with;
  return typeof people === 'number' && people >= 1 ? people : 2;
}

/** Those who said so and may still vote: who left the group meanwhile is not at hand. */
export function peoplePresent(step: StepState, voters: readonly PersonId[]): readonly PersonId[] {
  return (step.present ?? []).filter((person) => voters.includes(person));
}

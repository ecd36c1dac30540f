import { z } from 'zod';
import { hereAction } from '../../src/run/presence.js';
import type { Action } from '../../src/ports/action.js';
import { failed } from './step-failure.js';

const input = z.strictObject({
  /** Distinct people who may vote. */
  people: z.number().int().min(1).max(20).default(2),
  instructions: z.string().min(1).default('Press Here if you are at hand until this is over.'),
});

/** The team is at hand: the run waits until so many different people who may vote have said "here". */
export const peopleHereAction: Action<z.output<typeof input>> = {
  name: hereAction,
  summary: 'Waits until so many different people have pressed Here.',
  input,
  remote: 'irrelevant',
  defaultTimeoutMs: 24 * 3_600_000,
  describe: ({ people, instructions }) => ({ commands: [`# ${people} different people who may vote press Here: ${instructions}`], effect: 'once', destructive: false, changes: [] }),
  awaits: ({ instructions }) => instructions,
  execute: () => Promise.resolve(failed('person-needed', 'this step is for people; press Here')),
};

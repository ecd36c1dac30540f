import { z } from 'zod';
import type { Action } from '../../src/ports/action.js';
import { failed } from './step-failure.js';

const input = z.strictObject({ instructions: z.string().min(1) });

/** A checklist line that a person ticks: the run waits until someone entitled says Done or Failed. */
export const manualAction: Action<z.output<typeof input>> = {
  name: 'manual',
  summary: 'Asks a person to do something and waits until they say Done or Failed.',
  input,
  remote: 'irrelevant',
  defaultTimeoutMs: 24 * 3_600_000,
  describe: ({ instructions }) => ({ commands: [`# a person: ${instructions}`], effect: 'once', destructive: false, changes: [] }),
  awaits: ({ instructions }) => instructions,
  execute: () => Promise.resolve(failed('person-needed', 'this step is done by a person; press Done or Failed')),
};

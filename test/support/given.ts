import { expect } from 'vitest';
import type { RunCommand } from '../../src/run/command.js';
import { decide } from '../../src/run/decide.js';
import { evolve, replay } from '../../src/run/evolve.js';
import type { RunEvent } from '../../src/run/events.js';
import type { RunState } from '../../src/run/state.js';
import type { ReasonCode } from '../../src/refusal.js';

/** What a specification of the decider ends with. */
export interface Outcome {
  /** The command is accepted with exactly these events. */
  then(...events: readonly RunEvent[]): void;
  /** The command is refused with this reason. */
  refused(code: ReasonCode): void;
  /** The accepted events and the state after them, to look at what `then` would spell out at too great a length. */
  accepted(): { readonly events: readonly RunEvent[]; readonly state: RunState };
}

/** `given(events).when(command).then(events)` on the run `7KQ`. */
export function given(...events: readonly RunEvent[]): { readonly state: RunState; when(command: RunCommand): Outcome } {
  const state = replay('7KQ', events);
  return {
    state,
    when: (command) => {
      const decision = decide(command, state);
      return {
        then: (...expected) => { expect(decision).toEqual({ ok: true, value: expected }); },
        refused: (code) => { expect(decision.ok ? decision.value : decision.refusal.code).toBe(code); },
        accepted: () => {
          if (!decision.ok) throw new Error(`refused: ${decision.refusal.code} ${JSON.stringify(decision.refusal.details)}`);
          return { events: decision.value, state: decision.value.reduce(evolve, state) };
        },
      };
    },
  };
}

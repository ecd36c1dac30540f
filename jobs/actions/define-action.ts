import type { Action } from '../../src/ports/action.js';
import type { ActionPlaces } from '../../src/runbook/check-places.js';

/**
 * An action whose input is still unchecked, so that all actions have one type. Every function parses before it works; parsing what is parsed already
 * changes nothing (each schema accepts its own output), so callers may hand over either form.
 */
export type RegisteredAction = Action<unknown>;

/** Wraps an action's functions so that they take unchecked input. They throw zod's error for input that `input.safeParse` refuses. */
export function defineAction<Input>(action: Action<Input>): RegisteredAction {
  const parse = (raw: unknown): Input => action.input.parse(raw);
  const { inspect, releases, running, before, probe, cleanup, awaits, confirm } = action;
  return {
    name: action.name,
    summary: action.summary,
    input: action.input,
    defaultTimeoutMs: action.defaultTimeoutMs,
    ...(action.check === undefined ? {} : { check: action.check }),
    ...(action.inspectsForItself === undefined ? {} : { inspectsForItself: action.inspectsForItself }),
    ...(action.remote === undefined ? {} : { remote: action.remote }),
    ...(action.measuresOnly === undefined ? {} : { measuresOnly: action.measuresOnly }),
    describe: (raw, plan) => action.describe(parse(raw), plan),
    execute: async (context, raw) => action.execute(context, parse(raw)),
    ...(inspect === undefined ? {} : { inspect: async (context, raw) => inspect(context, parse(raw)) }),
    ...(releases === undefined ? {} : { releases: async (context, raw) => releases(context, parse(raw)) }),
    ...(running === undefined ? {} : { running: async (context, raw) => running(context, parse(raw)) }),
    ...(before === undefined ? {} : { before: async (context, raw) => before(context, parse(raw)) }),
    ...(probe === undefined ? {} : { probe: async (context, raw, undo) => probe(context, parse(raw), undo) }),
    ...(cleanup === undefined ? {} : { cleanup: async (context, raw, undo) => cleanup(context, parse(raw), undo) }),
    ...(awaits === undefined ? {} : { awaits: (raw, facts) => awaits(parse(raw), facts) }),
    ...(confirm === undefined ? {} : { confirm: async (context, raw) => confirm(context, parse(raw)) }),
  };
}

/** Which of them can act on another machine, or on none. */
export function actionPlaces(actions: ReadonlyMap<string, RegisteredAction>): ActionPlaces {
  return new Map([...actions].flatMap(([name, { remote }]) => (remote === undefined ? [] : [[name, remote] as const])));
}

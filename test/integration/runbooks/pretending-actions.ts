import type { RegisteredAction } from '../../../jobs/actions/define-action.js';
import { actions } from '../../../jobs/actions/registry.js';
import type { Fact, JsonObject } from '../../../src/plan/plan.js';
import type { StepContext } from '../../../src/ports/action.js';
import type { FakeTarget } from '../jobs/fake-actions.js';

/** What planning finds, by the action that reads it. */
export type Findings = Readonly<Record<string, readonly Fact[]>>;

/** Lines that are nothing but a question. */
const people: ReadonlySet<string> = new Set(['manual', 'people.here']);

/**
 * planb's own actions, each with its real name, input and description, so that the runbook is really planned; what they read is given, and what they do is pretended. A person's lines are real.
 */
export function pretendingActions(target: FakeTarget, findings: Findings): ReadonlyMap<string, RegisteredAction> {
  return new Map([...actions].map(([name, action]) => [name, people.has(name) ? action : pretending(action, target, findings[name] ?? [])]));
}

function pretending({ name, summary, input, check, measuresOnly, inspectsForItself, remote, defaultTimeoutMs, describe, running }: RegisteredAction, target: FakeTarget, facts: readonly Fact[]): RegisteredAction {
  return {
    name, summary, input, defaultTimeoutMs, describe,
    ...(check === undefined ? {} : { check }), ...(measuresOnly === undefined ? {} : { measuresOnly }), ...(inspectsForItself === undefined ? {} : { inspectsForItself }),
    ...(remote === undefined ? {} : { remote }),
    ...(running === undefined ? {} : { running: () => Promise.resolve({ name: '1.1.0' }) }),
    inspect: () => Promise.resolve(facts),
    execute: (context, given) => target.execute(context, receiptOf(name, context, given)),
    probe: ({ step }) => Promise.resolve(target.probe(step)),
  };
}

/** What the engine reads of a backup's receipt (rule 5). */
function receiptOf(name: string, { step, now }: StepContext, given: unknown): JsonObject {
  if (name === 'postgres.backup') return { folder: `/backups/${step}`, takenAt: new Date(now()).toISOString(), proven: typeof given === 'object' && given !== null && 'prove' in given && given.prove === true };
  // What the gate of a migration's DNS looks for.
  if (name === 'migration.way-back') return { planned: true };
  return name === 'postgres.loss' ? { lossSince: new Date(0).toISOString(), exported: true } : {};
}

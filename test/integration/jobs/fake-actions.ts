import { z } from 'zod';
import { defineAction, type RegisteredAction } from '../../../jobs/actions/define-action.js';
import { manualAction } from '../../../jobs/actions/manual.js';
import { notifyAction } from '../../../jobs/actions/notify.js';
import type { Fact, JsonObject } from '../../../src/plan/plan.js';
import type { Action, ProbeResult, StepContext, StepResult } from '../../../src/ports/action.js';

export const done: StepResult = { ok: true, receipt: {} };
export const failing = (retryable = false): StepResult => ({ ok: false, error: { code: 'exit-code', message: 'exit code 1' }, retryable });

/** The world that the fake actions act on: what each step does, what its probe sees, what the live system looks like, and everything that happened. */
export class FakeTarget {
  /** `<run>/<step>/<attempt>` in the order in which actions began. */
  readonly acted: string[] = [];
  readonly cleaned: string[] = [];
  readonly saved: string[] = [];
  /** Steps whose action saw its signal abort. */
  readonly aborted: string[] = [];
  readonly facts = new Map<string, string>([['image', 'old']]);
  readonly #behaviour = new Map<string, (context: StepContext) => Promise<StepResult>>();
  readonly #probes = new Map<string, ProbeResult>();

  /** What a step does from now on; by default it succeeds. */
  on(step: string, behave: (context: StepContext) => Promise<StepResult> | StepResult): void {
    this.#behaviour.set(step, async (context) => behave(context));
  }

  probeSees(step: string, outcome: 'happened' | 'absent' | 'unclear'): void {
    this.#probes.set(step, outcome === 'happened' ? { outcome, saw: 'it is there', receipt: { seen: true } } : { outcome, saw: `it is ${outcome}` });
  }

  /** How often a step's action began. */
  times(step: string): number {
    return this.acted.filter((attempt) => attempt.split('/')[1] === step).length;
  }

  /** An action that lasts until `finish` or until it is told to stop. */
  slow(step: string): { readonly finish: () => void } {
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => { finish = resolve; });
    this.on(step, async ({ signal }) => {
      // A signal that was aborted before it was listened to says nothing more.
      if (!signal.aborted) await Promise.race([finished, new Promise((resolve) => { signal.addEventListener('abort', resolve, { once: true }); })]);
      if (signal.aborted) this.aborted.push(step);
      signal.throwIfAborted();
      return done;
    });
    return { finish };
  }

  async execute(context: StepContext, receipt: JsonObject): Promise<StepResult> {
    this.acted.push(context.attemptId);
    const behave = this.#behaviour.get(context.step);
    const result = behave === undefined ? done : await behave(context);
    return result.ok ? { ok: true, receipt: { ...receipt, ...result.receipt } } : result;
  }

  probe(step: string): ProbeResult {
    return this.#probes.get(step) ?? { outcome: 'unclear', saw: 'nobody can say' };
  }

  inspect(): readonly Fact[] {
    return [...this.facts].map(([key, value]) => ({ key, kind: 'identity', label: `the ${key}`, value, readAt: new Date().toISOString() }));
  }
}

const input = z.strictObject({ changes: z.array(z.string()).default([]) });
const backupInput = z.strictObject({ prove: z.boolean().default(false) });

function acting(target: FakeTarget, name: string, rest: { readonly effect: 'read' | 'idempotent' | 'once'; readonly destructive?: boolean; readonly stopsWriters?: boolean; readonly check?: boolean }): Action<z.output<typeof input>> {
  return {
    name, summary: name, input, defaultTimeoutMs: 60_000, ...(rest.check === undefined ? {} : { check: rest.check }),
    inspect: () => Promise.resolve(target.inspect()),
    describe: ({ changes }) => ({ commands: [name], effect: rest.effect, destructive: rest.destructive ?? false, ...(rest.stopsWriters === undefined ? {} : { stopsWriters: rest.stopsWriters }), changes: changes.map((key) => ({ key })) }),
    before: ({ attemptId }) => { target.saved.push(attemptId); return Promise.resolve({ saved: attemptId }); },
    execute: (context) => target.execute(context, {}),
    probe: ({ step }) => Promise.resolve(target.probe(step)),
    cleanup: ({ attemptId }) => { target.cleaned.push(attemptId); return Promise.resolve(); },
  };
}

/** Actions of every effect under the names `test.…`, a backup that can prove itself, and the real ones for people and channels. */
export function fakeActions(target: FakeTarget): ReadonlyMap<string, RegisteredAction> {
  const backup: Action<z.output<typeof backupInput>> = {
    name: 'postgres.backup', summary: 'backup', input: backupInput, defaultTimeoutMs: 60_000,
    describe: () => ({ commands: ['pg_dump'], effect: 'idempotent', destructive: false, changes: [] }),
    execute: (context, { prove }) => target.execute(context, { proven: prove }),
    cleanup: ({ attemptId }) => { target.cleaned.push(attemptId); return Promise.resolve(); },
  };
  // Nothing is saved before it.
  const { before: _before, ...plain } = acting(target, 'test.plain', { effect: 'once' });
  const all = [
    defineAction(plain),
    defineAction(acting(target, 'test.read', { effect: 'read' })), defineAction(acting(target, 'test.check', { effect: 'read', check: true })),
    defineAction(acting(target, 'test.idempotent', { effect: 'idempotent' })), defineAction(acting(target, 'test.once', { effect: 'once' })),
    defineAction(acting(target, 'test.stop', { effect: 'idempotent', stopsWriters: true })),
    defineAction(acting(target, 'test.destroy', { effect: 'once', destructive: true })), defineAction(backup), defineAction(manualAction), defineAction(notifyAction),
  ];
  return new Map(all.map((action) => [action.name, action]));
}

import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineAction } from '../../../jobs/actions/define-action.js';
import { makePlan } from '../../../jobs/planning/make-plan.js';
import { differencesNow } from '../../../jobs/read-facts.js';
import type { Action } from '../../../src/ports/action.js';
import { planningParts } from './planning-parts.js';

const never = new AbortController().signal;

/** An action that cannot read what it would need. */
function unreadable(name: string, read: string[], forItself: boolean): Action<Record<string, never>> {
  return {
    name, summary: name, input: z.strictObject({}), defaultTimeoutMs: 1_000, ...(forItself ? { inspectsForItself: true } : {}),
    inspect: () => {
      read.push(name);
      return Promise.reject(new Error('there is no backup'));
    },
    describe: () => ({ commands: [name], effect: 'idempotent', destructive: false, changes: [] }),
    execute: () => Promise.resolve({ ok: true, receipt: {} }),
  };
}

async function plan(condition: string, forItself = true) {
  const read: string[] = [];
  const made = await planningParts({ runbook: `name: T\nkind: rollback\nsteps:\n  - { id: restore, if: "${condition}", uses: test.restore }\n  - { id: revert, run: ["true"] }\n` });
  const action = defineAction(unreadable('test.restore', read, forItself));
  const parts = { ...made.parts, actions: new Map([...made.parts.actions, [action.name, action]]) };
  return { parts, read, run: made.run(), command: await makePlan(parts, made.run(), Date.now(), never) };
}

test('what only the verdict brings into a plan is looked at when it does, and not otherwise', async () => {
  const { parts, read, run, command } = await plan("verdict.kind == 'restore-backup'");
  if (command.type !== 'PostPlan') throw new Error(command.message);
  expect(command.plan.steps.map(({ id }) => id)).toEqual(['revert']);
  expect(await differencesNow(parts, { ...run, plan: command.plan }, never)).toEqual([]);
  expect(read).toEqual([]);
});

test.each<[string, boolean]>([["verdict.kind == 'revert-only'", true], ['true', true], ["verdict.kind == 'restore-backup'", false]])('with "if: %s" (serving itself alone: %s) it is looked at', async (condition, forItself) => {
  const { read, command } = await plan(condition, forItself);
  expect(command).toMatchObject({ type: 'FailPlanning', message: 'Restore: there is no backup' });
  expect(read).toEqual(['test.restore']);
});

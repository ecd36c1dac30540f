import { expect, test } from 'vitest';
import { openBeforeMigration } from '../../../src/migration/judge-return.js';
import type { Fact } from '../../../src/plan/plan.js';

const situation: Fact = { key: 'migration-situation', kind: 'measured', label: '', readAt: '2026-11-20T03:00:00.000Z', value: { names: [], switched: null, took: {}, open: ['run 7KQ: "Restore" was skipped'] } };

test('a migration after which nobody watches says so before the vote, and what the last one left open', () => {
  expect(openBeforeMigration([situation], true, 'en').reasons.map(({ text }) => text)).toEqual(['left open by run 7KQ: "Restore" was skipped']);
  expect(openBeforeMigration([situation], false, 'en').reasons.map(({ text }) => text)).toEqual([
    'nobody will watch the new server or be reminded to keep the old one: planb.yaml has no watch: for this target after a migration', 'left open by run 7KQ: "Restore" was skipped',
  ]);
});

import { expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/parse-config.js';
import { emptyRun } from '../../../src/run/state.js';
import { watchAfter } from '../../../src/watch/watch-after.js';
import { planOf, t0 } from '../run/sample.js';

const parsed = parseConfig(`people: { alice: { slack: U01ALICE }, bob: { slack: U02BOB } }
groups: { oncall: [alice, bob] }
channels: { ops: { slack: C0123456 } }
targets: { shop: { runbook: app-compose, channel: ops, requesters: [oncall], watch: { after: [migration], keep: 48h, rules: [{ name: api, http: { url: "http://127.0.0.1:4000/" } }] } } }
`, 'planb.yaml');

test('the way back from a migration ends what is kept, whatever its runbook is called; another rollback does not', () => {
  if (!parsed.ok) throw new Error('planb.yaml is wrong');
  const { config } = parsed;
  const ended = (plan: ReturnType<typeof planOf>) => watchAfter(config, [{ type: 'RunEnded', at: t0, outcome: 'verified' }], { ...emptyRun('AAAAA'), target: 'shop', kind: 'rollback', outcome: 'verified', plan });
  const scenario = { kind: 'just-switched', by: 'facts', reachable: true, expectedMs: [0, 1] } as const;
  // As the built-in runbook names itself.
  const back = planOf([], { runbook: { name: 'Return to the old server', sha256: 'ab'.repeat(32) }, verdict: { kind: 'revert-only', reasons: [], lost: [], scenario } });
  expect(ended(back)).toEqual({ run: 'AAAAA', target: 'shop', kind: 'rollback', returned: true });
  expect(ended(planOf([], { runbook: { name: 'server-return', sha256: 'ab'.repeat(32) } }))).toMatchObject({ returned: false });
});

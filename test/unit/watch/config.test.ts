import { expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/parse-config.js';
import { formatProblem } from '../../../src/yaml/problem.js';

const head = `people: { alice: { slack: U01ALICE }, bob: { slack: U02BOB } }
groups: { oncall: [alice, bob] }
channels: { ops: { slack: C0123456 } }
targets:
  shop:
    runbook: app-compose
    channel: ops
    requesters: [oncall]
`;
const problemsOf = (text: string): readonly string[] => {
  const parsed = parseConfig(head + text, 'planb.yaml');
  return parsed.ok ? [] : parsed.problems.map(formatProblem);
};

test('reads every kind of rule, with its defaults', () => {
  const parsed = parseConfig(`${head}    watch:
      keep: 48h
      rules:
        - { name: API answers, lasting: 15m, http: { url: "http://127.0.0.1:4000/health/liveliness" } }
        - { name: database, database: { database: "\${env:DATABASE_URL}" } }
        - { name: spend, counts: { of: { database: a, sql: SELECT 1 }, against: { database: b, sql: SELECT 1 }, compare: at-least } }
        - { name: errors, level: notice, logs: { source: { compose: { project: /srv/shop, services: [web] } }, patterns: ["Error|panic"] } }
        - { name: speed, latency: { url: "http://127.0.0.1:4000/" } }
        - { name: loop, on: here, restarts: { project: /srv/shop, services: [web] } }
        - { name: memory, prometheus: { url: "http://127.0.0.1:9090", query: up, below: 1 } }
      alerts: [{ match: { alertname: LiteLLMDown } }]
    approval: { auto: { for: [revert-only], hours: "09:00-18:00 Europe/Berlin" } }
`, 'planb.yaml');
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  const { watch, approval } = parsed.config.targets['shop'] ?? {};
  expect(watch).toMatchObject({ forMs: 86_400_000, keepMs: 172_800_000, everyMs: 60_000, after: ['migration', 'upgrade', 'rollback'], alerts: [{ level: 'critical', always: false }] });
  expect(watch?.rules.map(({ check, level, lasting, on }) => [check.kind, level, lasting, on])).toEqual([
    ['http', 'critical', 900_000, undefined], ['database', 'critical', 0, undefined], ['counts', 'critical', 0, undefined], ['logs', 'notice', 0, undefined],
    ['latency', 'critical', 0, undefined], ['restarts', 'critical', 0, 'here'], ['prometheus', 'critical', 0, undefined],
  ]);
  expect(watch?.rules[1]?.check).toEqual({ kind: 'database', database: '${env:DATABASE_URL}', sql: 'SELECT 1', expect: { rows: 1 } });
  expect(approval?.auto).toEqual({ for: ['revert-only'], hours: '09:00-18:00 Europe/Berlin', by: ['rules'] });
});

test.each([
  ['    watch: { rules: [{ name: a, lasting: 15, http: { url: "http://x" } }] }\n', /^planb\.yaml:9:\d+ .*which unit is 15/],
  ['    watch:\n      rules:\n        - name: a\n          htp: { url: "http://x" }\n', /^planb\.yaml:12:11 unknown key "htp" \(did you mean "http"\?\)/],
  ['    watch:\n      rules:\n        - { name: a }\n', /^planb\.yaml:11:11 a rule looks at one thing: http, database/],
  ['    watch:\n      rules:\n        - { name: a, http: { url: "http://x" } }\n        - { name: a, http: { url: "http://y" } }\n', /^planb\.yaml:12:19 "a" is the name of another rule/],
  ['    watch:\n      rules:\n        - { name: a, logs: { source: { file: /x }, patterns: ["(?<!x)y"] } }\n', /^planb\.yaml:11:\d+ not a pattern that planb can search for/],
  ['    watch:\n      for: 1h\n      rules:\n        - { name: a, lasting: 2h, http: { url: "http://x" } }\n', /^planb\.yaml:12:\d+ the watch ends before this can last so long/],
  ['    watch: { for: 1h }\n', /^planb\.yaml:9:5 a watch without rules, alerts and keep watches nothing/],
  ['    watch:\n      rules:\n        - { name: a, http: { url: "ftp://x" } }\n', /expected an http or https URL/],
  ['    watch:\n      rules:\n        - { name: a, database: { database: "${env:}", sql: SELECT 1, expect: { rows: 1 } } }\n', /is no reference/],
  ['    approval: { auto: { for: [roll-forward], hours: always } }\n', /^planb\.yaml:9:\d+ expected .*revert-only/],
  ['    approval: { auto: { for: [revert-only], hours: "9-18" } }\n', /expected always, or hours with their time zone/],
])('names what is wrong by line and column: %s', (text, message) => {
  expect(problemsOf(text)).toContainEqual(expect.stringMatching(message));
});

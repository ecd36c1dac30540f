import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { JsonObject } from '../../../src/plan/plan.js';
import { checkPlaces, type ActionPlaces } from '../../../src/runbook/check-places.js';
import { checkRunbook } from '../../../src/runbook/check-runbook.js';
import { fillParameters } from '../../../src/runbook/fill-parameters.js';
import { parseRunbook } from '../../../src/runbook/parse-runbook.js';
import { formatProblem } from '../../../src/yaml/problem.js';

const actions = new Map<string, z.ZodType>([
  ['http.check', z.strictObject({ url: z.string(), status: z.number().optional(), expect: z.strictObject({ db: z.string() }).optional() })],
  ['run', z.strictObject({ program: z.array(z.string()).min(1), effect: z.enum(['read', 'idempotent', 'once']).optional() })],
]);

function check(step: string, target?: JsonObject): readonly string[] {
  const parsed = parseRunbook(`name: T\nkind: verify\nparams: { to: { type: release } }\nsteps:\n  - ${step}\n`, 'r.yaml');
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  return checkRunbook(parsed.runbook, actions, target).map(formatProblem);
}

describe('checkRunbook', () => {
  it.each<[string, readonly string[]]>([
    ['{ id: a, uses: http.check, with: { url: http://x, status: 200 } }', []],
    ['{ id: a, run: [x], effect: read }', []],
    ['{ id: a, uses: http.chek, with: {} }', ['5:20 unknown action "http.chek" (did you mean "http.check"?)']],
    ['{ id: a, uses: http.check, with: { url: http://x, status: ok } }', ['5:63 http.check: expected a number, found text']],
    ['{ id: a, uses: http.check, with: { uri: http://x } }', ['5:38 http.check: missing key "url"', '5:40 http.check: unknown key "uri" (did you mean "url"?)']],
    ['{ id: a, uses: http.check, with: { url: http://x, expect: { dbs: "${{ params.to }}" } } }', ['5:63 http.check: missing key "db"', '5:65 http.check: unknown key "dbs" (did you mean "db"?)']],
    ['{ id: a, uses: http.check }', ['5:5 http.check: missing key "url"']],
    // What is not final yet is judged when the plan is made.
    ['{ id: a, uses: http.check, with: { url: "${{ target.url }}", status: "${{ target.status }}" } }', []],
    ['{ id: a, uses: http.check, with: { url: "${env:URL}", expect: "${{ target.expect }}" } }', []],
  ])('%s', (step, problems) => {
    expect(check(step)).toEqual(problems.map((problem) => `r.yaml:${problem}`));
  });

  it('refuses properties that a target does not have', () => {
    const target = { id: 'shop', url: 'http://x', health: { path: '/' } };
    expect(check('{ id: a, uses: http.check, with: { url: "${{ target.url }}${{ target.health.path }}" } }', target)).toEqual([]);
    expect(check('{ id: a, uses: http.check, with: { url: "${{ target.ur1 }}${{ target.health.pth }}" } }', target)).toEqual([
      'r.yaml:5:45 there is no "target.health.pth" (did you mean "path"?)',
      'r.yaml:5:45 there is no "target.ur1" (did you mean "url"?)',
    ]);
  });
});

describe('checkPlaces', () => {
  const places: ActionPlaces = new Map<string, true | 'irrelevant'>([['run', true], ['notify', 'irrelevant']]);
  const look = (step: string, targetOn?: string): readonly string[] => {
    const parsed = parseRunbook(`name: T\nkind: verify\nsteps:\n  - ${step}\n`, 'r.yaml');
    if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'));
    return checkPlaces(parsed.runbook, places, targetOn).map(formatProblem);
  };

  it.each<[string, string | undefined, readonly string[]]>([
    ['{ id: a, run: [x] }', undefined, []],
    ['{ id: a, run: [x], on: "ssh://deploy@web1" }', undefined, []],
    ['{ id: a, run: [x] }', 'ssh://deploy@web1', []],
    ['{ id: a, uses: postgres.backup }', undefined, []],
    ['{ id: a, uses: postgres.backup, on: "ssh://deploy@web1" }', undefined, ['r.yaml:4:41 postgres.backup works on planb\'s own machine only, so leave "on" out']],
    ['{ id: a, uses: postgres.backup }', 'ssh://deploy@web1', ['r.yaml:4:20 postgres.backup works on planb\'s own machine only; the target says on: for all its steps, so give this one on: "" to do it on planb\'s machine']],
    ['{ id: a, uses: postgres.backup, on: "" }', 'ssh://deploy@web1', []],
    ['{ id: a, uses: notify }', 'ssh://deploy@web1', []],
    ['{ id: a, uses: notify, on: "ssh://deploy@web1" }', undefined, ['r.yaml:4:32 notify acts on no machine, so leave "on" out']],
    // Judged when the plan is made.
    ['{ id: a, uses: postgres.backup, on: "ssh://${{ target.host }}" }', undefined, []],
  ])('%s of a target on %s', (step, targetOn, problems) => {
    expect(look(step, targetOn)).toEqual(problems);
  });
});

describe('fillParameters', () => {
  const runbook = {
    params: {
      to: { type: 'release', required: true, options: [] },
      workers: { type: 'number', required: false, default: 2, options: [] },
      force: { type: 'boolean', required: false, options: [] },
      mode: { type: 'choice', required: false, options: ['fast', 'safe'] },
    },
  } as const;

  it('fills defaults in, and null for what nobody said', () => {
    expect(fillParameters(runbook, { to: '1.0.0', force: 'true' })).toEqual({ ok: true, value: { to: '1.0.0', workers: 2, force: true, mode: null } });
  });

  it.each<[JsonObject, string, object]>([
    [{ to: '1', forse: true }, 'unknown-parameter', { parameter: 'forse', nearest: 'force' }],
    [{}, 'missing-parameter', { parameter: 'to', type: 'release' }],
    [{ to: '-rf' }, 'malformed-release', { release: '-rf' }],
    [{ to: '1', workers: 'many' }, 'malformed-command', { parameter: 'workers', expected: 'number' }],
    [{ to: '1', mode: 'slow' }, 'malformed-command', { parameter: 'mode', expected: 'fast | safe' }],
  ])('%j is refused: %s', (given, code, details) => {
    expect(fillParameters(runbook, given)).toEqual({ ok: false, refusal: { code, details } });
  });
});

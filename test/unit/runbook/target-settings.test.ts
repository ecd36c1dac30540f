import { describe, expect, it } from 'vitest';
import { targetContext } from '../../../src/runbook/contexts.js';
import { parseRunbook } from '../../../src/runbook/parse-runbook.js';
import { resolveForInspection } from '../../../src/runbook/resolve-steps.js';
import type { Runbook } from '../../../src/runbook/runbook.js';
import { findWrongSettings } from '../../../src/runbook/target-settings.js';
import type { Target } from '../../../src/config.js';
import type { JsonObject } from '../../../src/plan/plan.js';
import { formatProblem } from '../../../src/yaml/problem.js';

const declared = `
  project: { required: true, description: The compose file's folder }
  services: { type: list, default: [web] }
  cache: {}
  limits: { type: mapping }
`;

function parse(settings: string, step = '{ id: a, uses: wait, with: { for: 1s } }'): Runbook | readonly string[] {
  const parsed = parseRunbook(`name: T\nkind: rollback\ntarget:${settings}steps:\n  - ${step}\n`, 'r.yaml');
  return parsed.ok ? parsed.runbook : parsed.problems.map(formatProblem);
}

function runbook(step?: string): Runbook {
  const parsed = parse(declared, step);
  if (!('steps' in parsed)) throw new Error(parsed.join('\n'));
  return parsed;
}

const target = (given: JsonObject): Target => ({ id: 'shop', title: 'Shop', environment: 'production', runbook: 'r', runbooks: {}, channel: 'ops', notify: [], requesters: [], approval: { people: 2, from: [], expiresMs: 1, requesterCounts: true, escalate: [] }, with: given, secrets: [] });

describe('what a runbook reads of its target', () => {
  it('has defaults, and null for what a team left out', () => {
    expect(targetContext(target({ project: '/srv/shop', cache: null }), runbook())).toEqual({ project: '/srv/shop', services: ['web'], cache: null, limits: null, id: 'shop', title: 'Shop', environment: 'production' });
  });

  it('is known before there is a target, so that a slip of the pen is found in the file', () => {
    expect(parse(declared, '{ id: a, uses: wait, with: { for: "${{ target.cahce }}" } }')).toEqual(['r.yaml:9:39 there is no "target.cahce" (did you mean "cache"?)']);
    expect(parse(declared, '{ id: a, name: "${{ target.title }}", uses: wait, with: { for: "${{ target.limits.anything }}" } }')).toMatchObject({ kind: 'rollback' });
  });

  it('is asked for by name where it is missing, and by type where it is another', () => {
    const { settings } = runbook();
    expect(findWrongSettings(settings, { project: '/srv', services: ['a'], limits: {} })).toEqual([]);
    expect(findWrongSettings(settings, { projct: '/srv' })).toEqual([{ key: 'project', missing: true, message: '"with" lacks "project": The compose file\'s folder', nearest: 'projct, which is there' }]);
    expect(findWrongSettings(settings, { project: '/srv', services: 'web' }).map(({ message }) => message)).toEqual(['"services" has to be a list, found text']);
    expect(findWrongSettings(undefined, { anything: 1 })).toEqual([]);
  });

  it.each<[string, string]>([
    ['\n  title: {}\n', 'r.yaml:4:3 every target has its own "title"'],
    ['\n  a: { required: true, default: x }\n', 'r.yaml:4:24 a setting with a default is never missing: drop "required" or "default"'],
    ['\n  a: { type: list, default: x }\n', 'r.yaml:4:20 the default is not a list'],
    ['\n  ab: {}\n  aB: {}\n', 'r.yaml:5:3 "aB" and "ab" differ only in case, which expressions ignore'],
    ['\n  a: { typ: list }\n', 'r.yaml:4:8 unknown key "typ" (did you mean "type"?)'],
  ])('%s is refused', (settings, problem) => {
    expect(parse(settings)).toEqual([problem]);
  });
});

describe('an optional part', () => {
  const inspected = (condition: string, given: JsonObject) => {
    const book = runbook(`{ id: a, if: "${condition}", uses: wait, with: { for: "\${{ target.cache }}" } }`);
    const result = resolveForInspection(book, { target: targetContext(target(given), book), channel: {}, run: { id: 'r', scope: null }, params: {} });
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    return result.steps.length;
  };

  it.each<[string, number]>([
    ['target.cache', 0],
    ["target.cache && verdict.kind == 'revert-only'", 0],
    ["verdict.kind == 'revert-only' && target.cache", 0],
    ["(target.cache || verdict.kind == 'revert-only') && target.services", 1],
    ["verdict.kind == 'revert-only' || target.cache", 1],
    ["run.scope == 'migration'", 0],
  ])('with "if: %s" is looked at %i times where the target lacks it', (condition, times) => {
    expect(inspected(condition, { project: '/srv' })).toBe(times);
  });
});
